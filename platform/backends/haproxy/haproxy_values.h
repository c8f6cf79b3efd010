/*
 * platform/backends/haproxy/haproxy_values.h - which texts may enter an HAProxy configuration or a
 * command of its runtime API.
 *
 * Nothing is ever escaped: HAProxy's quoting differs between its parsers, so a value is either in a
 * whitelist grammar, or it is refused. None of the grammars has a quote, '#', '\' or control
 * character, only a crypted password a '$' and only a quoted realm a blank, hence no value can end
 * its word, its line or its command.
 */
#ifndef PLATFORM_BACKENDS_HAPROXY_HAPROXY_VALUES_H
#define PLATFORM_BACKENDS_HAPROXY_HAPROXY_VALUES_H

#include "platform/base/common.h"

enum {
    HAPROXY_NAME_LEN_MAX = 128,   /* of ours; a line of HAProxy's has 2048 bytes */
    HAPROXY_HOST_LEN_MAX = 253,   /* RFC 1035 */
    HAPROXY_PATH_LEN_MAX = 1024,  /* of ours */
    HAPROXY_BALANCE_LEN_MAX = 64  /* of ours */
};

/* [A-Za-z0-9_][A-Za-z0-9_.-]* */
bool haproxy_value_is_name(const char *text);

/* [A-Za-z0-9_][A-Za-z0-9_.-]*, len bytes of text */
bool haproxy_value_is_host(const char *text, size_t len);

/* A host, or a host, ':' and a port */
bool haproxy_value_is_host_port(const char *text, size_t len);

/* [0-9A-Fa-f.:/]+: an address or a network; whether it is one is for HAProxy to say */
bool haproxy_value_is_network(const char *text, size_t len);

/* [A-Za-z0-9 ._@:/-]+, for a word in single quotes */
bool haproxy_value_is_realm(const char *text);

/* [A-Za-z0-9./$=,_-]+, as crypt(3) writes; nothing expands '$' outside double quotes */
bool haproxy_value_is_crypt(const char *text);

/* '/' and then [A-Za-z0-9/._~%:@+,=&-]* */
bool haproxy_value_is_path(const char *text);

/* Words of [a-z0-9-] with single blanks between them, the first beginning with a letter. */
bool haproxy_value_is_balance(const char *text);

#endif
