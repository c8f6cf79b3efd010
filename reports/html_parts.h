/*
 * reports/html_parts.h - what every page is made of.
 */
#ifndef REPORTS_HTML_PARTS_H
#define REPORTS_HTML_PARTS_H

#include "platform/base/strbuf.h"

/* open and close are HTML; text is anybody's. */
void html_element(struct strbuf *out, const char *open, const char *text, const char *close);

/* A whole SVG file, in the page itself. */
void html_inline_svg(struct strbuf *out, const char *svg);

/* "<div><dt>name</dt><dd>value</dd></div>" of a list of facts. */
void html_fact(struct strbuf *out, const char *name, const char *value);

#endif
