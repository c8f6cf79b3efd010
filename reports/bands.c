/* reports/bands.c - reads faults, steps and deployments, and draws them behind a chart. */
#include "reports/bands.h"

#include <string.h>

#include "reports/escape.h"

enum { BAND_CHAR_PX = 6, BAND_GAP_PX = 10, BAND_LABEL_CHARS = 46 };

static const char *const band_colors[] = {
    [BAND_FAULT] = "#e0523f",
    [BAND_DEPLOYMENT] = "#3d86d6",
    [BAND_STEP] = "#8a939c",
};

static void
bands_read_faults(struct reader *reader, struct vec *bands)
{
    /* A step that brought a deployment, or a flood of drawn ones, is not drawn twice. */
    struct reader_rows rows = reader_query(
        reader, "SELECT at_ns, coalesce(until_at_ns, at_ns), is_fault, verb || ' ' ||"
                " coalesce(target, '') FROM faults WHERE is_fault"
                " OR NOT EXISTS (SELECT 1 FROM deployments WHERE from_at_ns >= at_ns"
                " AND from_at_ns < at_ns + 1000000000)"
                " ORDER BY is_fault DESC, at_ns, rowid LIMIT ?");
    reader_bind_int(&rows, 1, BANDS_MAX);
    while (reader_next(&rows)) {
        struct band *band = vec_push(bands);
        *band = (struct band){
            .from_ns = reader_int(&rows, 0),
            .to_ns = int64_max(reader_int(&rows, 1), reader_int(&rows, 0)),
            .kind = reader_int(&rows, 2) != 0 ? BAND_FAULT : BAND_STEP,
            .label = reader_keep(&rows, 3),
        };
    }
}

static void
bands_read_deployments(struct reader *reader, struct vec *bands)
{
    struct reader_rows rows =
        reader_query(reader, "SELECT from_at_ns, coalesce(to_at_ns, ?), CASE WHEN version_new ="
                             " lag(version_new) OVER (PARTITION BY app ORDER BY from_at_ns, rowid)"
                             " THEN 'scale ' ELSE 'deploy ' END || app FROM deployments"
                             " WHERE from_at_ns IS NOT NULL ORDER BY from_at_ns, rowid");
    reader_bind_int(&rows, 1, reader->run.simulated_ns);
    struct band *open = NULL;
    uint32_t     merged = 0;
    while (reader_next(&rows) && bands->count < 2 * BANDS_MAX) {
        const int64_t from_ns = reader_int(&rows, 0);
        const int64_t to_ns = int64_max(reader_int(&rows, 1), from_ns);
        if (open != NULL && from_ns <= open->to_ns) {
            open->to_ns = int64_max(open->to_ns, to_ns);
            merged++;
            open->label = arena_printf(&reader->arena, "%u deployments", merged);
            continue;
        }
        open = vec_push(bands);
        merged = 1;
        *open = (struct band){
            .from_ns = from_ns,
            .to_ns = to_ns,
            .kind = BAND_DEPLOYMENT,
            .label = reader_keep(&rows, 2),
        };
    }
    reader_end(&rows);
}

/* By their beginning, stable: what the labels need. Few enough for insertion. */
static void
bands_sort(struct vec *bands)
{
    struct band *items = bands->items;
    for (uint32_t i = 1; i < bands->count; i++) {
        const struct band band = items[i];
        uint32_t at = i;
        for (; at > 0 && items[at - 1].from_ns > band.from_ns; at--) {
            items[at] = items[at - 1];
        }
        items[at] = band;
    }
}

void
bands_read(struct reader *reader, struct vec *ret_bands)
{
    vec_init(ret_bands, sizeof(struct band));
    bands_read_faults(reader, ret_bands);
    bands_read_deployments(reader, ret_bands);
    bands_sort(ret_bands);
}

bool
bands_has(const struct vec *bands, enum band_kind kind)
{
    bool has = false;
    for (uint32_t i = 0; i < bands->count; i++) {
        has |= ((const struct band *)vec_at(bands, i))->kind == kind;
    }
    return has;
}

static void
bands_print_shape(const struct band *band, double from, double to, struct strbuf *out)
{
    if (band->to_ns > band->from_ns) {
        strbuf_printf(out,
                      "set object rectangle from first %.7g, graph 0 to first %.7g, graph 1"
                      " fillcolor rgb '%s' fillstyle transparent solid %s noborder behind\n",
                      from, to, band_colors[band->kind],
                      band->kind == BAND_FAULT ? "0.17" : "0.13");
    }
    strbuf_printf(out,
                  "set arrow from first %.7g, graph 0 to first %.7g, graph 1 nohead back"
                  " linecolor rgb '%s' linewidth 1 dashtype %s\n",
                  from, from, band_colors[band->kind], band->kind == BAND_STEP ? "3" : "1");
}

/* The cut label: whole UTF-8 characters, with a mark where it was longer. */
static void
bands_label(const char *label, struct strbuf *ret)
{
    size_t len = strlen(label);
    if (len > BAND_LABEL_CHARS) {
        len = BAND_LABEL_CHARS - 2;
        while (len > 0 && ((unsigned char)label[len] & 0xC0) == 0x80) {
            len--;
        }
        strbuf_add_bytes(ret, label, len);
        strbuf_add(ret, "..");
        return;
    }
    strbuf_add(ret, label);
}

static void
bands_print_label(const struct band *band, double from, uint32_t from_px, uint32_t width_px,
                  uint32_t ends_px[BAND_LABEL_ROWS], struct strbuf *out)
{
    struct strbuf text = { 0 };
    bands_label(band->label, &text);
    const uint32_t text_px = (uint32_t)text.len * BAND_CHAR_PX;
    const bool     left = from_px + text_px <= width_px;
    const uint32_t first_px = left ? from_px : from_px - (from_px < text_px ? from_px : text_px);
    uint32_t       row = 0;
    while (row < BAND_LABEL_ROWS && ends_px[row] > first_px) {
        row++;
    }
    if (row < BAND_LABEL_ROWS) {
        ends_px[row] = first_px + text_px + BAND_GAP_PX;
        strbuf_add(out, "set label ");
        escape_gnuplot(out, strbuf_text(&text));
        strbuf_printf(out,
                      " at first %.7g, graph 1 %s offset 0, character %.2f"
                      " textcolor rgb '%s' font ',10' noenhanced\n",
                      from, left ? "left" : "right", 0.55 + 0.95 * row, band_colors[band->kind]);
    }
    strbuf_fini(&text);
}

uint32_t
bands_print(const struct vec *bands, int64_t unit_ns, int64_t end_ns, uint32_t width_px,
            struct strbuf *out)
{
    uint32_t ends_px[BAND_LABEL_ROWS] = { 0 };
    for (uint32_t i = 0; i < bands->count; i++) {
        const struct band *band = vec_at(bands, i);
        const int64_t      from_ns = int64_min(int64_max(band->from_ns, 0), end_ns);
        const double       from = (double)from_ns / (double)unit_ns;
        const double       to = (double)int64_min(band->to_ns, end_ns) / (double)unit_ns;
        bands_print_shape(band, from, to, out);
        if (width_px > 0 && end_ns > 0) {
            const double px = (double)from_ns / (double)end_ns * width_px;
            bands_print_label(band, from, (uint32_t)px, width_px, ends_px, out);
        }
    }
    uint32_t rows = 0;
    while (rows < BAND_LABEL_ROWS && ends_px[rows] > 0) {
        rows++;
    }
    return rows;
}
