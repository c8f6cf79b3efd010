/*
 * reports/gnuplot.h - one run of the gnuplot program in a temporary folder of its own.
 *
 * Calling: gnuplot_begin, then fill script and write data files, gnuplot_run, gnuplot_read; at the
 *          end gnuplot_end, whatever came before. The script runs in the folder: names are plain.
 * Errors:  ST_UNAVAILABLE the program is not there, or it failed (with its first words); ST_IO.
 */
#ifndef REPORTS_GNUPLOT_H
#define REPORTS_GNUPLOT_H

#include "platform/base/strbuf.h"

enum { GNUPLOT_FOLDER_BYTES = 256, GNUPLOT_SVG_BYTES_MAX = 8 * 1024 * 1024 };

struct gnuplot {
    char          folder[GNUPLOT_FOLDER_BYTES]; /* private; "" when there is none */
    struct strbuf script;
};

enum status gnuplot_begin(struct gnuplot *gnuplot, struct error *err) MUST_USE;
enum status gnuplot_data(struct gnuplot *gnuplot, const char *name, const struct strbuf *data,
                         struct error *err) MUST_USE;
enum status gnuplot_run(struct gnuplot *gnuplot, struct error *err) MUST_USE;
enum status gnuplot_read(const struct gnuplot *gnuplot, const char *name, struct strbuf *ret,
                         struct error *err) MUST_USE;
void        gnuplot_end(struct gnuplot *gnuplot); /* removes the folder; zeroed is valid */

#endif
