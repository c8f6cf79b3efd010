/*
 * reports/bands.h - when faults and deployments were: shaded stretches behind every chart.
 *
 * Deployments that overlap are one band. A step or a fault that is not undone is a line. Labels
 * that find no room are left out: the tables name everything.
 */
#ifndef REPORTS_BANDS_H
#define REPORTS_BANDS_H

#include "platform/base/strbuf.h"
#include "platform/base/vec.h"
#include "reports/reader.h"

enum { BANDS_MAX = 200, BAND_LABEL_ROWS = 3 };

enum band_kind { BAND_FAULT, BAND_DEPLOYMENT, BAND_STEP };

struct band {
    int64_t        from_ns;
    int64_t        to_ns; /* = from_ns: a line */
    enum band_kind kind;
    const char    *label; /* in the reader's arena */
};

void bands_read(struct reader *reader, struct vec *ret_bands); /* struct band */
bool bands_has(const struct vec *bands, enum band_kind kind);

/*
 * gnuplot commands for all of them. width_px: of the plot over the whole run; 0: no labels. Returns
 * the rows of labels that stand above the plot.
 */
uint32_t bands_print(const struct vec *bands, int64_t unit_ns, int64_t end_ns, uint32_t width_px,
                     struct strbuf *out);

#endif
