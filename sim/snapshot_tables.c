/* sim/snapshot_tables.c - the fields of "state": parser, checker and schema. */
#include <jansson.h>

#include "sim/snapshot_read.h"

#define TABLE(fields) { (fields), COUNT_OF(fields) }
#define AT(type, member) .offset = offsetof(struct type, member)

static const struct field block_fields[] = {
    { .name = "taken_at", .kind = FIELD_INSTANT, AT(snapshot_block, taken_at_ns),
      .flags = FIELD_REQUIRED, .about = "When the cluster looked like this; the run begins then." },
    { .name = "warm_up", .kind = FIELD_DURATION, AT(snapshot_block, warm_up_ns),
      .flags = FIELD_POSITIVE, .min = SEC(10),
      .about = "How long agents, master and proxies have to find each other again before anything "
               "is measured; 2m when not given. Lines of traffic begin half-way." },
    { .name = "nodes", .kind = FIELD_JSON, AT(snapshot_block, nodes), .flags = FIELD_REQUIRED,
      .about = "The machines, all of them up." },
    { .name = "apps", .kind = FIELD_JSON, AT(snapshot_block, apps), .flags = FIELD_REQUIRED,
      .about = "The apps with the versions that they had and have." },
    { .name = "tasks", .kind = FIELD_JSON, AT(snapshot_block, tasks), .flags = FIELD_REQUIRED,
      .about = "What runs where." },
};
const struct scenario_table snapshot_block_table = TABLE(block_fields);

static const struct field app_fields[] = {
    { .name = "versions", .kind = FIELD_JSON, AT(snapshot_app_entry, versions),
      .flags = FIELD_REQUIRED,
      .about = "Marathon definitions by a name of their version, oldest first, inline or "
               "{\"file\": ...}; all with the same id." },
    { .name = "wanted", .kind = FIELD_TEXT, AT(snapshot_app_entry, wanted),
      .about = "The version in force; the last one when not given." },
    { .name = "good", .kind = FIELD_TEXT, AT(snapshot_app_entry, good),
      .about = "The newest version that was rolled out to its end; the wanted one when not "
               "given." },
};
const struct scenario_table snapshot_app_table = TABLE(app_fields);

static const struct field task_fields[] = {
    { .name = "app", .kind = FIELD_TEXT, AT(snapshot_task, app_id), .flags = FIELD_REQUIRED,
      .about = "The id of its app." },
    { .name = "version", .kind = FIELD_TEXT, AT(snapshot_task, version_name),
      .about = "The name of its version; the wanted one when not given." },
    { .name = "node", .kind = FIELD_TEXT, AT(snapshot_task, node_name), .flags = FIELD_REQUIRED,
      .about = "The machine that it runs on." },
    { .name = "ports", .kind = FIELD_JSON, AT(snapshot_task, ports_json),
      .about = "Its host ports in the order of the app's ports, 0 for one without; dealt out from "
               "31000 on when not given." },
    { .name = "gpus", .kind = FIELD_JSON, AT(snapshot_task, gpus_json),
      .about = "Which GPUs of its machine it has, by number; the first ones with room when not "
               "given." },
    { .name = "healthy_since", .kind = FIELD_INSTANT, AT(snapshot_task, healthy_since_ns),
      .about = "When it became healthy; when not given it runs and is not known to be healthy." },
};
const struct scenario_table snapshot_task_table = TABLE(task_fields);
