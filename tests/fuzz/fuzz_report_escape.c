/*
 * tests/fuzz/fuzz_report_escape.c
 *
 * Goal:   no bytes get out of the place in a report that they were put into.
 * Method: libFuzzer; any bytes up to the first NUL go through every escaping function. Of each
 *         result what its renderer could take for something else must be absent, and all of them
 *         must be UTF-8: jansson, which checks it strictly, reads them as a string.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "reports/escape.h"

static void
fuzz_check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void
fuzz_check_utf8(const struct strbuf *text)
{
    json_t *json = json_string(strbuf_text(text));
    fuzz_check(json != NULL);
    json_decref(json);
    fuzz_check(strlen(strbuf_text(text)) == text->len);
}

static bool
fuzz_is_control(char c)
{
    return ((unsigned char)c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
}

static void
fuzz_check_markup(const struct strbuf *text)
{
    for (size_t i = 0; i < text->len; i++) {
        fuzz_check(strchr("<>\"'\r", text->text[i]) == NULL && !fuzz_is_control(text->text[i]));
        if (text->text[i] == '&') {
            const size_t len = strcspn(text->text + i, ";");
            fuzz_check(len >= 3 && len <= 5); /* &lt; to &quot; */
        }
    }
}

/* One quoted string: inside, quotes come in pairs, and it is one line. */
static void
fuzz_check_gnuplot(const struct strbuf *text)
{
    fuzz_check(text->len >= 2 && text->text[0] == '\'' && text->text[text->len - 1] == '\'');
    fuzz_check(strstr(text->text, "&#") == NULL);
    for (size_t i = 1; i + 1 < text->len; i++) {
        fuzz_check(strchr("`\n\r\t", text->text[i]) == NULL && !fuzz_is_control(text->text[i]));
        if (text->text[i] == '\'') {
            fuzz_check(i + 2 < text->len && text->text[i + 1] == '\'');
            i++;
        }
    }
}

static void
fuzz_check_line(const struct strbuf *text)
{
    for (size_t i = 0; i < text->len; i++) {
        fuzz_check(strchr("\n\r\t", text->text[i]) == NULL && !fuzz_is_control(text->text[i]));
    }
}

static void
fuzz_try(const char *text, void (*escape)(struct strbuf *out, const char *text),
         void (*check)(const struct strbuf *text))
{
    struct strbuf out = { 0 };
    escape(&out, text);
    fuzz_check_utf8(&out);
    if (check != NULL) {
        check(&out);
    }
    strbuf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char *text = malloc(len + 1);
    if (len > 0) {
        memcpy(text, bytes, len);
    }
    text[len] = '\0';
    fuzz_try(text, escape_xml, fuzz_check_markup);
    fuzz_try(text, escape_html, fuzz_check_markup);
    fuzz_try(text, escape_gnuplot, fuzz_check_gnuplot);
    fuzz_try(text, escape_terminal, fuzz_check_line);
    fuzz_try(text, escape_json, NULL);
    free(text);
    return 0;
}
