/*
 * platform/names/table.h - DNS records made of what the master knows.
 *
 * Who:    of an app the tasks that are healthy and ready; when there is none, all that run and are
 *         not being stopped: a wrong check must not make a whole app disappear.
 * Which:  `web-prod.marathon.mesos` and the DC/OS zones by task, `_web-prod._tcp.marathon.mesos`
 *         and `_<port>._web-prod._tcp.marathon.mesos` by port, a name of its own for each task (the
 *         target of the former), VIPs: the proxies' addresses, and as SRV the tasks. slave.mesos:
 *         every agent.
 * Source: Mesos-DNS 0.6, DC/OS 1.13; the rules of names in platform/model/names.h. Mesos-DNS knows
 *         no health: it publishes whatever runs.
 * Memory: a table is made whole; records live until it is made again.
 */
#ifndef PLATFORM_NAMES_TABLE_H
#define PLATFORM_NAMES_TABLE_H

#include "platform/model/cluster.h"

enum names_type { NAMES_A, NAMES_SRV };

struct names_record {
    enum names_type type;
    uint16_t        port;   /* SRV */
    uint32_t        ipv4;   /* A */
    const char     *target; /* SRV: a name that has an A record */
    uint32_t        next;   /* of the same name: its number + 1, 0: none */
};

struct names_table {
    /* private */
    struct arena  arena;
    struct intern names;
    struct vec    chains;    /* by name id - 1: first and last record */
    struct vec    records;   /* struct names_record */
    struct map64  addresses; /* (name, address) that are there: an address is published once */
};

void names_table_init(struct names_table *table, uint8_t poison);
void names_table_fini(struct names_table *table);

/* All anew. */
void names_table_build(struct names_table *table, struct cluster *cluster);

/* The first record of a name in small letters without a dot at the end; 0: it has none.
 * ret_exists: whether there is such a name, or one below it. */
uint32_t names_table_find(const struct names_table *table, const char *name, bool *ret_exists);

/* The record of a number that find or next said. */
const struct names_record *names_table_at(const struct names_table *table, uint32_t number);

/* Whether a name lies in the zones that this table alone speaks for. */
bool names_table_owns(const char *name);

#endif
