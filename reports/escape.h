/*
 * reports/escape.h - text that others chose, made harmless: one function a renderer.
 *
 * Calling: appends to out. Any bytes are accepted: what is no UTF-8, and control characters that a
 *          renderer cannot hold, become U+FFFD, so that the result is always well formed.
 *          A NULL text appends nothing.
 */
#ifndef REPORTS_ESCAPE_H
#define REPORTS_ESCAPE_H

#include "platform/base/strbuf.h"

/* For element content and for attributes in double or single quotes. Line ends stay. */
void escape_xml(struct strbuf *out, const char *text);
void escape_html(struct strbuf *out, const char *text);

/* A whole gnuplot string with its single quotes: one line, nothing in it is interpreted, neither
 * by gnuplot nor as a reference in the SVG it writes. */
void escape_gnuplot(struct strbuf *out, const char *text);

/* For a terminal: one line, and no control character gets through to it. */
void escape_terminal(struct strbuf *out, const char *text);

/* Well-formed UTF-8 with every control character kept: the JSON library does the rest. */
void escape_json(struct strbuf *out, const char *text);

#endif
