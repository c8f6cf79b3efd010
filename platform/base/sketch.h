/*
 * platform/base/sketch.h - a bounded histogram of durations, to tell quantiles with a stated error.
 *
 * Inside: log-linear buckets, 64 to a power of two, from 1 us to 2^40 us: a quantile is at most
 *         1/64 (1.6 %), or 1 us where that is more, above the true one. Mean, count and maximum are
 *         exact. Two sketches merge.
 * Source: the bucket scheme of HdrHistogram (Tene), with 6 bits of mantissa.
 */
#ifndef PLATFORM_BASE_SKETCH_H
#define PLATFORM_BASE_SKETCH_H

#include "platform/base/strbuf.h"

enum { SKETCH_BUCKETS = 64 * 36 };

/* How far above the true one a quantile may be told, of itself; at least 1 us. */
#define SKETCH_ERROR_PPM (PPM / 64)

struct sketch {
    uint64_t count;
    int64_t  sum_ns;
    int64_t  max_ns;
    uint64_t buckets[SKETCH_BUCKETS]; /* private */
};

void    sketch_clear(struct sketch *sketch);
void    sketch_add(struct sketch *sketch, int64_t ns); /* ns >= 0 */
void    sketch_merge(struct sketch *into, const struct sketch *from);
/* Takes out what was in it earlier; false when that was never in it, and then it is as before. The
 * maximum is then told like a quantile. */
bool    sketch_subtract(struct sketch *from, const struct sketch *earlier);
/* As many as count, spread as those of from, which is not empty. offset: a number below
 * from->count, at random, so that what is too rare for count comes in as often as it should. */
void    sketch_merge_scaled(struct sketch *into, const struct sketch *from, uint64_t count,
                            uint64_t offset);
void    sketch_add_many(struct sketch *sketch, int64_t ns, uint64_t count);
int64_t sketch_quantile_ns(const struct sketch *sketch, uint32_t quantile_ppm); /* 0 when empty */
int64_t sketch_mean_ns(const struct sketch *sketch);                            /* 0 when empty */

/* As bytes, little-endian: only buckets that hold something take room. */
void        sketch_encode(const struct sketch *sketch, struct strbuf *out);
/* ST_INVALID when they are not exactly one sketch. */
enum status sketch_decode(const void *bytes, size_t len, struct sketch *ret_sketch) MUST_USE;

#endif
