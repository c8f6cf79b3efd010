/* platform/model/app_constraints.c - the constraints of an app: their shape, and contradictions. */
#include "platform/model/app_steps.h"

#include <stdio.h>
#include <string.h>

#include "platform/base/pattern.h"
#include "platform/model/attribute.h"

/* A whole number above 0 and nothing else. */
static bool
app_constraints_is_count(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 9 && text[digits] == '\0' && strspn(text, "0") < digits;
}

static void
app_constraints_pattern(struct app_reader *reader, const struct app_place *place,
                        const char *value)
{
    struct pattern pattern;
    const char    *why = "";
    uint32_t       at = 0;
    if (!pattern_make(&pattern, value, &why, &at)) {
        app_say_at(reader, DIAG_ERROR, place,
                   "found \"%.40s\", expected a regular expression, but at its character %u %s",
                   value, at + 1, why);
    }
}

static void
app_constraints_value(struct app_reader *reader, const struct app_place *place,
                      enum app_constraint_op op, const char *value)
{
    const char *name = app_tables_constraint_ops[op];

    switch (op) {
    case APP_UNIQUE:
        if (value != NULL) {
            app_say_at(reader, DIAG_ERROR, place, "UNIQUE takes no value, expected none");
        }
        return;
    case APP_CLUSTER:
        return; /* without a value the first placement settles it */
    case APP_GROUP_BY:
        if (value != NULL && !app_constraints_is_count(value)) {
            app_say_at(reader, DIAG_ERROR, place,
                       "found \"%.40s\", expected GROUP_BY with the number of groups, from 1 to "
                       "999999999, or no value", value);
        }
        return;
    case APP_MAX_PER:
        if (value == NULL || !app_constraints_is_count(value)) {
            app_say_at(reader, DIAG_ERROR, place,
                       "found %s%.40s%s, expected MAX_PER with a number from 1 to 999999999 as "
                       "text",
                       value != NULL ? "\"" : "", value != NULL ? value : "no value",
                       value != NULL ? "\"" : "");
        }
        return;
    case APP_LIKE:
    case APP_UNLIKE:
    case APP_IS:
        if (value == NULL || value[0] == '\0') {
            app_say_at(reader, DIAG_ERROR, place, "%s has no value, expected %s", name,
                       op == APP_IS ? "one" : "a regular expression");
        } else if (op != APP_IS) {
            app_constraints_pattern(reader, place, value);
        }
        return;
    }
}

json_t *
app_constraints_read(struct app_reader *reader, const struct app_place *place, json_t *in)
{
    const size_t count = json_array_size(in);
    const char  *parts[3] = { NULL, NULL, NULL };

    if (!json_is_array(in) || count < 2 || count > 3) {
        app_say_at(reader, DIAG_ERROR, place,
                   "expected a constraint such as [\"hostname\", \"UNIQUE\"], two or three texts");
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        parts[i] = json_string_value(json_array_get(in, i));
        if (parts[i] == NULL) {
            app_say_at(reader, DIAG_ERROR, place, "found %s, expected two or three texts in quotes",
                       app_say_found(json_array_get(in, i), reader->scratch));
            return NULL;
        }
    }
    const int32_t op = app_shape_word(app_tables_constraint_ops, parts[1]);
    if (parts[0][0] == '\0') {
        app_say_at(reader, DIAG_ERROR, place,
                   "the field is empty, expected \"hostname\", \"@zone\", \"@region\" or an "
                   "attribute");
    }
    if (op < 0) {
        app_say_at(reader, DIAG_ERROR, place,
                   "found operator %s, expected UNIQUE, CLUSTER, GROUP_BY, LIKE, UNLIKE, MAX_PER "
                   "or IS",
                   app_say_found(json_array_get(in, 1), reader->scratch));
        return NULL;
    }
    app_constraints_value(reader, place, (enum app_constraint_op)op, parts[2]);
    json_t *out = json_array();
    json_array_append_new(out, json_string(parts[0]));
    json_array_append_new(out, json_string(app_tables_constraint_ops[op]));
    if (parts[2] != NULL) {
        json_array_append_new(out, json_string(parts[2]));
    }
    return out;
}

