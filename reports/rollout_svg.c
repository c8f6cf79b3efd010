/* reports/rollout_svg.c - panels of a rollout as SVG. */
#include "reports/rollout_svg.h"

#include <inttypes.h>

#include "reports/escape.h"
#include "reports/text.h"

/* Of the picture, which is scaled to the page. */
enum {
    SVG_WIDTH = 1120,
    SVG_LEFT = 76,
    SVG_RIGHT = 14,
    SVG_TITLE = 22,
    SVG_PANEL = 84,
    SVG_GAP = 16,
    SVG_AXIS = 24,
    SVG_TICS = 6,
    SVG_KEY = 150
};

static double
svg_x(const struct rollout_svg *svg, int64_t at_ns)
{
    const int64_t inside_ns =
        at_ns < svg->from_ns ? svg->from_ns : at_ns > svg->to_ns ? svg->to_ns : at_ns;
    return SVG_LEFT + (double)(inside_ns - svg->from_ns) / (double)(svg->to_ns - svg->from_ns) *
                          (SVG_WIDTH - SVG_LEFT - SVG_RIGHT);
}

static double
svg_y(const struct rollout_svg *svg, double value)
{
    const double share = value < 0.0 ? 0.0 : value > svg->high ? 1.0 : value / svg->high;
    return svg->top_px + SVG_TITLE + SVG_PANEL * (1.0 - share);
}

static uint32_t
svg_bottom(const struct rollout_svg *svg)
{
    return svg->top_px + SVG_TITLE + SVG_PANEL;
}

void
rollout_svg_value(struct strbuf *out, enum rollout_unit unit, double value)
{
    switch (unit) {
    case ROLLOUT_PPM:
        if (value > 0.0 && value < 100000.0) {
            strbuf_printf(out, "%.2f%%", value / 10000.0);
        } else {
            strbuf_printf(out, "%.0f%%", value / 10000.0);
        }
        break;
    case ROLLOUT_NS:
        text_latency(out, (int64_t)value);
        break;
    case ROLLOUT_MILLIHERTZ:
        strbuf_printf(out, "%.1f/s", value / 1000.0);
        break;
    case ROLLOUT_COUNT:
        strbuf_printf(out, "%.0f", value);
        break;
    }
}

void
rollout_svg_open(struct rollout_svg *svg, uint32_t panels_count, const char *about)
{
    ASSERT(svg->to_ns > svg->from_ns);
    const uint32_t height = panels_count * (SVG_TITLE + SVG_PANEL + SVG_GAP) + SVG_AXIS;
    strbuf_printf(svg->out, "<svg class=\"rollout\" viewBox=\"0 0 %d %u\" role=\"img\" "
                            "aria-label=\"", SVG_WIDTH, height);
    escape_html(svg->out, about);
    strbuf_add(svg->out, "\">\n");
    svg->top_px = 0;
    svg->high = 0.0;
}

/* Half of the scale: the next number that people like. */
static double
svg_half(double high)
{
    static const double liked[] = { 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0 };
    double              power = 1.0;
    if (high <= 0.0) {
        return 0.5;
    }
    for (uint32_t i = 0; i < 20 && power * 10.0 < high / 2.0; i++) {
        power *= 10.0;
    }
    for (uint32_t i = 0; i < 3 && power > high / 2.0; i++) {
        power /= 10.0;
    }
    for (uint32_t i = 0; i < COUNT_OF(liked); i++) {
        if (power * liked[i] * 1.000001 >= high / 2.0) {
            return power * liked[i];
        }
    }
    return high / 2.0;
}

void
rollout_svg_panel(struct rollout_svg *svg, const char *title, enum rollout_unit unit, double high)
{
    const double half = svg_half(high);
    svg->top_px += svg->high > 0.0 ? SVG_TITLE + SVG_PANEL + SVG_GAP : 0;
    svg->high = half * 2.0 * 1.05;
    svg->unit = unit;
    svg->keys = 0;
    strbuf_printf(svg->out, "<text class=\"r-title\" x=\"%d\" y=\"%u\">", SVG_LEFT,
                  svg->top_px + SVG_TITLE - 7);
    escape_html(svg->out, title);
    strbuf_add(svg->out, "</text>\n");
    for (uint32_t i = 0; i <= 2; i++) {
        const double value = half * i;
        if (unit == ROLLOUT_COUNT && i == 1 && value != (double)(int64_t)value) {
            continue; /* half an instance says nothing */
        }
        strbuf_printf(svg->out, "<path class=\"r-grid\" d=\"M%d %.1fH%d\"/><text class=\"r-tic\" "
                                "x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
                      SVG_LEFT, svg_y(svg, value), SVG_WIDTH - SVG_RIGHT, SVG_LEFT - 7,
                      svg_y(svg, value) + 4.0);
        rollout_svg_value(svg->out, unit, value);
        strbuf_add(svg->out, "</text>\n");
    }
}

