/* sim/snapshot_tasks.c - the tasks of a snapshot: which version, where, and can that be? */
#include <string.h>

#include <jansson.h>

#include "platform/base/map.h"
#include "sim/node_ports.h"
#include "sim/snapshot_read.h"

enum { TASK_PORT_FIRST = 31000, TASK_PORT_LAST = 32000, PORT_WORDS = 65536 / 64 };

/* What is booked on one machine so far. */
struct tasks_node {
    int64_t  cpu_milli;
    int64_t  mem_bytes;
    int64_t  disk_bytes;
    struct snapshot_gpus gpus;
    uint64_t ports[PORT_WORDS]; /* bit set */
};

struct tasks_reader {
    struct scenario_reader *reader;
    struct snapshot        *snapshot;
    struct intern           nodes;  /* number: index + 1 */
    struct intern           apps;
    struct tasks_node     **booked; /* by node; NULL: nothing yet */
};

static bool
port_is_taken(const struct tasks_node *booked, uint16_t port)
{
    return (booked->ports[port / 64] >> port % 64 & 1) != 0;
}

static bool
port_is_offered(const struct scenario_node *node, uint16_t port)
{
    uint32_t                      count = 0;
    const struct node_port_range *ranges = node_ports(node->role, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (port >= ranges[i].first && port <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* The first free one of those that Marathon deals out; 0: none is left. */
static uint16_t
port_deal(const struct tasks_node *booked)
{
    for (uint32_t port = TASK_PORT_FIRST; port <= TASK_PORT_LAST; port++) {
        if (!port_is_taken(booked, (uint16_t)port)) {
            return (uint16_t)port;
        }
    }
    return 0;
}

static void
task_port(struct tasks_reader *tasks, struct snapshot_task *task, const struct json_t *json,
          const struct app_port *wants, const char *pointer)
{
    const struct scenario_node *node = &tasks->reader->scenario->nodes[task->node];
    struct tasks_node          *booked = tasks->booked[task->node];
    const bool                  has_one = wants->needs_host_port || wants->host_port > 0;
    const json_int_t            given = json_integer_value(json);
    uint16_t                    port = 0;
    if (json != NULL && (!json_is_integer(json) || given < 0 || given > UINT16_MAX)) {
        scenario_error(tasks->reader, pointer, "found %s, expected a port, 0 to 65535",
                       fields_show(tasks->reader->read.arena, json));
        return;
    }
    if (json != NULL) {
        port = (uint16_t)given;
        if (wants->host_port > 0 && port != wants->host_port) {
            scenario_error(tasks->reader, pointer, "found %u, but the app asks for %u", port,
                           wants->host_port);
            return;
        }
    } else if (has_one) {
        port = wants->host_port > 0 ? wants->host_port : port_deal(booked);
    }
    if (has_one && port == 0) {
        scenario_error(tasks->reader, pointer, "has no host port, expected one");
    } else if (port > 0 && !port_is_offered(node, port)) {
        scenario_error(tasks->reader, pointer,
                       "machine %s does not offer port %u to tasks, expected such as 31000",
                       node->name, port);
    } else if (port > 0 && port_is_taken(booked, port)) {
        scenario_error(tasks->reader, pointer,
                       "port %u of machine %s is that of another task, expected one of its own",
                       port, node->name);
    } else if (port > 0) {
        booked->ports[port / 64] |= UINT64_C(1) << port % 64;
    }
    task->ports[task->ports_count++] = port;
}

static void
task_ports(struct tasks_reader *tasks, struct snapshot_task *task, const struct app_spec *spec,
           const char *pointer)
{
    struct arena        *arena = tasks->reader->read.arena;
    const struct json_t *given = task->ports_json;
    const char          *where =
        given != NULL ? fields_pointer(arena, pointer, "ports") : pointer;
    if (!fields_is_array(&tasks->reader->read, given, where) && given != NULL) {
        return;
    }
    if (given != NULL && json_array_size(given) != spec->ports_count) {
        scenario_error(tasks->reader, where, "found %u ports, but %s has %u",
                       (unsigned)json_array_size(given), spec->id, spec->ports_count);
        return;
    }
    for (uint32_t i = 0; i < spec->ports_count; i++) {
        task_port(tasks, task, json_array_get(given, i), &spec->ports[i],
                  given != NULL ? fields_pointer_at(arena, where, i) : where);
    }
}

static void
task_book(struct tasks_reader *tasks, const struct snapshot_task *task,
          const struct app_spec *spec, const char *pointer)
{
    const struct scenario_node *node = &tasks->reader->scenario->nodes[task->node];
    const struct instance_type *machine = node->machine;
    struct tasks_node          *booked = tasks->booked[task->node];
    booked->cpu_milli += spec->cpu_milli;
    booked->mem_bytes += spec->mem_bytes;
    booked->disk_bytes += spec->disk_bytes;
    if (booked->cpu_milli > machine->cpu_milli || booked->mem_bytes > machine->mem_bytes ||
        booked->disk_bytes > machine->disk_bytes) {
        scenario_error(tasks->reader, pointer,
                       "does not fit: with it the tasks on %s want %lld.%03lld cpus of %d.%03d and "
                       "%lld of %lld bytes of memory",
                       node->name, (long long)(booked->cpu_milli / 1000),
                       (long long)(booked->cpu_milli % 1000), machine->cpu_milli / 1000,
                       machine->cpu_milli % 1000, (long long)booked->mem_bytes,
                       (long long)machine->mem_bytes);
    }
}

/* The place of a name among those known; says which is near when it is not there. */
static bool
task_finds(struct tasks_reader *tasks, const struct intern *names, const char *name,
           const char *what, const char *pointer, uint32_t *ret_index)
{
    enum { NEAR_MAX = 1000 }; /* among more no near one is looked for */
    struct arena  *arena = tasks->reader->read.arena;
    const uint32_t number = intern_find(names, name);
    const char    *all[NEAR_MAX];
    uint32_t       all_count = 0;
    if (number != 0) {
        *ret_index = number - 1;
        return true;
    }
    for (uint32_t i = 1; i <= intern_count(names) && all_count < NEAR_MAX; i++) {
        all[all_count++] = intern_text(names, i);
    }
    scenario_error(tasks->reader, fields_pointer(arena, pointer, what),
                   "no %s \"%s\" in this state%s, expected one that stands there", what, name,
                   fields_did_you_mean(arena, name, all, all_count));
    return false;
}

static bool
task_version(struct tasks_reader *tasks, struct snapshot_task *task,
             const struct snapshot_app *app, const char *pointer)
{
    const char *names[SNAPSHOT_VERSIONS_MAX];
    task->version = app->wanted;
    if (task->version_name == NULL) {
        return true;
    }
    for (uint32_t i = 0; i < app->versions_count; i++) {
        names[i] = app->versions[i].name;
        if (strcmp(names[i], task->version_name) == 0) {
            task->version = i;
            return true;
        }
    }
    struct arena *arena = tasks->reader->read.arena;
    scenario_error(tasks->reader, fields_pointer(arena, pointer, "version"),
                   "no version \"%s\" of %s%s, expected the name of one of its versions",
                   task->version_name, task->app_id,
                   fields_did_you_mean(arena, task->version_name, names, app->versions_count));
    return false;
}

static void
judge_task(struct tasks_reader *tasks, struct snapshot_task *task, const char *pointer)
{
    struct snapshot *snapshot = tasks->snapshot;
    struct arena    *arena = tasks->reader->read.arena;
    const bool app_known = task_finds(tasks, &tasks->apps, task->app_id, "app", pointer,
                                      &task->app);
    const bool node_known = task_finds(tasks, &tasks->nodes, task->node_name, "node", pointer,
                                       &task->node);
    if (!app_known || !node_known) {
        return;
    }
    struct snapshot_app *app = &snapshot->apps[task->app];
    if (!task_version(tasks, task, app, pointer)) {
        return;
    }
    if (task->healthy_since_ns > snapshot->taken_at_ns) {
        scenario_error(tasks->reader, fields_pointer(arena, pointer, "healthy_since"),
                       "lies after \"taken_at\", expected an earlier instant");
    }
    if (tasks->booked[task->node] == NULL) {
        tasks->booked[task->node] = ARENA_NEW(arena, struct tasks_node);
        tasks->booked[task->node]->gpus.count =
            tasks->reader->scenario->nodes[task->node].machine->gpus;
    }
    app->tasks_count++;
    app->others_count += task->version != app->wanted ? 1 : 0;
    task_ports(tasks, task, app->versions[task->version].spec, pointer);
    task_book(tasks, task, app->versions[task->version].spec, pointer);
    snapshot_task_gpus(tasks->reader, task, app->versions[task->version].spec,
                       &tasks->booked[task->node]->gpus, pointer);
}

/* What the platform will begin to change by itself is said: it is no mistake. */
static void
judge_apps(struct tasks_reader *tasks)
{
    struct scenario_reader *reader = tasks->reader;
    for (uint32_t i = 0; i < tasks->snapshot->apps_count; i++) {
        const struct snapshot_app *app = &tasks->snapshot->apps[i];
        const struct app_spec     *spec = app->versions[app->wanted].spec;
        const char                *place = scenario_app_place(reader, i);
        if (app->others_count > 0) {
            diag_add(reader->read.diags, reader->read.source, DIAG_WARNING, place,
                     "%u of %u tasks of %s are not of the wanted version: its deployment goes on",
                     app->others_count, app->tasks_count, spec->id);
        } else if (app->tasks_count != spec->instances) {
            diag_add(reader->read.diags, reader->read.source, DIAG_WARNING, place,
                     "%s has %u tasks and wants %u: the platform begins with that difference",
                     spec->id, app->tasks_count, spec->instances);
        }
    }
}

static void
tasks_names(struct tasks_reader *tasks)
{
    const struct scenario *scenario = tasks->reader->scenario;
    intern_init(&tasks->nodes);
    intern_init(&tasks->apps);
    for (uint32_t i = 0; i < scenario->nodes_count; i++) {
        (void)intern_id(&tasks->nodes, scenario->nodes[i].name);
    }
    for (uint32_t i = 0; i < tasks->snapshot->apps_count; i++) {
        (void)intern_id(&tasks->apps, scenario->apps[i]->id);
    }
}

void
snapshot_read_tasks(struct scenario_reader *reader)
{
    struct snapshot     *snapshot = reader->snapshot;
    const struct json_t *json = json_object_get(reader->top.state, "tasks");
    const size_t         count = json_array_size(json);
    struct tasks_reader  tasks = { .reader = reader, .snapshot = snapshot };
    if (!fields_is_array(&reader->read, json, "/state/tasks")) {
        return;
    }
    if (count > SNAPSHOT_TASKS_MAX) {
        scenario_error(reader, "/state/tasks", "found %u tasks, expected at most %d",
                       (unsigned)count, (int)SNAPSHOT_TASKS_MAX);
        return;
    }
    /* With a machine or an app misread or named twice, their tasks would cause wrong complaints. */
    const uint32_t apps_count =
        (uint32_t)json_array_size(json_object_get(reader->top.state, "apps"));
    const uint32_t nodes_count =
        (uint32_t)json_array_size(json_object_get(reader->top.state, "nodes"));
    tasks_names(&tasks);
    const bool whole = snapshot->apps_count == apps_count &&
                       reader->scenario->nodes_count == nodes_count &&
                       intern_count(&tasks.apps) == apps_count &&
                       intern_count(&tasks.nodes) == nodes_count;
    tasks.booked = ARENA_ARRAY(reader->read.arena, struct tasks_node *, nodes_count + 1);
    snapshot->tasks = ARENA_ARRAY(reader->read.arena, struct snapshot_task, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        struct snapshot_task *task = &snapshot->tasks[snapshot->tasks_count++];
        const char           *pointer = fields_pointer_at(reader->read.arena, "/state/tasks", i);
        const uint32_t        errors_count = reader->read.diags->errors_count;
        fields_parse(&reader->read, json_array_get(json, i), pointer, snapshot_task_table.fields,
                     snapshot_task_table.count, NULL, task);
        if (whole && reader->read.diags->errors_count == errors_count) {
            judge_task(&tasks, task, pointer);
        }
    }
    if (whole) {
        judge_apps(&tasks);
    }
    intern_fini(&tasks.nodes);
    intern_fini(&tasks.apps);
}
