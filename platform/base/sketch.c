/* platform/base/sketch.c - log-linear buckets of microseconds. */
#include "platform/base/sketch.h"

enum { STEPS_BITS = 6, STEPS = 1 << STEPS_BITS }; /* buckets to a power of two */

static const int64_t ns_per_us = 1000;

/* Below 64 us a bucket is 1 us wide; from there each power of two has 64 of them. */
static uint32_t
sketch_bucket(int64_t ns)
{
    const uint64_t us = (uint64_t)(ns / ns_per_us);
    if (us < STEPS) {
        return (uint32_t)us;
    }
    const uint32_t exponent = 63 - (uint32_t)__builtin_clzll(us);
    const uint32_t step = (uint32_t)(us >> (exponent - STEPS_BITS)) - STEPS;
    const uint32_t bucket = (exponent - STEPS_BITS + 1) * STEPS + step;
    return bucket < SKETCH_BUCKETS ? bucket : SKETCH_BUCKETS - 1;
}

/* The last nanosecond that falls into the bucket. */
static int64_t
sketch_bucket_last_ns(uint32_t bucket)
{
    if (bucket < STEPS) {
        return ((int64_t)bucket + 1) * ns_per_us - 1;
    }
    const uint32_t shift = bucket / STEPS - 1;
    const int64_t step = STEPS + bucket % STEPS;
    return ((step + 1) << shift) * ns_per_us - 1;
}

void
sketch_clear(struct sketch *sketch)
{
    *sketch = (struct sketch){ 0 };
}

void
sketch_add(struct sketch *sketch, int64_t ns)
{
    ASSERT(ns >= 0);
    sketch->count++;
    sketch->sum_ns += int64_min(ns, INT64_MAX - sketch->sum_ns);
    sketch->max_ns = int64_max(sketch->max_ns, ns);
    sketch->buckets[sketch_bucket(ns)]++;
}

void
sketch_merge(struct sketch *into, const struct sketch *from)
{
    into->count += from->count;
    into->sum_ns += int64_min(from->sum_ns, INT64_MAX - into->sum_ns);
    into->max_ns = int64_max(into->max_ns, from->max_ns);
    for (uint32_t i = 0; i < SKETCH_BUCKETS; i++) {
        into->buckets[i] += from->buckets[i];
    }
}

void
sketch_add_many(struct sketch *sketch, int64_t ns, uint64_t count)
{
    ASSERT(ns >= 0);
    if (count == 0) {
        return;
    }
    const uint64_t room = (uint64_t)(INT64_MAX - sketch->sum_ns);
    const bool     fits = ns == 0 || count <= room / (uint64_t)ns;
    sketch->count += count;
    sketch->sum_ns += fits ? (int64_t)((uint64_t)ns * count) : (int64_t)room;
    sketch->max_ns = int64_max(sketch->max_ns, ns);
    sketch->buckets[sketch_bucket(ns)] += count;
}

void
sketch_merge_scaled(struct sketch *into, const struct sketch *from, uint64_t count,
                    uint64_t offset)
{
    ASSERT(offset < from->count);
    const double scale = (double)count / (double)from->count;
    const double start = (double)offset / (double)from->count;
    const double sum_ns = (double)from->sum_ns * scale;
    uint64_t     seen = 0;
    uint64_t     given = 0;
    int64_t      last_ns = 0;
    for (uint32_t i = 0; i < SKETCH_BUCKETS && given < count; i++) {
        if (from->buckets[i] == 0) {
            continue;
        }
        seen += from->buckets[i];
        const uint64_t upto =
            seen == from->count ? count : (uint64_t)((double)seen * scale + start);
        if (upto > given) {
            into->buckets[i] += upto - given;
            given = upto;
            last_ns = seen == from->count ? from->max_ns : sketch_bucket_last_ns(i);
        }
    }
    into->count += count;
    into->sum_ns += sum_ns < (double)(INT64_MAX - into->sum_ns) ? (int64_t)sum_ns
                                                                : INT64_MAX - into->sum_ns;
    into->max_ns = int64_max(into->max_ns, last_ns);
}

/* The smallest rank that quantile_ppm of all lie at or below, 1..count. */
static uint64_t
sketch_rank(uint64_t count, uint32_t quantile_ppm)
{
    const uint64_t whole = count / PPM * quantile_ppm;
    const uint64_t rest = (count % PPM * quantile_ppm + PPM - 1) / PPM;
    return whole + rest > 0 ? whole + rest : 1;
}

