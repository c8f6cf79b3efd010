/* platform/backends/haproxy/haproxy_values.c - the whitelist grammars. */
#include "platform/backends/haproxy/haproxy_values.h"

#include <string.h>

/* Own comparisons: the functions of ctype.h follow the locale. */
static bool
haproxy_value_is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
haproxy_value_is_word(const char *text, size_t len)
{
    if (len == 0 || !(haproxy_value_is_alnum(text[0]) || text[0] == '_')) {
        return false;
    }
    for (size_t i = 1; i < len; i++) {
        const char c = text[i];
        if (!haproxy_value_is_alnum(c) && c != '_' && c != '.' && c != '-') {
            return false;
        }
    }
    return true;
}

bool
haproxy_value_is_name(const char *text)
{
    const size_t len = strlen(text);
    return len <= HAPROXY_NAME_LEN_MAX && haproxy_value_is_word(text, len);
}

bool
haproxy_value_is_host(const char *text, size_t len)
{
    return len <= HAPROXY_HOST_LEN_MAX && haproxy_value_is_word(text, len);
}

bool
haproxy_value_is_host_port(const char *text, size_t len)
{
    size_t digits = 0;
    while (digits < len && text[len - 1 - digits] >= '0' && text[len - 1 - digits] <= '9') {
        digits++;
    }
    if (digits > 0 && digits <= 5 && digits + 1 < len && text[len - 1 - digits] == ':') {
        len -= digits + 1;
    }
    return haproxy_value_is_host(text, len);
}

/* At least one byte, and all are letters, digits or among the others. */
static bool
haproxy_value_is_made_of(const char *text, size_t len, const char *others)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\0' ||
            (!haproxy_value_is_alnum(text[i]) && strchr(others, text[i]) == NULL)) {
            return false;
        }
    }
    return len > 0;
}

bool
haproxy_value_is_network(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((text[i] >= 'g' && text[i] <= 'z') || (text[i] >= 'G' && text[i] <= 'Z')) {
            return false; /* not a digit of a hexadecimal number */
        }
    }
    return len <= 64 && haproxy_value_is_made_of(text, len, ".:/");
}

bool
haproxy_value_is_realm(const char *text)
{
    const size_t len = strlen(text);
    return len <= HAPROXY_NAME_LEN_MAX && haproxy_value_is_made_of(text, len, " ._@:/-");
}

bool
haproxy_value_is_crypt(const char *text)
{
    const size_t len = strlen(text);
    return len <= 256 && haproxy_value_is_made_of(text, len, "./$=,_-");
}

bool
haproxy_value_is_path(const char *text)
{
    const size_t len = strlen(text);
    if (len == 0 || len > HAPROXY_PATH_LEN_MAX || text[0] != '/') {
        return false;
    }
    for (size_t i = 1; i < len; i++) {
        if (!haproxy_value_is_alnum(text[i]) && strchr("/._~%:@+,=&-", text[i]) == NULL) {
            return false;
        }
    }
    return true;
}

bool
haproxy_value_is_balance(const char *text)
{
    const size_t len = strlen(text);
    if (len == 0 || len > HAPROXY_BALANCE_LEN_MAX || text[0] < 'a' || text[0] > 'z') {
        return false;
    }
    for (size_t i = 1; i < len; i++) {
        const char c = text[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        if (!letter && !(c == ' ' && text[i - 1] != ' ' && i + 1 < len)) {
            return false;
        }
    }
    return true;
}
