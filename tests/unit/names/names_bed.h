/*
 * tests/unit/names/names_bed.h - a master's memory with an app of three tasks, and what a table
 * makes of it.
 */
#ifndef TESTS_UNIT_NAMES_NAMES_BED_H
#define TESTS_UNIT_NAMES_NAMES_BED_H

#include "platform/names/table.h"
#include "tests/unit/model/cluster_bed.h"

enum { NAMES_BED_TASKS = 3 };

struct names_bed {
    struct cluster_bed   bed;
    struct cluster_app  *app;
    struct cluster_task *tasks[NAMES_BED_TASKS];
    struct names_table   table;
};

static const char names_bed_web[] =
    "{\"id\":\"/prod/web\",\"cmd\":\"true\","
    "\"portDefinitions\":[{\"port\":10000,\"name\":\"http\",\"labels\":{\"VIP_0\":\"/web:80\"}},"
    "{\"port\":10001,\"protocol\":\"udp\"}],"
    "\"healthChecks\":[{\"protocol\":\"TCP\"}]}";

/* Task i runs on agent i, 10.0.0.i + 1, at ports 31000 and 31001, healthy. */
static inline void
names_bed_open(struct names_bed *names)
{
    cluster_bed_open(&names->bed, 1);
    names->app = cluster_bed_app(&names->bed, "/prod/web", names_bed_web);
    for (uint32_t i = 0; i < NAMES_BED_TASKS; i++) {
        struct cluster_node *node =
            cluster_bed_node(&names->bed, i, 4000, MIB(4096), 31000, 32000);
        node->spec.ipv4 = UINT32_C(0x0A000001) + i;
        struct cluster_task *task = cluster_bed_task(names->app, NULL, TASK_RUNNING);
        task->record.node = i + 1;
        task->record.ipv4 = node->spec.ipv4;
        task->record.ports_count = 2;
        task->record.ports[0] = 31000;
        task->record.ports[1] = 31001;
        task->record.health = HEALTH_GOOD;
        names->tasks[i] = task;
    }
    names_table_init(&names->table, 0xA5);
    names_table_build(&names->table, &names->bed.cluster);
}

static inline void
names_bed_close(struct names_bed *names)
{
    names_table_fini(&names->table);
    cluster_bed_close(&names->bed);
}

/* "10.0.0.1 10.0.0.2" or "31000>target ...", in order; "-" for a name without records, "none". */
static inline const char *
names_bed_say(struct names_bed *names, const char *name, struct strbuf *out)
{
    bool exists = false;
    uint32_t number = names_table_find(&names->table, name, &exists);
    strbuf_clear(out);
    if (number == 0) {
        return exists ? "-" : "none";
    }
    while (number > 0) {
        const struct names_record *record = names_table_at(&names->table, number);
        if (record->type == NAMES_A) {
            strbuf_printf(out, "%s%u.%u.%u.%u", out->len > 0 ? " " : "", record->ipv4 >> 24,
                          record->ipv4 >> 16 & 255, record->ipv4 >> 8 & 255, record->ipv4 & 255);
        } else {
            strbuf_printf(out, "%s%u>%s", out->len > 0 ? " " : "", (unsigned)record->port,
                          record->target);
        }
        number = record->next;
    }
    return strbuf_text(out);
}

#endif
