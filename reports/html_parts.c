/* reports/html_parts.c - elements, facts and pictures of a page. */
#include "reports/html_parts.h"

#include <string.h>

#include "reports/escape.h"

void
html_element(struct strbuf *out, const char *open, const char *text, const char *close)
{
    strbuf_add(out, open);
    escape_html(out, text);
    strbuf_add(out, close);
}

/* From "<svg": what is before it is for a file of its own. XML name spaces mean nothing here. */
void
html_inline_svg(struct strbuf *out, const char *svg)
{
    const char *rest = strstr(svg, "<svg");
    while (rest != NULL && *rest != '\0') {
        const char *space = strstr(rest, "xmlns");
        const char *end_of_head = strchr(rest, '>');
        if (space == NULL || (end_of_head != NULL && space > end_of_head)) {
            strbuf_add(out, rest);
            return;
        }
        strbuf_add_bytes(out, rest, (size_t)(space - rest));
        const char *quote = strpbrk(space, "\"'");
        const char *after = quote != NULL ? strchr(quote + 1, *quote) : NULL;
        rest = after != NULL ? after + 1 : NULL;
    }
}

void
html_fact(struct strbuf *out, const char *name, const char *value)
{
    strbuf_printf(out, "<div><dt>%s</dt><dd>", name);
    escape_html(out, value);
    strbuf_add(out, "</dd></div>\n");
}
