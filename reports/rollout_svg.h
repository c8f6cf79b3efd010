/*
 * reports/rollout_svg.h - small panels above one axis of time, drawn into the page itself: what a
 * rollout did, what was measured, and what users felt, at the same instants.
 *
 * Calling: rollout_svg_open, for each panel rollout_svg_panel and what is in it, rollout_svg_close.
 * Colours: classes of the page's style sheet, so that they follow light and dark.
 */
#ifndef REPORTS_ROLLOUT_SVG_H
#define REPORTS_ROLLOUT_SVG_H

#include "platform/base/strbuf.h"
#include "reports/series.h"

enum { ROLLOUT_POINTS_MAX = 600 }; /* of one curve */

enum rollout_unit { ROLLOUT_PPM, ROLLOUT_NS, ROLLOUT_MILLIHERTZ, ROLLOUT_COUNT };

struct rollout_svg {
    struct strbuf    *out; /* borrowed */
    int64_t           from_ns;
    int64_t           to_ns; /* > from_ns */
    uint32_t          top_px; /* of the panel being drawn */
    uint32_t          keys;   /* named in its title so far */
    double            high;   /* > 0 */
    enum rollout_unit unit;
};

void rollout_svg_open(struct rollout_svg *svg, uint32_t panels_count, const char *about);
/* high: the largest value that is shown; the scale has a little more. */
void rollout_svg_panel(struct rollout_svg *svg, const char *title, enum rollout_unit unit,
                       double high);
/* A name and its colour, at the right end of the panel's title. */
void rollout_svg_key(struct rollout_svg *svg, const char *name, const char *class);
/* Thinned in place. */
void rollout_svg_curve(struct rollout_svg *svg, struct vec *series, bool steps, const char *class);
void rollout_svg_limit(struct rollout_svg *svg, double value);
void rollout_svg_dot(struct rollout_svg *svg, int64_t at_ns, double value, const char *class,
                     const char *about);
/* A line over the whole height of the panel. */
void rollout_svg_mark(struct rollout_svg *svg, int64_t at_ns);
void rollout_svg_close(struct rollout_svg *svg);

/* "12.4 ms", "5%", "60/s", "3". */
void rollout_svg_value(struct strbuf *out, enum rollout_unit unit, double value);

#endif
