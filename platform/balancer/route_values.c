/* platform/balancer/route_values.c - which texts of a label may go to a proxy. */
#include "platform/balancer/route_values.h"

#include <stdio.h>
#include <string.h>

#include "platform/base/units.h"

enum { ROUTE_WORD_LEN_MAX = 128 }; /* a realm, a user, a crypted password: a limit of ours */

static bool
route_value_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
route_value_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char
route_value_small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* 1..len_max characters, each a letter, a digit or one of also. */
static bool
route_value_is_plain(const char *text, size_t len, size_t len_max, const char *also)
{
    for (size_t i = 0; i < len; i++) {
        if (!route_value_is_letter(text[i]) && !route_value_is_digit(text[i]) &&
            (text[i] == '\0' || strchr(also, text[i]) == NULL)) {
            return false;
        }
    }
    return len > 0 && len <= len_max;
}

static bool
route_value_is_host(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const bool begins = i == 0 || text[i - 1] == '.';
        const bool ends = i + 1 == len || text[i + 1] == '.';
        if ((text[i] == '.' && begins) || (text[i] == '-' && (begins || ends))) {
            return false;
        }
    }
    return route_value_is_plain(text, len, ROUTE_HOST_LEN_MAX, "._-") && text[len - 1] != '.';
}

static bool
route_value_is_network(const char *text, size_t len)
{
    size_t at = 0;
    for (uint32_t part = 0; part < 5; part++) { /* four bytes and the bits of a network */
        const char before = part == 4 ? '/' : '.';
        const uint32_t max = part == 4 ? 32 : 255;
        uint32_t value = 0;
        if (part > 0) {
            if (at == len && part == 4) {
                return true; /* an address */
            }
            if (at == len || text[at] != before) {
                return false;
            }
            at++;
        }
        const size_t digits = at;
        while (at < len && at - digits < 3 && route_value_is_digit(text[at])) {
            value = value * 10 + (uint32_t)(text[at] - '0');
            at++;
        }
        if (at == digits || value > max || (text[digits] == '0' && at - digits > 1)) {
            return false;
        }
    }
    return at == len;
}

typedef bool route_value_item_fn(const char *text, size_t len);

/* Items between commas, or between blanks too, in the arena with commas; NULL when there is none or
 * a bad one. */
static char *
route_value_list(const char *text, bool blanks_separate, route_value_item_fn *is_item,
                 struct arena *arena)
{
    char *list = arena_alloc_zero(arena, strlen(text) + 1);
    size_t list_len = 0;
    uint32_t count = 0;
    bool wants_item = true; /* so that "a,,b" and "a," are mistakes */
    while (*text != '\0') {
        text += strspn(text, " ");
        const size_t len = strcspn(text, " ,");
        if (len == 0 && *text == '\0' && !wants_item) {
            break;
        }
        if (!is_item(text, len) || count == ROUTE_LIST_MAX) {
            return NULL;
        }
        if (count > 0) {
            list[list_len++] = ',';
        }
        memcpy(list + list_len, text, len);
        list_len += len;
        count++;
        text += len;
        text += strspn(text, " ");
        wants_item = *text == ',';
        if (!wants_item && *text != '\0' && !blanks_separate) {
            return NULL;
        }
        text += wants_item ? 1 : 0;
    }
    return count > 0 && !wants_item ? list : NULL;
}

const char *
route_value_hosts(const char *text, struct arena *arena)
{
    char *list = route_value_list(text, false, route_value_is_host, arena);
    for (char *c = list; c != NULL && *c != '\0'; c++) {
        *c = route_value_small(*c);
    }
    return list;
}

const char *
route_value_networks(const char *text, struct arena *arena)
{
    return route_value_list(text, true, route_value_is_network, arena);
}

bool
route_value_is_path(const char *text)
{
    return text[0] == '/' &&
           route_value_is_plain(text, strlen(text), ROUTE_PATH_LEN_MAX, "/._~%:@+,=&-");
}

bool
route_value_is_file(const char *text)
{
    return route_value_is_path(text) && strchr(text, '%') == NULL && strstr(text, "..") == NULL;
}

bool
route_value_is_name(const char *text)
{
    return route_value_is_plain(text, strlen(text), ROUTE_WORD_LEN_MAX, "._-/");
}

bool
route_value_auth(const char *text, struct arena *arena, const char **ret_realm,
                 const char **ret_user, const char **ret_password)
{
    const size_t realm_len = strcspn(text, ":");
    const char *user = text + realm_len + (text[realm_len] != '\0' ? 1 : 0);
    const size_t user_len = strcspn(user, ":");
    const char *password = user + user_len + (user[user_len] != '\0' ? 1 : 0);
    if (!route_value_is_plain(text, realm_len, ROUTE_WORD_LEN_MAX, " ._@/-") || text[0] == ' ' ||
        !route_value_is_plain(user, user_len, ROUTE_WORD_LEN_MAX, "._@-") || user[0] == '-' ||
        !route_value_is_plain(password, strlen(password), ROUTE_WORD_LEN_MAX, "./$=,_-")) {
        return false;
    }
    *ret_realm = arena_strndup(arena, text, realm_len);
    *ret_user = arena_strndup(arena, user, user_len);
    *ret_password = arena_strdup(arena, password);
    return true;
}

static bool
route_value_is_one_of(const char *text, const char *const *words, uint32_t words_count)
{
    for (uint32_t i = 0; i < words_count; i++) {
        size_t at = 0;
        while (words[i][at] != '\0' && route_value_small(text[at]) == words[i][at]) {
            at++;
        }
        if (text[at] == '\0' && words[i][at] == '\0') {
            return true;
        }
    }
    return false;
}

bool
route_value_bool(const char *text, bool *ret)
{
    static const char *const yes[] = { "true", "t", "yes", "y", "1" };
    static const char *const no[] = { "false", "f", "no", "n", "0" };
    const bool is_yes = route_value_is_one_of(text, yes, COUNT_OF(yes));
    if (!is_yes && !route_value_is_one_of(text, no, COUNT_OF(no))) {
        return false;
    }
    *ret = is_yes;
    return true;
}

bool
route_value_count(const char *text, int64_t min, int64_t max, int64_t *ret)
{
    const bool is_negative = *text == '-';
    int64_t value = 0;
    text += is_negative ? 1 : 0;
    const size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (!route_value_is_digit(text[i]) || len > 10) {
            return false;
        }
        value = value * 10 + (text[i] - '0');
    }
    value = is_negative ? -value : value;
    if (len == 0 || value < min || value > max) {
        return false;
    }
    *ret = value;
    return true;
}

bool
route_value_instant(const char *text, int64_t *ret_at_ns)
{
    char zulu[48];
    if (units_parse_instant(text, ret_at_ns)) {
        return true;
    }
    const int len = snprintf(zulu, sizeof zulu, "%sZ", text);
    return len > 0 && (size_t)len < sizeof zulu && units_parse_instant(zulu, ret_at_ns);
}