/* What a constraint says of one value alone, whatever is placed; "" where it says nothing. */
struct app_demand {
    const char            *field;
    enum app_constraint_op op;
    const char            *value;
};

static struct app_demand
app_constraints_demand(const json_t *constraint)
{
    const char   *field = json_string_value(json_array_get(constraint, 0));
    const char   *op = json_string_value(json_array_get(constraint, 1));
    const char   *value = json_string_value(json_array_get(constraint, 2));
    const int32_t word = op != NULL ? app_shape_word(app_tables_constraint_ops, op) : -1;
    if (field == NULL || value == NULL || word < 0 || word == APP_GROUP_BY ||
        word == APP_MAX_PER) {
        return (struct app_demand){ .field = "", .value = "" };
    }
    return (struct app_demand){ .field = strcmp(field, "@hostname") == 0 ? "hostname" : field,
                                .op = (enum app_constraint_op)word,
                                .value = value };
}

static bool
app_constraints_names_one(const struct app_demand *demand)
{
    return demand->op == APP_CLUSTER || demand->op == APP_IS;
}

/* Whether a value that one of them names is refused by the other. */
static bool
app_constraints_refuses(const struct app_demand *demand, const char *value)
{
    struct pattern pattern;
    const char    *why = "";
    uint32_t       at = 0;
    if (app_constraints_names_one(demand)) {
        return strcmp(demand->value, value) != 0;
    }
    return pattern_make(&pattern, demand->value, &why, &at) &&
           pattern_matches(&pattern, value) != (demand->op == APP_LIKE);
}

/* One number of an attribute. */
static bool
app_constraints_is_number(const struct app_demand *demand, int64_t *ret_milli)
{
    return app_constraints_names_one(demand) && demand->field[0] != '@' &&
           strcmp(demand->field, "hostname") != 0 && attribute_milli(demand->value, ret_milli);
}

static bool
app_constraints_contradict(const struct app_demand *a, const struct app_demand *b)
{
    int64_t a_milli = 0;
    int64_t b_milli = 0;
    if (a->value[0] == '\0' || b->value[0] == '\0' || strcmp(a->field, b->field) != 0) {
        return false;
    }
    const bool a_is_number = app_constraints_is_number(a, &a_milli);
    const bool b_is_number = app_constraints_is_number(b, &b_milli);
    if ((a_is_number && a->op == APP_IS) || (b_is_number && b->op == APP_IS)) {
        /* IS allows each text of its number, rounded: which of them an expression meets is open */
        return app_constraints_names_one(a) && app_constraints_names_one(b) &&
               (!a_is_number || !b_is_number || a_milli != b_milli);
    }
    if (app_constraints_names_one(a)) {
        return app_constraints_refuses(b, a->value);
    }
    if (app_constraints_names_one(b)) {
        return app_constraints_refuses(a, b->value);
    }
    return a->op != b->op && strcmp(a->value, b->value) == 0; /* LIKE and UNLIKE the same */
}

/* One sentence for each that contradicts an earlier one. */
void
app_constraints_check(struct app_draft *draft)
{
    const json_t *list = json_object_get(draft->app, "constraints");
    const size_t  count = json_array_size(list);
    char          pointer[40];
    if (count != json_array_size(json_object_get(draft->in, "constraints"))) {
        return; /* one was refused already: the places would be wrong */
    }
    for (size_t i = 1; i < count; i++) {
        const struct app_demand demand = app_constraints_demand(json_array_get(list, i));
        for (size_t k = 0; k < i; k++) {
            const struct app_demand earlier = app_constraints_demand(json_array_get(list, k));
            if (app_constraints_contradict(&earlier, &demand)) {
                (void)snprintf(pointer, sizeof pointer, "/constraints/%zu", i);
                app_say(draft->reader, DIAG_ERROR, pointer,
                        "%.40s %s \"%.40s\" contradicts %s \"%.40s\" of /constraints/%zu, expected "
                        "something that a node can satisfy",
                        demand.field, app_tables_constraint_ops[demand.op], demand.value,
                        app_tables_constraint_ops[earlier.op], earlier.value, k);
                break;
            }
        }
    }
}
