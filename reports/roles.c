/* reports/roles.c - who shares the cluster, as a table and as curves over time. */
#include "reports/roles.h"

#include <string.h>

#include "reports/escape.h"
#include "reports/html_parts.h"
#include "reports/rollout_svg.h"
#include "reports/text.h"

static struct role_row *
roles_find(struct vec *rows, const char *name)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        struct role_row *row = vec_at(rows, i);
        if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

static void
roles_sample(struct role_row *row, const struct reader_rows *sample)
{
    const int64_t at_ns = reader_int(sample, 1);
    row->share_ppm = reader_int(sample, 2);
    row->waiting = reader_int(sample, 3);
    for (int i = 0; i < ROLE_AMOUNT_COUNT; i++) {
        row->has[i] = reader_int(sample, 4 + i);
    }
    if (row->share_ppm > row->share_most_ppm) {
        row->share_most_ppm = row->share_ppm;
        row->share_most_at_ns = at_ns;
    }
    if (row->waiting > row->waiting_most) {
        row->waiting_most = row->waiting;
        row->waiting_most_at_ns = at_ns;
    }
}

void
roles_read(struct reader *reader, struct vec *rows)
{
    struct reader_rows found = reader_query(
        reader, "SELECT role, weight_milli, guarantee_cpu_milli, guarantee_mem_bytes,"
                " guarantee_disk_bytes, guarantee_gpu_milli, limit_cpu_milli, limit_mem_bytes,"
                " limit_disk_bytes, limit_gpu_milli FROM roles ORDER BY rowid");
    vec_init(rows, sizeof(struct role_row));
    while (reader_next(&found)) {
        struct role_row *row = vec_push(rows);
        *row = (struct role_row){ .name = reader_keep(&found, 0),
                                  .weight_milli = reader_int(&found, 1) };
        for (int i = 0; i < ROLE_AMOUNT_COUNT; i++) {
            row->guarantee[i] = reader_int(&found, 2 + i);
            row->limit[i] =
                reader_is_null(&found, 6 + i) ? -1 : reader_int(&found, 6 + i);
        }
    }
    found = reader_query(reader, "SELECT role, at_ns, share_ppm, waiting, cpu_milli, mem_bytes,"
                                 " disk_bytes, gpu_milli FROM role_samples ORDER BY at_ns, rowid");
    while (reader_next(&found)) {
        struct role_row *row = roles_find(rows, reader_text(&found, 0));
        if (row != NULL) {
            roles_sample(row, &found);
        }
    }
}

/* --- in words --- */

void
roles_amounts(struct strbuf *out, const int64_t amounts[ROLE_AMOUNT_COUNT], bool limits)
{
    static const char *const names[ROLE_AMOUNT_COUNT] = { " cpus", " memory", " disk", " GPUs" };
    uint32_t count = 0;
    for (uint32_t i = 0; i < ROLE_AMOUNT_COUNT; i++) {
        if (amounts[i] < 0 || (amounts[i] == 0 && !limits)) {
            continue;
        }
        strbuf_add(out, count++ > 0 ? ", " : "");
        if (i == ROLE_MEMORY || i == ROLE_DISK) {
            text_bytes(out, amounts[i]);
        } else {
            text_cores(out, amounts[i]);
        }
        strbuf_add(out, amounts[i] == 1000 && i == ROLE_CPU   ? " cpu"
                        : amounts[i] == 1000 && i == ROLE_GPU ? " GPU"
                                                              : names[i]);
    }
    strbuf_add(out, count == 0 ? "-" : "");
}

void
roles_weight(struct strbuf *out, const struct role_row *row)
{
    text_cores(out, row->weight_milli); /* thousandths as well */
}

/* --- the table --- */

static void
roles_most(struct strbuf *out, int64_t at_ns)
{
    strbuf_add(out, " <small>at ");
    text_duration(out, at_ns);
    strbuf_add(out, "</small>");
}

static void
roles_table_row(struct strbuf *out, const struct role_row *row)
{
    html_element(out, "<tr><td><code>", row->name, "</code></td><td class=\"n\">");
    roles_weight(out, row);
    strbuf_add(out, "</td><td>");
    roles_amounts(out, row->guarantee, false);
    strbuf_add(out, "</td><td>");
    roles_amounts(out, row->limit, true);
    strbuf_add(out, "</td><td>");
    roles_amounts(out, row->has, false);
    strbuf_add(out, "</td><td class=\"n\">");
    text_percent(out, row->share_ppm, PPM);
    strbuf_add(out, "</td><td class=\"n\">");
    text_percent(out, row->share_most_ppm, PPM);
    if (row->share_most_ppm > 0) {
        roles_most(out, row->share_most_at_ns);
    }
    strbuf_printf(out, "</td><td class=\"n%s\">", row->waiting > 0 ? " bad" : "");
    text_count(out, row->waiting);
    strbuf_add(out, "</td><td class=\"n\">");
    text_count(out, row->waiting_most);
    if (row->waiting_most > 0) {
        roles_most(out, row->waiting_most_at_ns);
    }
    strbuf_add(out, "</td></tr>\n");
}

