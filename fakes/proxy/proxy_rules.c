/*
 * fakes/proxy/proxy_rules.c - what a service's proxy answers by itself: 302, 401, 403.
 *
 * Networks: a request whose source is not known is outside of all of them but 0.0.0.0/0.
 * Password: compared as it stands, unless the service's is a hash of crypt(3), which is not
 *           computed here: then the right user with any password but none is let in.
 */
#include "fakes/proxy/inner.h"

#include <string.h>

/* --- networks --- */

/* A decimal number up to max; -1: there is none. */
static int64_t
rules_number(const char **text, int64_t max)
{
    int64_t value = -1;
    while (**text >= '0' && **text <= '9') {
        value = (value < 0 ? 0 : value) * 10 + (**text - '0');
        if (value > max) {
            return -1;
        }
        (*text)++;
    }
    return value;
}

/* "10.0.0.0/8" or "10.1.2.3", which ends at a comma, a blank or the end. */
static bool
rules_network_holds(const char *text, uint32_t ipv4)
{
    uint32_t network = 0;
    for (uint32_t i = 0; i < 4; i++) {
        const int64_t octet = rules_number(&text, 255);
        if (octet < 0 || (i < 3 && *text++ != '.')) {
            return false;
        }
        network = network << 8 | (uint32_t)octet;
    }
    int64_t bits = 32;
    if (*text == '/') {
        text++;
        bits = rules_number(&text, 32);
    }
    if (bits < 0 || (*text != '\0' && *text != ',' && *text != ' ')) {
        return false;
    }
    const uint32_t mask = bits == 0 ? 0 : UINT32_MAX << (32 - bits);
    return (network & mask) == (ipv4 & mask) && (ipv4 != 0 || bits == 0);
}

static bool
rules_allow(const char *allowed, uint32_t ipv4)
{
    while (*allowed != '\0') {
        allowed += strspn(allowed, " ,");
        if (*allowed != '\0' && rules_network_holds(allowed, ipv4)) {
            return true;
        }
        allowed += strcspn(allowed, " ,");
    }
    return false;
}

/* --- basic authentication --- */

static char
rules_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
rules_same_word(const char *a, const char *b)
{
    while (*a != '\0' && rules_lower(*a) == rules_lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

/* Whether a header's value begins with "Basic ". */
static bool
rules_is_basic(const char *value)
{
    static const char scheme[] = "basic ";
    for (uint32_t i = 0; i < sizeof scheme - 1; i++) {
        if (rules_lower(value[i]) != scheme[i]) {
            return false;
        }
    }
    return true;
}

static int32_t
rules_base64_digit(char c)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;
    return found != NULL ? (int32_t)(found - digits) : -1;
}

/* False when it is not base64, or longer than room - 1. */
static bool
rules_base64(const char *text, char *ret, size_t room)
{
    uint32_t bits = 0;
    uint32_t bits_count = 0;
    size_t len = 0;
    for (; *text != '\0' && *text != '='; text++) {
        const int32_t digit = rules_base64_digit(*text);
        if (digit < 0 || len + 1 >= room) {
            return false;
        }
        bits = bits << 6 | (uint32_t)digit;
        bits_count += 6;
        if (bits_count >= 8) {
            bits_count -= 8;
            ret[len++] = (char)(unsigned char)(bits >> bits_count & 0xFF);
        }
    }
    ret[len] = '\0';
    return strspn(text, "=") == strlen(text);
}

/* As crypt(3) writes them: "$6$salt$...", or 13 characters of the oldest kind. */
static bool
rules_is_hash(const char *password)
{
    return password[0] == '$' || strlen(password) == 13;
}

static bool
rules_credentials_fit(const struct proxy_rules *rules, const char *value)
{
    char text[256];
    if (!rules_is_basic(value) ||
        !rules_base64(value + 6, text, sizeof text)) {
        return false;
    }
    char *colon = strchr(text, ':');
    if (colon == NULL) {
        return false;
    }
    *colon = '\0';
    const char *password = colon + 1;
    return strcmp(text, rules->auth_user) == 0 && password[0] != '\0' &&
           (rules_is_hash(rules->auth_password) || strcmp(password, rules->auth_password) == 0);
}

static bool
rules_authorized(const struct proxy_rules *rules, const struct env_request *request)
{
    for (uint32_t i = 0; i < request->headers_count; i++) {
        if (rules_same_word(request->headers[i].name, "authorization")) {
            return rules_credentials_fit(rules, request->headers[i].value);
        }
    }
    return false;
}

uint8_t
proxy_rules_answer(const struct proxy_rules *rules, const struct env_request *request)
{
    if (rules->allowed[0] != '\0' && !rules_allow(rules->allowed, request->source_ipv4)) {
        return REQUEST_DENIED;
    }
    if (rules->redirect_to_https && !request->https) {
        return REQUEST_OK; /* a client is told where to go */
    }
    if (rules->auth_realm[0] != '\0' && !rules_authorized(rules, request)) {
        return REQUEST_DENIED;
    }
    return REQUEST_OUTCOME_COUNT;
}