int64_t
sketch_quantile_ns(const struct sketch *sketch, uint32_t quantile_ppm)
{
    ASSERT(quantile_ppm <= PPM);
    if (sketch->count == 0) {
        return 0;
    }
    const uint64_t rank = sketch_rank(sketch->count, quantile_ppm);
    uint64_t seen = 0;
    for (uint32_t i = 0; i < SKETCH_BUCKETS - 1; i++) {
        seen += sketch->buckets[i];
        if (seen >= rank) {
            return int64_min(sketch_bucket_last_ns(i), sketch->max_ns);
        }
    }
    return sketch->max_ns; /* the last bucket has no upper end */
}

int64_t
sketch_mean_ns(const struct sketch *sketch)
{
    return sketch->count == 0 ? 0 : (int64_t)((uint64_t)sketch->sum_ns / sketch->count);
}

bool
sketch_subtract(struct sketch *from, const struct sketch *earlier)
{
    bool within = earlier->count <= from->count && earlier->sum_ns <= from->sum_ns;
    for (uint32_t i = 0; i < SKETCH_BUCKETS && within; i++) {
        within = earlier->buckets[i] <= from->buckets[i];
    }
    if (!within) {
        return false;
    }
    uint32_t highest = 0;
    for (uint32_t i = 0; i < SKETCH_BUCKETS; i++) {
        from->buckets[i] -= earlier->buckets[i];
        highest = from->buckets[i] > 0 ? i : highest;
    }
    from->count -= earlier->count;
    from->sum_ns -= earlier->sum_ns;
    if (from->count == 0) {
        from->max_ns = 0;
    } else if (highest < SKETCH_BUCKETS - 1) {
        from->max_ns = int64_min(from->max_ns, sketch_bucket_last_ns(highest));
    }
    return true;
}

/* --- bytes: sum, maximum, how many buckets; then of each its number (u16) and count (u64) --- */

enum { SKETCH_HEAD_BYTES = 8 + 8 + 2, SKETCH_ENTRY_BYTES = 2 + 8 };

static void
sketch_put(struct strbuf *out, uint64_t value, uint32_t bytes)
{
    char little[8];
    for (uint32_t i = 0; i < bytes; i++) {
        little[i] = (char)(uint8_t)(value >> (8 * i));
    }
    strbuf_add_bytes(out, little, bytes);
}

static uint64_t
sketch_get(const uint8_t **at, uint32_t bytes)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < bytes; i++) {
        value |= (uint64_t)(*at)[i] << (8 * i);
    }
    *at += bytes;
    return value;
}

void
sketch_encode(const struct sketch *sketch, struct strbuf *out)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < SKETCH_BUCKETS; i++) {
        used += sketch->buckets[i] > 0 ? 1 : 0;
    }
    sketch_put(out, (uint64_t)sketch->sum_ns, 8);
    sketch_put(out, (uint64_t)sketch->max_ns, 8);
    sketch_put(out, used, 2);
    for (uint32_t i = 0; i < SKETCH_BUCKETS; i++) {
        if (sketch->buckets[i] > 0) {
            sketch_put(out, i, 2);
            sketch_put(out, sketch->buckets[i], 8);
        }
    }
}

enum status
sketch_decode(const void *bytes, size_t len, struct sketch *ret_sketch)
{
    const uint8_t *at = bytes;
    if (len < SKETCH_HEAD_BYTES) {
        return ST_INVALID;
    }
    const uint64_t sum = sketch_get(&at, 8);
    const uint64_t max = sketch_get(&at, 8);
    const uint32_t used = (uint32_t)sketch_get(&at, 2);
    if (sum > INT64_MAX || max > INT64_MAX ||
        len != SKETCH_HEAD_BYTES + (size_t)used * SKETCH_ENTRY_BYTES) {
        return ST_INVALID;
    }
    struct sketch sketch = { .sum_ns = (int64_t)sum, .max_ns = (int64_t)max };
    uint32_t next = 0;
    for (uint32_t i = 0; i < used; i++) {
        const uint32_t bucket = (uint32_t)sketch_get(&at, 2);
        const uint64_t count = sketch_get(&at, 8);
        if (bucket < next || bucket >= SKETCH_BUCKETS || count == 0 ||
            count > UINT64_MAX - sketch.count) {
            return ST_INVALID;
        }
        sketch.buckets[bucket] = count;
        sketch.count += count;
        next = bucket + 1;
    }
    *ret_sketch = sketch;
    return ST_OK;
}
