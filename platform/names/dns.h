/*
 * platform/names/dns.h - DNS packets: a question in, an answer out, from a table of records.
 *
 * Source:  RFC 1035, 2782 (SRV), 6891 (EDNS: larger packets over UDP).
 * Answers: with authority and without recursion: what lies in no zone of ours is REFUSED. A name
 *          without records of the type asked for is NOERROR and empty; one that is not there
 *          NXDOMAIN. Records come in a turn that the question's id decides, so that clients which
 *          take the first one spread. What does not fit is left out and the answer marked as
 *          truncated: the client asks again over TCP. The addresses of SRV targets are added as far
 *          as they fit.
 */
#ifndef PLATFORM_NAMES_DNS_H
#define PLATFORM_NAMES_DNS_H

#include "platform/env/names.h"
#include "platform/names/table.h"

enum {
    DNS_TTL_SECONDS = 5, /* as DC/OS's own zones */
    DNS_UDP_MIN = 512,   /* what every client takes */
    DNS_UDP_MAX = 1232   /* what passes every network in one piece (DNS flag day 2020) */
};

/* Returns the length of the answer in ret (ENV_NAMES_PACKET_MAX bytes), 0: none is due. table may
 * be NULL: nobody knows at the moment (SERVFAIL). */
size_t dns_answer(const struct names_table *table, const struct env_names_query *query,
                  uint8_t *ret);

#endif
