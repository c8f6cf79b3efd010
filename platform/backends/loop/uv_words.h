/*
 * platform/backends/loop/uv_words.h - <uv.h> for this tree: it brings in <sys/param.h>, whose MIN
 * is not ours (minutes).
 */
#ifndef PLATFORM_BACKENDS_LOOP_UV_WORDS_H
#define PLATFORM_BACKENDS_LOOP_UV_WORDS_H

#include "platform/base/common.h"

#pragma push_macro("MIN")
#undef MIN
#include <uv.h>
#undef MIN
#pragma pop_macro("MIN")

#endif
