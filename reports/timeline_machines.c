/* reports/timeline_machines.c - machines that are drained or replaced, as sentences. */
#include "reports/timeline_machines.h"

#include <inttypes.h>
#include <string.h>

static void
machines_add_if(struct strbuf *out, const char *text)
{
    if (text[0] != '\0') {
        strbuf_add(out, ": ");
        strbuf_add(out, text);
    }
}

void
timeline_say_node_drain(struct strbuf *out, const struct reader_rows *rows)
{
    static const char *const words[] = {
        "is drained", "is to be empty", "is not empty yet", "is empty",
        "had to be empty by now", "is not drained any more",
    };
    const char *which = reader_text(rows, NEW);
    const bool known = which[0] >= '1' && which[0] <= '5';
    strbuf_printf(out, "the machine %s", words[known ? which[0] - '0' : 0]);
    machines_add_if(out, reader_text(rows, TEXT));
}

void
timeline_say_refresh(struct strbuf *out, const struct reader_rows *rows)
{
    const char *old_state = reader_text(rows, OLD);
    const char *new_state = reader_text(rows, NEW);
    strbuf_printf(out, "refresh of group %s ", reader_text(rows, APP));
    if (strcmp(old_state, new_state) != 0) {
        strbuf_printf(out, "%s -> ", old_state);
    }
    strbuf_printf(out, "%s, %" PRId64 " replaced", new_state, reader_int(rows, VALUE));
    machines_add_if(out, reader_text(rows, TEXT));
}
