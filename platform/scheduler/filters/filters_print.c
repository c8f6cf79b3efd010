/* platform/scheduler/filters/filters_print.c - which constraints refuse, in words. */
#include <stdio.h>

#include "platform/scheduler/filters/filters.h"

enum { FILTER_BYTES = 100 };

void
filters_print_one(const struct app_constraint *constraint, char *text, size_t bytes)
{
    (void)snprintf(text, bytes, "%.40s %s%s%.40s", constraint->field,
                   app_tables_constraint_ops[constraint->op],
                   constraint->value[0] != '\0' ? " " : "", constraint->value);
}

/* "@zone CLUSTER a", and what a reader of it would ask next. */
static void
filter_print(const struct filter *filter, char *text, size_t bytes)
{
    char one[FILTER_BYTES];
    const struct app_constraint *constraint = filter->constraint;
    const bool is_lacking = filter->lacking == filter->refused;
    filters_print_one(constraint, one, sizeof one);
    (void)snprintf(text, bytes, "%s%s%.40s", one,
                   is_lacking            ? ": they have no "
                   : filter->unknown > 0 ? ", until its agents are back or given up"
                                         : "",
                   is_lacking ? constraint->field : "");
}

void
filters_print(const struct filters *filters, char *text, size_t bytes)
{
    const char *separator = " (";
    size_t len = 0;
    uint32_t kinds = 0;
    char one[200];
    text[0] = '\0';
    for (uint32_t i = 0; i < filters->count; i++) {
        kinds += ((const struct filter *)vec_at(&filters->items, i))->refused > 0 ? 1U : 0U;
    }
    for (uint32_t i = 0; i < filters->count && len < bytes; i++) {
        const struct filter *filter = vec_at(&filters->items, i);
        if (filter->refused == 0) {
            continue;
        }
        filter_print(filter, one, sizeof one);
        const int added = kinds == 1 ? snprintf(text + len, bytes - len, "%s%s", separator, one)
                                     : snprintf(text + len, bytes - len, "%s%u %s", separator,
                                                filter->refused, one);
        len += added > 0 ? (size_t)added : 0;
        separator = ", ";
    }
    if (kinds > 0 && len < bytes) {
        (void)snprintf(text + len, bytes - len, ")");
    }
}
