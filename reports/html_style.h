/* reports/html_style.h - the look of the page: light or dark as the reader likes, printable. */
#ifndef REPORTS_HTML_STYLE_H
#define REPORTS_HTML_STYLE_H

extern const char html_style[];
extern const char html_style_rollouts[]; /* more of it, for a page with rollouts */

#endif
