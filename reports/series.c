/* reports/series.c - points of a curve, thinned to what a chart can show. */
#include "reports/series.h"

void
series_init(struct vec *series)
{
    vec_init(series, sizeof(struct series_point));
}

void
series_add(struct vec *series, int64_t at_ns, double value)
{
    struct series_point *point = vec_push(series);
    *point = (struct series_point){ .at_ns = at_ns, .value = value };
}

void
series_add_gap(struct vec *series, int64_t at_ns)
{
    struct series_point *point = vec_push(series);
    *point = (struct series_point){ .at_ns = at_ns, .is_gap = true };
}

static bool
series_same(const struct series_point *a, const struct series_point *b)
{
    return a->is_gap == b->is_gap && (a->is_gap || (a->value <= b->value && a->value >= b->value));
}

void
series_drop_level(struct vec *series)
{
    uint32_t kept = 0;
    struct series_point *points = series->items;
    for (uint32_t i = 0; i < series->count; i++) {
        const bool level = kept > 0 && i + 1 < series->count &&
                           series_same(&points[kept - 1], &points[i]) &&
                           series_same(&points[i], &points[i + 1]);
        if (!level) {
            points[kept] = points[i];
            kept++;
        }
    }
    series->count = kept;
}

/* Keeps of [first, last) the lowest and the highest, or a gap when there is nothing else. */
static uint32_t
series_keep_ends(struct series_point *points, uint32_t first, uint32_t last, uint32_t kept)
{
    uint32_t low = last;
    uint32_t high = last;
    for (uint32_t i = first; i < last; i++) {
        if (!points[i].is_gap) {
            low = low == last || points[i].value < points[low].value ? i : low;
            high = high == last || points[i].value > points[high].value ? i : high;
        }
    }
    if (low == last) {
        points[kept] = points[first];
        return kept + 1;
    }
    const struct series_point a = points[low < high ? low : high];
    const struct series_point b = points[low < high ? high : low];
    points[kept] = a;
    if (low == high) {
        return kept + 1;
    }
    points[kept + 1] = b;
    return kept + 2;
}

void
series_thin(struct vec *series, uint32_t points_max)
{
    ASSERT(points_max >= 4);
    if (series->count <= points_max) {
        return;
    }
    struct series_point *points = series->items;
    const uint32_t stretches = points_max / 2;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < stretches; i++) {
        const uint32_t first = (uint32_t)((uint64_t)series->count * i / stretches);
        const uint32_t last = (uint32_t)((uint64_t)series->count * (i + 1) / stretches);
        kept = series_keep_ends(points, first, last, kept);
    }
    series->count = kept;
}

bool
series_bounds(const struct vec *series, double *ret_min, double *ret_max)
{
    bool any = false;
    for (uint32_t i = 0; i < series->count; i++) {
        const struct series_point *point = vec_at(series, i);
        if (!point->is_gap) {
            *ret_min = !any || point->value < *ret_min ? point->value : *ret_min;
            *ret_max = !any || point->value > *ret_max ? point->value : *ret_max;
            any = true;
        }
    }
    return any;
}

void
series_print(const struct vec *series, int64_t unit_ns, struct strbuf *out)
{
    for (uint32_t i = 0; i < series->count; i++) {
        const struct series_point *point = vec_at(series, i);
        const double at = (double)point->at_ns / (double)unit_ns;
        if (point->is_gap) {
            strbuf_printf(out, "%.7g NaN\n", at);
        } else {
            strbuf_printf(out, "%.7g %.6g\n", at, point->value);
        }
    }
    /* A block without a line would shift the ones after it. */
    strbuf_add(out, series->count == 0 ? "0 NaN\n\n\n" : "\n\n");
}
