/* platform/gateway/gateway_values.c - networks and regular expressions as people write them. */
#include "platform/gateway/gateway_parts.h"

#include <string.h>

#include "platform/base/pattern.h"

static bool
values_number(const char **text, uint32_t max, uint32_t *ret)
{
    uint32_t number = 0;
    uint32_t digits = 0;
    for (; **text >= '0' && **text <= '9' && digits < 4; digits++, (*text)++) {
        number = number * 10 + (uint32_t)(**text - '0');
    }
    *ret = number;
    return digits > 0 && number <= max;
}

bool
gateway_network_read(const char *text, struct env_gateway_network *ret)
{
    uint32_t ipv4 = 0;
    uint32_t bits = 32;
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t part = 0;
        if ((i > 0 && *text++ != '.') || !values_number(&text, 255, &part)) {
            return false;
        }
        ipv4 = ipv4 << 8 | part;
    }
    if (*text == '/') {
        text++;
        if (!values_number(&text, 32, &bits)) {
            return false;
        }
    }
    if (*text != '\0') {
        return false;
    }
    ret->mask = bits == 0 ? 0 : UINT32_MAX << (32 - bits);
    ret->ipv4 = ipv4 & ret->mask;
    return true;
}

/* Names of groups are left out: "(?<id>" and "(?P<id>" become "(". */
static void
values_plain_groups(const char *text, struct strbuf *out)
{
    for (; *text != '\0'; text++) {
        strbuf_add_char(out, *text);
        if (*text == '\\' && text[1] != '\0') {
            strbuf_add_char(out, *++text);
        } else if (*text == '(') {
            const char *name = strncmp(text, "(?<", 3) == 0    ? text + 3
                               : strncmp(text, "(?P<", 4) == 0 ? text + 4
                                                               : "";
            const size_t len = strcspn(name, ">");
            if (name[0] != '\0' && name[0] != '=' && name[0] != '!' && name[len] == '>') {
                text = name + len;
            }
        }
    }
}

const struct pattern *
gateway_pattern(const char *text, bool to_the_end, struct arena *arena, const char **ret_why)
{
    struct strbuf   plain = { 0 };
    struct pattern *pattern = ARENA_NEW(arena, struct pattern);
    uint32_t        at = 0;
    strbuf_add(&plain, "(?:");
    values_plain_groups(text, &plain);
    strbuf_add(&plain, to_the_end ? ")" : ").*");
    const bool is_good = pattern_make(pattern, strbuf_text(&plain), ret_why, &at);
    strbuf_fini(&plain);
    return is_good ? pattern : NULL;
}
