/* platform/names/table.c - from apps, tasks and proxies to DNS records. */
#include "platform/names/table.h"

#include <stdio.h>
#include <string.h>

#include "platform/model/names.h"

struct names_chain {
    uint32_t first; /* number of a record + 1, 0: none */
    uint32_t last;
};

static const char *const names_zones[] = { "mesos", "thisdcos.directory" };

/* --- the table --- */

static void
names_table_open(struct names_table *table, uint8_t poison)
{
    arena_init(&table->arena, poison);
    intern_init(&table->names);
    vec_init(&table->chains, sizeof(struct names_chain));
    vec_init(&table->records, sizeof(struct names_record));
    table->addresses = (struct map64){ 0 };
}

void
names_table_init(struct names_table *table, uint8_t poison)
{
    names_table_open(table, poison);
}

void
names_table_fini(struct names_table *table)
{
    map64_fini(&table->addresses);
    vec_fini(&table->records);
    vec_fini(&table->chains);
    intern_fini(&table->names);
    arena_fini(&table->arena);
}

/* The number of a name; those above it come to be with it. */
static uint32_t
names_table_name(struct names_table *table, const char *name)
{
    const uint32_t id = intern_id(&table->names, name);
    const char *above = name;
    while (table->chains.count < intern_count(&table->names)) {
        *(struct names_chain *)vec_push(&table->chains) = (struct names_chain){ 0 };
        above = strchr(above, '.');
        if (above != NULL) {
            above++;
            (void)intern_id(&table->names, above);
        }
    }
    return id;
}

static void
names_table_add(struct names_table *table, uint32_t id, const struct names_record *record)
{
    const uint32_t number = table->records.count + 1;
    struct names_record *added = vec_push(&table->records);
    *added = *record;
    added->next = 0;
    struct names_chain *chain = vec_at(&table->chains, id - 1);
    if (chain->last > 0) {
        ((struct names_record *)vec_at(&table->records, chain->last - 1))->next = number;
    } else {
        chain->first = number;
    }
    chain->last = number;
}

static void
names_table_address(struct names_table *table, const char *name, uint32_t ipv4)
{
    const uint32_t id = names_table_name(table, name);
    const uint64_t key = (uint64_t)id << 32 | ipv4;
    if (ipv4 > 0 && map64_get(&table->addresses, key) == 0) {
        map64_put(&table->addresses, key, 1);
        names_table_add(table, id, &(struct names_record){ .type = NAMES_A, .ipv4 = ipv4 });
    }
}

uint32_t
names_table_find(const struct names_table *table, const char *name, bool *ret_exists)
{
    const uint32_t id = intern_find(&table->names, name);
    *ret_exists = id > 0;
    return id > 0 ? ((const struct names_chain *)vec_at(&table->chains, id - 1))->first : 0;
}

const struct names_record *
names_table_at(const struct names_table *table, uint32_t number)
{
    ASSERT(number > 0 && number <= table->records.count);
    return vec_at(&table->records, number - 1);
}

bool
names_table_owns(const char *name)
{
    const size_t len = strlen(name);
    for (uint32_t i = 0; i < COUNT_OF(names_zones); i++) {
        const size_t zone_len = strlen(names_zones[i]);
        if (len >= zone_len && strcmp(name + len - zone_len, names_zones[i]) == 0 &&
            (len == zone_len || name[len - zone_len - 1] == '.')) {
            return true;
        }
    }
    return false;
}

/* --- tasks --- */

static bool
names_task_runs(const struct cluster_task *task)
{
    return task->record.state == TASK_RUNNING && task->record.stop == STOP_NONE;
}

static bool
names_app_serves(const struct cluster_app *app)
{
    for (const struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        if (cluster_task_is_serving(task)) {
            return true;
        }
    }
    return false;
}

static uint32_t
names_agent_ipv4(struct cluster *cluster, const struct cluster_task *task)
{
    const struct cluster_node *node = cluster_node_find(cluster, task->record.node - 1);
    return node != NULL && node->spec.ipv4 > 0 ? node->spec.ipv4 : task->record.ipv4;
}

/* "<prefix><name>.<zone>"; a part is never so long that this is cut. */
static const char *
names_join(struct names_table *table, const char *prefix, const char *name, const char *zone)
{
    return arena_printf(&table->arena, "%s%s.%s", prefix, name, zone);
}

/* SRV records of one port under the protocols that it speaks. With its '_' a part is one longer. */
static void
names_port_records(struct names_table *table, const struct app_port *port, const char *prefix,
                   const char *part, const char *zone, const struct names_record *record)
{
    if (!port->udp) {
        const char *name = arena_printf(&table->arena, "%s_%.62s._tcp.%s", prefix, part, zone);
        names_table_add(table, names_table_name(table, name), record);
    }
    if (port->udp || port->udp_too) {
        const char *name = arena_printf(&table->arena, "%s_%.62s._udp.%s", prefix, part, zone);
        names_table_add(table, names_table_name(table, name), record);
    }
}

