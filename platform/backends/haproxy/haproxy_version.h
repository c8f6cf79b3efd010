/*
 * platform/backends/haproxy/haproxy_version.h - where HAProxy is, and whether it is new enough.
 */
#ifndef PLATFORM_BACKENDS_HAPROXY_HAPROXY_VERSION_H
#define PLATFORM_BACKENDS_HAPROXY_HAPROXY_VERSION_H

#include "platform/base/common.h"

enum { HAPROXY_BINARY_BYTES = 512 };

/* The path of the program; wanted may be NULL (PATH, then /usr/sbin) or a path. */
enum status haproxy_version_find(const char *wanted, char *ret_path, struct error *err) MUST_USE;

/* From the first line of `haproxy -v`; false when it has none. */
bool haproxy_version_parse(const char *output, uint32_t *ret_major, uint32_t *ret_minor);

#endif