/* --- the curves --- */

static const char *const roles_classes[ROLES_CURVES_MAX] = { "r-c0", "r-c1", "r-c2",
                                                             "r-c3", "r-c4", "r-c5" };

/* Column 0: the share, 1: how many wait. */
static void
roles_curve(struct rollout_svg *svg, struct reader *reader, const char *role, int column,
            const char *class)
{
    struct vec         series;
    struct reader_rows rows = reader_query(
        reader, "SELECT at_ns, share_ppm, waiting FROM role_samples WHERE role = ?"
                " ORDER BY at_ns, rowid");
    series_init(&series);
    reader_bind_text(&rows, 1, role);
    while (reader_next(&rows)) {
        series_add(&series, reader_int(&rows, 0), (double)reader_int(&rows, 1 + column));
    }
    rollout_svg_curve(svg, &series, true, class);
    vec_fini(&series);
}

/* Those that had most, then those of whom most waited; each keeps its colour in both panels. */
static uint32_t
roles_chosen(struct vec *rows, const struct role_row *chosen[ROLES_CURVES_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct role_row *row = vec_at(rows, i);
        uint32_t               at = count < ROLES_CURVES_MAX ? count++ : ROLES_CURVES_MAX;
        for (; at > 0 && (row->share_most_ppm > chosen[at - 1]->share_most_ppm ||
                          (row->share_most_ppm == chosen[at - 1]->share_most_ppm &&
                           row->waiting_most > chosen[at - 1]->waiting_most));
             at--) {
            if (at < ROLES_CURVES_MAX) {
                chosen[at] = chosen[at - 1];
            }
        }
        if (at < ROLES_CURVES_MAX) {
            chosen[at] = row;
        }
    }
    return count;
}

static void
roles_picture(struct strbuf *out, struct reader *reader, struct vec *rows)
{
    const struct role_row *chosen[ROLES_CURVES_MAX] = { NULL };
    const uint32_t         count = roles_chosen(rows, chosen);
    double                 share = 0.0;
    double                 waiting = 0.0;
    for (uint32_t i = 0; i < count; i++) {
        const double most = (double)chosen[i]->share_most_ppm;
        const double waited = (double)chosen[i]->waiting_most;
        share = most > share ? most : share;
        waiting = waited > waiting ? waited : waiting;
    }
    struct rollout_svg svg = { .out = out, .from_ns = 0, .to_ns = reader->run.simulated_ns };
    if (svg.to_ns <= 0 || share + waiting == 0.0) {
        return;
    }
    rollout_svg_open(&svg, waiting > 0.0 ? 2 : 1, "shares of the roles over time");
    for (int panel = 0; panel < (waiting > 0.0 ? 2 : 1); panel++) {
        rollout_svg_panel(&svg, panel == 0 ? "Dominant share" : "Tasks that wait",
                          panel == 0 ? ROLLOUT_PPM : ROLLOUT_COUNT, panel == 0 ? share : waiting);
        for (uint32_t i = count; i > 0; i--) { /* keys grow from the right */
            rollout_svg_key(&svg, chosen[i - 1]->name, roles_classes[i - 1]);
        }
        for (uint32_t i = count; i > 0; i--) {
            roles_curve(&svg, reader, chosen[i - 1]->name, panel, roles_classes[i - 1]);
        }
    }
    rollout_svg_close(&svg);
}

void
roles_add(struct strbuf *out, struct reader *reader)
{
    struct vec rows;
    roles_read(reader, &rows);
    if (rows.count > 0) {
        strbuf_add(out, "<section class=\"roles\"><h2>Roles</h2>\n<p class=\"note\">A role's share "
                        "is the largest part that it has of the processors, memory, disk or GPUs "
                        "of the machines that are ready. Next is the role with the smallest share "
                        "for its weight; limits and the guarantees of others hold it back.</p>\n"
                        "<div class=\"wide\"><table>\n<thead><tr><th>Role</th>"
                        "<th class=\"n\">Weight</th><th>Guarantee</th><th>Limit</th>"
                        "<th>Has at the end</th><th class=\"n\">Share</th>"
                        "<th class=\"n\">Largest share</th><th class=\"n\">Waiting</th>"
                        "<th class=\"n\">Most waiting</th></tr></thead>\n<tbody>\n");
        for (uint32_t i = 0; i < rows.count; i++) {
            roles_table_row(out, vec_at(&rows, i));
        }
        strbuf_add(out, "</tbody></table></div>\n");
        roles_picture(out, reader, &rows);
        if (rows.count > ROLES_CURVES_MAX) {
            strbuf_printf(out, "<p class=\"note\">Curves: the %d roles that had most.</p>\n",
                          (int)ROLES_CURVES_MAX);
        }
        strbuf_add(out, "</section>\n");
    }
    vec_fini(&rows);
}