static void
names_port(struct names_table *table, const struct cluster_task *task, uint32_t index,
           const char *part, const char *target)
{
    const struct app_port *port = &task->version->spec->ports[index];
    const uint16_t number =
        port->needs_host_port ? task->record.ports[index] : port->container_port;
    if (number == 0) {
        return;
    }
    const struct names_record record = { .type = NAMES_SRV, .port = number, .target = target };
    names_port_records(table, port, "", part, NAMES_MESOS, &record);
    char port_part[NAMES_PART_MAX + 1];
    names_part(port->name, port_part);
    if (port_part[0] != '\0') {
        const char *prefix = arena_printf(&table->arena, "_%.62s.", port_part);
        names_port_records(table, port, prefix, part, NAMES_MESOS, &record);
    }
    struct names_vip vips[NAMES_VIPS_MAX];
    const uint32_t vips_count = names_vips(port, vips);
    for (uint32_t i = 0; i < vips_count; i++) {
        if (vips[i].part[0] != '\0') {
            names_port_records(table, port, "", vips[i].part, NAMES_VIPS, &record);
        }
    }
}

static void
names_task(struct names_table *table, struct cluster *cluster, const struct cluster_task *task,
           const char *part)
{
    const uint32_t ipv4 = task->record.ipv4;
    const uint32_t agent_ipv4 = names_agent_ipv4(cluster, task);
    static const char *const task_zones[] = { NAMES_MESOS,
                                              "marathon.containerip." NAMES_DIRECTORY,
                                              "marathon.autoip." NAMES_DIRECTORY };
    static const char *const agent_zones[] = { NAMES_AGENTS,
                                               "marathon.agentip." NAMES_DIRECTORY };
    for (uint32_t i = 0; i < COUNT_OF(task_zones); i++) {
        names_table_address(table, names_join(table, "", part, task_zones[i]), ipv4);
    }
    for (uint32_t i = 0; i < COUNT_OF(agent_zones); i++) {
        names_table_address(table, names_join(table, "", part, agent_zones[i]), agent_ipv4);
    }
    /* a name of its own: as much of the app's as leaves room, its id, its agent */
    char own[NAMES_PART_MAX + 1];
    (void)snprintf(own, sizeof own, "%.34s-%llx-s%u", part, (unsigned long long)task->record.id,
                   (unsigned)(task->record.node - 1));
    const char *target = names_join(table, "", own, NAMES_MESOS);
    names_table_address(table, target, ipv4);
    names_table_address(table, names_join(table, "", own, NAMES_AGENTS), agent_ipv4);
    for (uint32_t i = 0; i < task->version->spec->ports_count; i++) {
        names_port(table, task, i, part, target);
    }
}

/* --- VIPs, agents, all --- */

static void
names_app_vips(struct names_table *table, struct cluster *cluster, const struct app_spec *spec)
{
    struct names_vip vips[NAMES_VIPS_MAX];
    for (uint32_t p = 0; p < spec->ports_count; p++) {
        const uint32_t vips_count = names_vips(&spec->ports[p], vips);
        for (uint32_t v = 0; v < vips_count; v++) {
            for (uint32_t e = 0; vips[v].part[0] != '\0' && e < cluster->edges.count; e++) {
                const struct cluster_edge *edge = vec_at(&cluster->edges, e);
                const struct cluster_node *node = cluster_node_find(cluster, edge->node);
                if (node != NULL && cluster_edge_is_there(cluster, edge)) {
                    names_table_address(table, vips[v].host, node->spec.ipv4);
                }
            }
        }
    }
}

static void
names_app_records(struct names_table *table, struct cluster *cluster,
                  const struct cluster_app *app)
{
    char part[NAMES_PART_MAX + 1];
    names_app(app->id, part);
    if (part[0] == '\0') {
        return;
    }
    const bool serves = names_app_serves(app);
    for (const struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        const bool published = serves ? cluster_task_is_serving(task) : names_task_runs(task);
        if (published && task->record.node > 0) {
            names_task(table, cluster, task, part);
        }
    }
    if (app->version != NULL) {
        names_app_vips(table, cluster, app->version->spec);
    }
}

void
names_table_build(struct names_table *table, struct cluster *cluster)
{
    names_table_fini(table);
    names_table_open(table, cluster->env->memory_poison);
    for (uint32_t i = 0; i < COUNT_OF(names_zones); i++) {
        (void)names_table_name(table, names_zones[i]);
    }
    for (uint32_t i = 0; i < cluster->nodes.count; i++) {
        const struct cluster_node *node = *(struct cluster_node **)vec_at(&cluster->nodes, i);
        if (node != NULL && node->state == NODE_READY) {
            names_table_address(table, "slave.mesos", node->spec.ipv4);
        }
    }
    for (uint32_t i = 0; i < cluster->apps.count; i++) {
        const struct cluster_app *app = *(struct cluster_app **)vec_at(&cluster->apps, i);
        if (app != NULL) {
            names_app_records(table, cluster, app);
        }
    }
}
