/*
 * reports/model_card.h - the page that shows simulated queues beside what theory says of them.
 *
 * Units:   times are multiples of the mean service time; loads are those of one server, 0..1.
 * Memory:  everything is borrowed during the call.
 * Errors:  ST_IO; ST_UNAVAILABLE: gnuplot is missing, and the page is there without charts and says
 *          so.
 */
#ifndef REPORTS_MODEL_CARD_H
#define REPORTS_MODEL_CARD_H

#include "platform/base/strbuf.h"

enum { MODEL_CARD_QUANTILES = 2, MODEL_CARD_CURVE_POINTS = 104 };

struct model_card_quantile {
    double measured; /* mean over the seeds */
    double half;
    double reference; /* 0: no closed form is known, and it is not judged */
    bool   passed;
};

struct model_card_row {
    const char *name;    /* "c = 4" */
    const char *series;  /* rows of one text are one colour of the chart */
    const char *command; /* plays it again */
    double      load;
    uint64_t    requests;
    double      mean;
    double      half; /* the 99.9 % interval is mean - half .. mean + half */
    double      low;  /* the reference; less than high when it is a range */
    double      high;
    double      tolerance; /* absolute; of a range: 0 */
    double      reached;   /* of a limit: what the interval is held to; else 0 */
    bool        near;
    bool        covered;
    bool        clean; /* no request failed, and every standing invariant held */
    bool        passed; /* all of it, quantiles too */
    struct model_card_quantile quantiles[MODEL_CARD_QUANTILES]; /* p50, p99 */
};

struct model_card_curve { /* the reference between and beside the points */
    const char *name;
    double      loads[MODEL_CARD_CURVE_POINTS];
    double      values[MODEL_CARD_CURVE_POINTS];
    uint32_t    count;
};

struct model_card_family {
    const char                    *name;
    const char                    *about;
    const char                    *judged; /* "mean wait" */
    const struct model_card_row   *rows;
    uint32_t                       rows_count;
    const struct model_card_curve *curves;
    uint32_t                       curves_count;
};

struct model_card {
    const struct model_card_family *families;
    uint32_t                        families_count;
    bool                            is_short; /* the cells that need few requests only */
    uint64_t                        seed_first;
    uint64_t                        seed_last;
    const char                     *command; /* makes it again */
};

/* How many rows there are, how many passed, and the requests of all. */
struct model_card_sums {
    uint32_t rows;
    uint32_t passed;
    uint64_t requests;
};
struct model_card_sums model_card_sums(const struct model_card *card);

/* " (here 3.45770)" after a limit. */
void model_card_reached(const struct model_card_row *row, struct strbuf *out);

/* What a row did not hold, as a sentence; "" when it passed. */
void model_card_why(const struct model_card_row *row, struct strbuf *out);

enum status model_card_html(const struct model_card *card, const char *out_path,
                            struct error *err) MUST_USE;
enum status model_card_markdown(const struct model_card *card, const char *out_path,
                                struct error *err) MUST_USE;
enum status model_card_json(const struct model_card *card, const char *out_path,
                            struct error *err) MUST_USE;

/* The chart of a family as SVG. number: of the family; no two charts of a page have the same. */
enum status model_card_chart(const struct model_card_family *family, uint32_t number,
                             struct strbuf *ret_svg, struct error *err) MUST_USE;

#endif
