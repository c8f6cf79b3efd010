/*
 * platform/base/record_pack.h - a record in as few bytes as it needs: for who keeps many of them.
 *
 * Shape: the fields in table order. Flat ones in words, without the high bytes that are 0, two and
 *        two: where that is shorter, what the second is more than the first. Others one by one:
 *        integers in groups of seven bits, so that small ones take a byte; arrays up to their last
 *        entry that is not 0; texts and the tail behind their lengths.
 * Trust: it never leaves the process: what is unpacked was packed by this program.
 */
#ifndef PLATFORM_BASE_RECORD_PACK_H
#define PLATFORM_BASE_RECORD_PACK_H

#include "platform/base/record.h"

/* At most so many bytes are needed. */
size_t record_pack_bound(const struct record_type *type, const void *record);

/* Returns the bytes used. More may be written, up to the bound. */
size_t record_pack(const struct record_type *type, const void *record, uint8_t *to);

/* The record as it was, in the arena: bytes of no field are 0. */
void *record_unpack(const struct record_type *type, const uint8_t *from, struct arena *arena);

#endif
