/*
 * fakes/containers/labels.h - the labels of a container, packed: an engine may hold thousands.
 *
 * A label is the number of its key in two bytes, then a byte: how many bytes of a number follow,
 * when its value reads as a decimal number, or LABELS_TEXT and the value with its NUL.
 */
#ifndef FAKES_CONTAINERS_LABELS_H
#define FAKES_CONTAINERS_LABELS_H

#include "fakes/containers/engine.h"

/* The labels of the spec, in the arena, and how many bytes they are. Its keys are known to the
 * engine from then on. */
size_t labels_pack(struct fake_engine *engine, const struct container_spec *spec,
                   struct arena *arena, const uint8_t **ret_packed);

/* As they were, in the arena. */
struct container_pair *labels_unpack(const struct fake_container *container, struct arena *arena);

#endif
