/*
 * platform/balancer/route_values.h - which texts of a label may go to a proxy.
 *
 * Every value is in a whitelist grammar or it is refused: nobody's label may end a line of a
 * configuration that all apps share. Lists come back in one shape: items with a comma between,
 * host names in small letters.
 * Memory: results live in the arena given, or are the value itself.
 */
#ifndef PLATFORM_BALANCER_ROUTE_VALUES_H
#define PLATFORM_BALANCER_ROUTE_VALUES_H

#include "platform/base/arena.h"

enum {
    ROUTE_HOST_LEN_MAX = 253, /* RFC 1035 */
    ROUTE_LIST_MAX = 64,      /* items of a list: a limit of ours */
    ROUTE_PATH_LEN_MAX = 1024 /* as in the proxies */
};

/* Host names by commas: letters, digits, '-' and '_' in parts with a dot between; NULL when one is
 * not. */
const char *route_value_hosts(const char *text, struct arena *arena);

/* IPv4 addresses or networks, by blanks or commas; NULL when one is not. */
const char *route_value_networks(const char *text, struct arena *arena);

/* '/' and then letters, digits and "/._~%:@+,=&-" */
bool route_value_is_path(const char *text);
/* The same without a part "..": a file of the proxy's machine. */
bool route_value_is_file(const char *text);

/* "realm:user:crypted": false unless each is there and plain. */
bool route_value_auth(const char *text, struct arena *arena, const char **ret_realm,
                      const char **ret_user, const char **ret_password);

/* As marathon-lb reads them: true t yes y 1, false f no n 0, in letters of any size. */
bool route_value_bool(const char *text, bool *ret);
/* A whole number within the limits, '-' allowed. */
bool route_value_count(const char *text, int64_t min, int64_t max, int64_t *ret);
/* An instant with or without a "Z" at its end: zdd writes none. */
bool route_value_instant(const char *text, int64_t *ret_at_ns);
/* A name of letters, digits, '.', '_', '-' and '/'. */
bool route_value_is_name(const char *text);

#endif
