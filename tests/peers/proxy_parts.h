/*
 * tests/peers/proxy_parts.h - what the tests of a service's parts on a real HAProxy share.
 */
#ifndef TESTS_PEERS_PROXY_PARTS_H
#define TESTS_PEERS_PROXY_PARTS_H

#include <stdio.h>

#include "tests/peers/proxy_bed_haproxy.h"

/* The HTTP status that curl gets for a path of web.example.com; words: more of curl's. */
static inline uint32_t
status_of(struct haproxy_bed *half, const char *path, const char *words)
{
    const char *printed =
        haproxy_bed_curl(half, "-o /dev/null -w '%%{http_code}' %s -H 'Host: web.example.com' "
                               "http://127.0.0.1:%u%s",
                         words, half->http_port, path);
    uint32_t status = 0;
    cr_expect(sscanf(printed, "%u", &status) == 1, "%s", printed);
    return status;
}

static inline void
apply_well(struct proxy_bed *bed)
{
    cr_assert(bed_apply(bed) == ST_OK, "%s", bed->message.text);
}

#endif
