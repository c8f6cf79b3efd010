/* platform/model/attribute.c - a node's attributes as constraints compare them. */
#include "platform/model/attribute.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct attribute_item {
    const char *text;
    size_t      len;
};

/* As strcmp would, were they terminated. */
static int
attribute_compare(const struct attribute_item *a, const struct attribute_item *b)
{
    const int order = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);
    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

/* The items between the braces into their order; a set is short, so insertion does. */
static void
attribute_print_set(const char *text, size_t len, char room[NODE_ATTRIBUTES_BYTES])
{
    struct attribute_item items[NODE_ATTRIBUTES_BYTES];
    size_t count = 0;
    size_t out = 0;
    for (const char *at = text, *end = text + len; at <= end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const struct attribute_item item = { at, (size_t)((comma != NULL ? comma : end) - at) };
        size_t i = count++;
        for (; i > 0 && attribute_compare(&item, &items[i - 1]) < 0; i--) {
            items[i] = items[i - 1];
        }
        items[i] = item;
        at += item.len + 1;
    }
    room[out++] = '{';
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            room[out++] = ',';
        }
        memcpy(room + out, items[i].text, items[i].len);
        out += items[i].len;
    }
    room[out++] = '}';
    room[out] = '\0';
}

/*
 * A number with a fraction has one way to be written: thousandths, without the zeros at their end.
 * Whole ones stay as they are, for they may be names: "007".
 */
static void
attribute_print_number(char room[NODE_ATTRIBUTES_BYTES])
{
    int64_t milli = 0;
    if (strchr(room, '.') == NULL || !attribute_milli(room, &milli)) {
        return;
    }
    const int64_t amount = milli < 0 ? -milli : milli;
    int len = snprintf(room, NODE_ATTRIBUTES_BYTES, "%s%" PRId64 ".%03d", milli < 0 ? "-" : "",
                       amount / 1000, (int)(amount % 1000));
    while (room[len - 1] == '0') {
        room[--len] = '\0';
    }
    if (room[len - 1] == '.') {
        room[len - 1] = '\0';
    }
}

const char *
attribute_value(const struct node_spec *node, const char *name, char room[NODE_ATTRIBUTES_BYTES])
{
    size_t len = 0;
    const char *value = node_attribute(node, name, &len);
    if (value == NULL) {
        return NULL;
    }
    if (len >= 2 && value[0] == '{' && value[len - 1] == '}') {
        attribute_print_set(value + 1, len - 2, room);
        return room;
    }
    memcpy(room, value, len);
    room[len] = '\0';
    attribute_print_number(room);
    return room;
}

const char *
attribute_field(const struct node_spec *node, const char *field, char room[NODE_ATTRIBUTES_BYTES])
{
    const bool is_hostname = strcmp(field[0] == '@' ? field + 1 : field, "hostname") == 0;
    if (field[0] != '@' && !is_hostname) {
        return attribute_value(node, field, room);
    }
    const char *value = is_hostname                     ? node->hostname
                        : strcmp(field, "@region") == 0 ? node->region
                        : strcmp(field, "@zone") == 0   ? node->zone
                                                        : "";
    return value[0] != '\0' ? value : NULL;
}

bool
attribute_milli(const char *text, int64_t *ret_milli)
{
    const bool  is_negative = text[0] == '-';
    const char *at = text + (is_negative ? 1 : 0);
    const size_t whole_len = strspn(at, "0123456789");
    int64_t milli = 0;
    int64_t unit = 1000;
    if (whole_len == 0 || whole_len > 12) { /* more digits are a name, not an amount */
        return false;
    }
    for (size_t i = 0; i < whole_len; i++) {
        milli = milli * 10 + (at[i] - '0');
    }
    milli *= unit;
    at += whole_len;
    if (*at == '.' && at[1] != '\0') {
        for (at++; *at >= '0' && *at <= '9'; at++) {
            if (unit == 1) { /* the first digit that is left out decides */
                milli += *at >= '5' ? 1 : 0;
                unit = 0;
            } else if (unit > 1) {
                unit /= 10;
                milli += unit * (*at - '0');
            }
        }
    }
    *ret_milli = is_negative ? -milli : milli;
    return *at == '\0';
}
