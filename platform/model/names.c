/* platform/model/names.c - the rules of inside names. */
#include "platform/model/names.h"

#include <stdio.h>
#include <string.h>

/* --- parts --- */

static char
names_letter(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c - 'A' + 'a');
    }
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
}

/* Bytes of a text as letters of a part, as far as there is room. */
static size_t
names_put(char part[NAMES_PART_MAX + 1], size_t at, const char *text, size_t len)
{
    for (size_t i = 0; i < len && at < NAMES_PART_MAX; i++) {
        part[at++] = names_letter(text[i]);
    }
    return at;
}

/* No '-' at either end: the text begins with none that counts, and may have been cut at one. */
static void
names_end(char part[NAMES_PART_MAX + 1], size_t len)
{
    size_t first = 0;
    while (len > 0 && part[len - 1] == '-') {
        len--;
    }
    while (first < len && part[first] == '-') {
        first++;
    }
    memmove(part, part + first, len - first);
    part[len - first] = '\0';
}

void
names_part(const char *text, char ret_part[NAMES_PART_MAX + 1])
{
    names_end(ret_part, names_put(ret_part, 0, text, strlen(text)));
}

void
names_app(const char *path, char ret_part[NAMES_PART_MAX + 1])
{
    size_t at = 0;
    size_t end = strlen(path);
    while (end > 0) {
        size_t begin = end;
        while (begin > 0 && path[begin - 1] != '/') {
            begin--;
        }
        if (end > begin) {
            at = at > 0 ? names_put(ret_part, at, "-", 1) : at;
            at = names_put(ret_part, at, path + begin, end - begin);
        }
        end = begin > 0 ? begin - 1 : 0;
    }
    names_end(ret_part, at);
}

/* --- VIPs --- */

/* Digits up to the end; false when there are none, others, or too much. */
static bool
names_read_number(const char *text, size_t len, uint32_t number_max, uint32_t *ret_number)
{
    uint32_t number = 0;
    if (len == 0 || len > 5) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        number = number * 10 + (uint32_t)(text[i] - '0');
    }
    *ret_number = number;
    return number <= number_max;
}

static bool
names_is_ipv4(const char *text, size_t len)
{
    uint32_t parts = 0;
    for (size_t at = 0; at <= len; parts++) {
        size_t end = at;
        uint32_t number;
        while (end < len && text[end] != '.') {
            end++;
        }
        if (!names_read_number(text + at, end - at, 255, &number)) {
            return false;
        }
        at = end + 1;
    }
    return parts == 4;
}

/* A name without its slashes; every part between dots must be one. */
static bool
names_vip_host(const char *text, size_t len, struct names_vip *vip)
{
    const size_t room = NAMES_LEN_MAX - sizeof "." NAMES_VIPS;
    size_t at = 0;
    size_t part_len = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '/') {
            continue;
        }
        const char c = text[i] == '.' || text[i] == '_' ? text[i] : names_letter(text[i]);
        part_len = c == '.' ? 0 : part_len + 1;
        const bool is_empty_part = c == '.' && (at == 0 || vip->host[at - 1] == '.');
        const bool is_other = c == '-' && text[i] != '-';
        if (at == room || part_len > NAMES_PART_MAX || is_empty_part || is_other) {
            return false;
        }
        vip->host[at++] = c;
    }
    if (at == 0 || vip->host[at - 1] == '.') {
        return false;
    }
    vip->host[at] = '\0';
    names_part(vip->host, vip->part);
    (void)snprintf(vip->host + at, sizeof vip->host - at, ".%s", NAMES_VIPS);
    return vip->part[0] != '\0';
}

bool
names_vip_read(const char *value, struct names_vip *ret_vip)
{
    const char *colon = strrchr(value, ':');
    uint32_t port;
    if (colon == NULL || !names_read_number(colon + 1, strlen(colon + 1), 65535, &port) ||
        port == 0) {
        return false;
    }
    const size_t len = (size_t)(colon - value);
    struct names_vip vip = { .port = (uint16_t)port };
    if (value[0] == '/') {
        if (!names_vip_host(value + 1, len - 1, &vip)) {
            return false;
        }
    } else if (names_is_ipv4(value, len)) {
        memcpy(vip.host, value, len);
    } else {
        return false;
    }
    *ret_vip = vip;
    return true;
}

bool
names_is_vip_label(const char *key)
{
    uint32_t number;
    return strncmp(key, "VIP_", 4) == 0 &&
           names_read_number(key + 4, strlen(key + 4), 99999, &number);
}

uint32_t
names_vips(const struct app_port *port, struct names_vip ret_vips[NAMES_VIPS_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < port->labels_count && count < NAMES_VIPS_MAX; i++) {
        if (names_is_vip_label(port->labels[i].key) &&
            names_vip_read(port->labels[i].value, &ret_vips[count])) {
            count++;
        }
    }
    return count;
}

/* --- the list of a service --- */

void
names_service(const struct app_spec *spec, uint32_t port_index, struct strbuf *out)
{
    static const char *const zones[] = { NAMES_MESOS, "marathon.containerip." NAMES_DIRECTORY,
                                         "marathon.agentip." NAMES_DIRECTORY,
                                         "marathon.autoip." NAMES_DIRECTORY };
    ASSERT(port_index < spec->ports_count);
    const struct app_port *port = &spec->ports[port_index];
    struct names_vip vips[NAMES_VIPS_MAX];
    char app[NAMES_PART_MAX + 1];
    names_app(spec->id, app);
    const uint32_t vips_count = names_vips(port, vips);
    for (uint32_t i = 0; i < vips_count; i++) {
        strbuf_printf(out, "%s%s:%u", out->len > 0 ? "," : "", vips[i].host,
                      (unsigned)vips[i].port);
    }
    for (uint32_t i = 0; i < COUNT_OF(zones); i++) {
        if (port->container_port > 0) {
            strbuf_printf(out, "%s%s.%s:%u", out->len > 0 ? "," : "", app, zones[i],
                          (unsigned)port->container_port);
        }
        if (port_index == 0) {
            strbuf_printf(out, "%s%s.%s", out->len > 0 ? "," : "", app, zones[i]);
        }
    }
}