void
rollout_svg_key(struct rollout_svg *svg, const char *name, const char *class)
{
    svg->keys++;
    const uint32_t x = SVG_WIDTH - SVG_RIGHT - svg->keys * SVG_KEY;
    strbuf_printf(svg->out, "<path class=\"%s\" d=\"M%u %uh18\"/><text class=\"r-tic\" x=\"%u\" "
                            "y=\"%u\">", class, x, svg->top_px + 11, x + 24, svg->top_px + 15);
    escape_html(svg->out, name);
    strbuf_add(svg->out, "</text>\n");
}

void
rollout_svg_curve(struct rollout_svg *svg, struct vec *series, bool steps, const char *class)
{
    bool is_open = false;
    if (steps) {
        series_drop_level(series);
    }
    series_thin(series, ROLLOUT_POINTS_MAX);
    strbuf_printf(svg->out, "<path class=\"%s\" d=\"", class);
    for (uint32_t i = 0; i < series->count; i++) {
        const struct series_point *point = vec_at(series, i);
        if (point->is_gap) {
            is_open = false;
            continue;
        }
        const double x = svg_x(svg, point->at_ns);
        if (is_open && steps) {
            strbuf_printf(svg->out, "H%.1fV%.1f", x, svg_y(svg, point->value));
        } else {
            strbuf_printf(svg->out, "%c%.1f %.1f", is_open ? 'L' : 'M', x,
                          svg_y(svg, point->value));
        }
        is_open = true;
    }
    strbuf_add(svg->out, "\"/>\n");
}

void
rollout_svg_limit(struct rollout_svg *svg, double value)
{
    strbuf_printf(svg->out, "<path class=\"r-limit\" d=\"M%d %.1fH%d\"/>\n", SVG_LEFT,
                  svg_y(svg, value), SVG_WIDTH - SVG_RIGHT);
}

void
rollout_svg_dot(struct rollout_svg *svg, int64_t at_ns, double value, const char *class,
                const char *about)
{
    strbuf_printf(svg->out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>", class,
                  svg_x(svg, at_ns), svg_y(svg, value));
    escape_html(svg->out, about);
    strbuf_add(svg->out, "</title></circle>\n");
}

void
rollout_svg_mark(struct rollout_svg *svg, int64_t at_ns)
{
    strbuf_printf(svg->out, "<path class=\"r-mark\" d=\"M%.1f %uv%d\"/>\n", svg_x(svg, at_ns),
                  svg->top_px + SVG_TITLE, SVG_PANEL);
}

void
rollout_svg_close(struct rollout_svg *svg)
{
    const uint32_t bottom = svg_bottom(svg);
    strbuf_printf(svg->out, "<path class=\"r-axis\" d=\"M%d %uH%d\"/>\n", SVG_LEFT, bottom,
                  SVG_WIDTH - SVG_RIGHT);
    for (int64_t i = 0; i <= SVG_TICS; i++) {
        const int64_t at_ns =
            (svg->from_ns + (svg->to_ns - svg->from_ns) / SVG_TICS * i) / NS_PER_SEC * NS_PER_SEC;
        if (at_ns < svg->from_ns) {
            continue;
        }
        strbuf_printf(svg->out, "<text class=\"r-tic\" x=\"%.1f\" y=\"%u\" text-anchor=\"%s\">",
                      svg_x(svg, at_ns), bottom + 17, i == SVG_TICS ? "end" : "middle");
        text_duration(svg->out, at_ns);
        strbuf_add(svg->out, "</text>\n");
    }
    strbuf_add(svg->out, "</svg>\n");
}
