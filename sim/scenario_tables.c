/* sim/scenario_tables.c - the fields of every part of a scenario: parser, checker and schema. */
#include "fakes/proxy/options.h"
#include "sim/scenario_parts.h"

#define TABLE(fields) { (fields), COUNT_OF(fields) }
#define AT(type, member) .offset = offsetof(struct type, member)

static const char *const wire_words[] = { "plain", "encoded", NULL };

static const struct field top_fields[] = {
    { .name = "name", .kind = FIELD_TEXT, AT(scenario_top, name), .flags = FIELD_REQUIRED,
      .about = "What the scenario is called." },
    { .name = "about", .kind = FIELD_TEXT, AT(scenario_top, about),
      .about = "The story it tells, in a sentence or two." },
    { .name = "extends", .kind = FIELD_JSON, AT(scenario_top, extends),
      .about = "Another scenario file, merged under this one (RFC 7396)." },
    { .name = "vars", .kind = FIELD_JSON, AT(scenario_top, vars),
      .about = "Names and values for ${name}; --set name=value overrides them." },
    { .name = "seed", .kind = FIELD_U64, AT(scenario_top, seed),
      .about = "Decides every random choice; 1 when not given." },
    { .name = "duration", .kind = FIELD_DURATION, AT(scenario_top, duration_ns),
      .flags = FIELD_REQUIRED | FIELD_POSITIVE, .about = "How long it plays, up to a year." },
    { .name = "settle", .kind = FIELD_DURATION, AT(scenario_top, settle_ns),
      .flags = FIELD_POSITIVE,
      .about = "After the last fault, how soon all must be well again; 10m when not given." },
    { .name = "quiet", .kind = FIELD_DURATION, AT(scenario_top, quiet_ns), .flags = FIELD_POSITIVE,
      .about = "It ends before its duration is over: so long after its last deployment and its "
               "last fault." },
    { .name = "start", .kind = FIELD_INSTANT, AT(scenario_top, start_at_ns),
      .about = "The date at which it begins; 2026-01-01T00:00:00Z when not given." },
    { .name = "wire", .kind = FIELD_WORD, AT(scenario_top, wire), .words = wire_words,
      .about = "Whether messages cross the network as structures or through their encoding." },
    { .name = "plant", .kind = FIELD_TEXT, AT(scenario_top, plant),
      .about = "A known bug that is planted, to see that it is caught." },
    { .name = "record", .kind = FIELD_JSON, AT(scenario_top, record),
      .about = "How much of the run is kept in run.db." },
    { .name = "cluster", .kind = FIELD_JSON, AT(scenario_top, cluster), .flags = FIELD_REQUIRED,
      .about = "The machines." },
    { .name = "state", .kind = FIELD_JSON, AT(scenario_top, state),
      .about = "A snapshot of a cluster to begin with: its machines, apps and tasks, in place of "
               "the cluster's groups and of apps." },
    { .name = "scheduler", .kind = FIELD_JSON, AT(scenario_top, scheduler),
      .about = "How the platform places tasks, and how long it waits." },
    { .name = "images", .kind = FIELD_JSON, AT(scenario_top, images),
      .about = "How containers of an image behave; a real backend ignores it." },
    { .name = "apps", .kind = FIELD_JSON, AT(scenario_top, apps),
      .about = "What runs: Marathon definitions, inline or from files." },
    { .name = "tasks", .kind = FIELD_JSON, AT(scenario_top, tasks),
      .about = "Tasks that come one by one and end: {\"file\": ...} with a line for each." },
    { .name = "gateway", .kind = FIELD_JSON, AT(scenario_top, gateway),
      .about = "An API gateway before the apps: Kong's declarative format, or {\"file\": ...}." },
    { .name = "traffic", .kind = FIELD_JSON, AT(scenario_top, traffic),
      .about = "The requests that come in." },
    { .name = "timeline", .kind = FIELD_JSON, AT(scenario_top, timeline),
      .about = "What happens when." },
    { .name = "faults", .kind = FIELD_JSON, AT(scenario_top, faults),
      .about = "Faults drawn from the seed, inside a budget." },
    { .name = "expect", .kind = FIELD_JSON, AT(scenario_top, expect),
      .about = "What must have held." },
    { .name = "jobs", .kind = FIELD_JSON, AT(scenario_top, jobs), .about = "Comes later." },
    { .name = "packages", .kind = FIELD_JSON, AT(scenario_top, packages), .about = "Comes later." },
};
const struct scenario_table scenario_top_table = TABLE(top_fields);

static const struct field record_fields[] = {
    { .name = "tasks", .kind = FIELD_COUNT, AT(scenario, record_tasks_max), .max = 10000000,
      .about = "How many tasks get a row of their own; 100000 when not given." },
};
const struct scenario_table scenario_record_table = TABLE(record_fields);

static const struct field cluster_fields[] = {
    { .name = "region", .kind = FIELD_TEXT, AT(scenario_cluster, region),
      .about = "Where the machines stand; us-east-1 when not given." },
    { .name = "zones", .kind = FIELD_TEXTS, AT(scenario_cluster, zones),
      .count_offset = offsetof(struct scenario_cluster, zones_count),
      .about = "Machines of a group are dealt out to them in turn; one zone, a, when not given." },
    { .name = "masters", .kind = FIELD_COUNT, AT(scenario_cluster, masters), .max = 100,
      .about = "How many masters; only 1 can run yet." },
    { .name = "strict_labels", .kind = FIELD_BOOL, AT(scenario_cluster, strict_labels),
      .about = "A port is open to clients only when its label HAPROXY_n_ENABLED is true." },
    { .name = "mesh", .kind = FIELD_BOOL, AT(scenario_cluster, mesh),
      .about = "Every machine has a proxy for the calls of its containers; when not given, if an "
               "image makes calls." },
    { .name = "hop", .kind = FIELD_DURATION, AT(scenario_cluster, hop_ns),
      .max = FAKE_PROXY_HOP_NS_MAX,
      .about = "One way of a packet between machines; 200us when not given." },
    { .name = "heartbeat", .kind = FIELD_DURATION, AT(scenario_cluster, heartbeat_ns),
      .flags = FIELD_POSITIVE,
      .about = "How often an agent says that it lives; 15s when not given." },
    { .name = "groups", .kind = FIELD_JSON, AT(scenario_cluster, groups),
      .about = "Groups of equal machines by name; machines are called NAME-1, NAME-2..." },
    { .name = "images", .kind = FIELD_JSON, AT(scenario_cluster, images),
      .about = "Images of machines by name, for groups that change to them (refresh-group)." },
    { .name = "nodes", .kind = FIELD_JSON, AT(scenario_cluster, nodes),
      .about = "Machines one by one, up from the start: a list, or {\"file\": ...} with a line for "
               "each." },
};
const struct scenario_table scenario_cluster_table = TABLE(cluster_fields);

static const struct field node_fields[] = {
    { .name = "name", .kind = FIELD_TEXT, AT(scenario_node, name), .flags = FIELD_REQUIRED,
      .about = "Its host name; no two are alike." },
    { .name = "group", .kind = FIELD_TEXT, AT(scenario_node, group),
      .about = "The group that it belongs to; machines of one group are alike. When not given, "
               "\"nodes\", or \"public\" with the role slave_public, and a number for each other "
               "kind." },
    { .name = "type", .kind = FIELD_TEXT, AT(scenario_node, type),
      .about = "The instance type, such as \"m5.xlarge\"; or else \"cpus\" and \"mem\"." },
    { .name = "cpus", .kind = FIELD_NUMBER, AT(scenario_node, cpus),
      .about = "How many CPUs it offers." },
    { .name = "mem", .kind = FIELD_BYTES, AT(scenario_node, mem_bytes), .flags = FIELD_POSITIVE,
      .about = "How much memory it offers." },
    { .name = "disk", .kind = FIELD_BYTES, AT(scenario_node, disk_bytes), .flags = FIELD_POSITIVE,
      .about = "How much disk it offers; 100GB when not given." },
    { .name = "gpus", .kind = FIELD_COUNT, AT(scenario_node, gpus), .max = NODE_GPUS_MAX,
      .about = "How many GPUs it offers." },
    { .name = "zone", .kind = FIELD_TEXT, AT(scenario_node, zone),
      .about = "Where it stands; \"a\" when not given." },
    { .name = "role", .kind = FIELD_TEXT, AT(scenario_node, role),
      .about = "\"*\" (when not given), or \"slave_public\" for machines that face the clients." },
    { .name = "attributes", .kind = FIELD_JSON, AT(scenario_node, attributes_json),
      .about = "What constraints may ask for, as texts by name, or as Mesos takes them: "
               "\"rack:r1;gpu_model:V100\"." },
};
const struct scenario_table scenario_node_table = TABLE(node_fields);

static const struct field group_fields[] = {
    { .name = "role", .kind = FIELD_TEXT, AT(scenario_group_entry, group.role),
      .about = "\"*\" (when not given), or \"slave_public\" for machines that face the clients." },
    { .name = "type", .kind = FIELD_TEXT, AT(scenario_group_entry, group.type),
      .flags = FIELD_REQUIRED,
      .about = "The instance type, such as \"m5.xlarge\"." },
    { .name = "min", .kind = FIELD_COUNT, AT(scenario_group_entry, group.min),
      .flags = FIELD_REQUIRED, .max = NODE_COUNT_MAX,
      .about = "How many machines there are at the start." },
    { .name = "max", .kind = FIELD_COUNT, AT(scenario_group_entry, group.max),
      .max = NODE_COUNT_MAX, .about = "How many there may be; min when not given." },
    { .name = "boot", .kind = FIELD_DIST, AT(scenario_group_entry, group.boot),
      .about = "From the launch of a machine to its running agent; 75s when not given." },
    { .name = "image", .kind = FIELD_TEXT, AT(scenario_group_entry, group.image),
      .about = "The image of its machines at the start; \"default\" when not given." },
    { .name = "attributes", .kind = FIELD_JSON, AT(scenario_group_entry, attributes),
      .about = "Of each of its machines: what constraints may ask for, as texts by name, or as "
               "Mesos takes them: \"rack:r1;gpu_model:V100\"." },
};
const struct scenario_table scenario_group_table = TABLE(group_fields);

static const struct field machine_fields[] = {
    { .name = "boot", .kind = FIELD_DIST, AT(scenario_machine, boot),
      .about = "From the launch of a machine to its running agent; as its group's when not "
               "given." },
    { .name = "broken", .kind = FIELD_BOOL, AT(scenario_machine, broken),
      .about = "Machines of it run, but their agents never come up." },
};
const struct scenario_table scenario_machine_table = TABLE(machine_fields);

static const char *const policy_words[] = {
#define X(policy, word) word,
    SCHEDULER_POLICY_LIST(X)
#undef X
    NULL,
};
static const char *const tie_words[] = {
#define X(tie, word) word,
    SCHEDULER_TIE_LIST(X)
#undef X
    NULL,
};

static const struct field scheduler_fields[] = {
    { .name = "policy", .kind = FIELD_WORD, AT(scenario_scheduler, policy), .words = policy_words,
      .about = "Which of the machines that fit; best-fit when not given." },
    { .name = "tie", .kind = FIELD_WORD, AT(scenario_scheduler, tie), .words = tie_words,
      .about = "Among equals; lowest-id when not given." },
    { .name = "agent_timeout", .kind = FIELD_DURATION, AT(scenario_scheduler, agent_timeout_ns),
      .flags = FIELD_POSITIVE, .about = "Silence after which an agent counts as unreachable." },
    { .name = "drain_timeout", .kind = FIELD_DURATION, AT(scenario_scheduler, drain_timeout_ns),
      .flags = FIELD_POSITIVE, .about = "How long open requests are waited for before a stop." },
    { .name = "typical", .kind = FIELD_JSON, AT(scenario_scheduler, typical),
      .about = "What many tasks ask for: fgd keeps room for these. What the apps ask for when not "
               "given." },
    { .name = "decision_time", .kind = FIELD_JSON, AT(scenario_scheduler, decision_time),
      .about = "How long the scheduler is busy with its decisions; no time when not given." },
    { .name = "roles", .kind = FIELD_JSON, AT(scenario_scheduler, roles),
      .about = "By name: what apps of a role share; weight 1 and no quota for one that is not "
               "listed." },
    { .name = "preemption", .kind = FIELD_BOOL, AT(scenario_scheduler, preemption),
      .about = "Tasks of lower priority make room for those of higher priority; they do not when "
               "not given." },
};
const struct scenario_table scenario_scheduler_table = TABLE(scheduler_fields);

static const struct field shape_fields[] = {
    { .name = "cpus", .kind = FIELD_NUMBER, AT(scenario_shape, cpus),
      .about = "Processors; none when not given." },
    { .name = "gpus", .kind = FIELD_COUNT, AT(scenario_shape, gpus), .max = NODE_GPUS_MAX,
      .about = "Whole GPUs; none when not given." },
    { .name = "gpu_milli", .kind = FIELD_COUNT, AT(scenario_shape, gpu_milli),
      .max = NODE_GPU_MILLI - 1, .about = "Thousandths of one GPU, in place of whole ones." },
    { .name = "weight", .kind = FIELD_COUNT, AT(scenario_shape, weight), .flags = FIELD_POSITIVE,
      .max = 1000000000, .about = "How many tasks ask for that; 1 when not given." },
};
const struct scenario_table scenario_shape_table = TABLE(shape_fields);

static const struct field decision_fields[] = {
    { .name = "per_app", .kind = FIELD_DURATION, AT(scenario_decision, app_ns),
      .about = "For each look at an app that has tasks to place." },
    { .name = "per_task", .kind = FIELD_DURATION, AT(scenario_decision, task_ns),
      .about = "And for each task that is placed in it." },
};
const struct scenario_table scenario_decision_table = TABLE(decision_fields);

static const struct field image_fields[] = {
    { .name = "like", .kind = FIELD_TEXT, AT(scenario_image, like),
      .about = "Another image of this scenario: as that one, but for what stands here." },
    { .name = "size", .kind = FIELD_BYTES, AT(scenario_image, behavior.size_bytes),
      .about = "What a pull has to fetch." },
    { .name = "start", .kind = FIELD_DIST, AT(scenario_image, behavior.start),
      .about = "From its start until it listens and answers." },
    { .name = "concurrency", .kind = FIELD_COUNT, AT(scenario_image, behavior.concurrency),
      .min = 1, .max = 1000000, .about = "How many requests it works on at once." },
    { .name = "queue", .kind = FIELD_COUNT, AT(scenario_image, behavior.queue_max), .max = 1000000,
      .about = "How many wait beyond that; more are answered with an error." },
    { .name = "service_time", .kind = FIELD_DIST, AT(scenario_image, behavior.service_time),
      .about = "How long it works on a request." },
    { .name = "errors", .kind = FIELD_PERCENT, AT(scenario_image, behavior.errors_ppm), .max = PPM,
      .about = "The share of requests that it answers with an error." },
    { .name = "stop", .kind = FIELD_DIST, AT(scenario_image, behavior.stop),
      .about = "From SIGTERM to its exit; longer than the grace, and it is killed." },
    { .name = "crash_after", .kind = FIELD_DIST, AT(scenario_image, behavior.lifetime),
      .about = "It exits by itself so long after its start." },
    { .name = "exit_code", .kind = FIELD_COUNT, AT(scenario_image, behavior.exit_code), .max = 255,
      .about = "The code it then exits with." },
    { .name = "unhealthy", .kind = FIELD_BOOL, AT(scenario_image, behavior.unhealthy),
      .about = "It fails every health check." },
    { .name = "missing", .kind = FIELD_BOOL, AT(scenario_image, behavior.missing),
      .about = "No registry has it: a pull fails." },
    { .name = "denied", .kind = FIELD_BOOL, AT(scenario_image, behavior.denied),
      .about = "The registry does not let us in, as with a token that has expired: a pull fails." },
    { .name = "calls", .kind = FIELD_JSON, AT(scenario_image, calls),
      .about = "What it calls for each request after its own work, one stage after the other." },
    { .name = "deadlines", .kind = FIELD_BOOL, AT(scenario_image, behavior.heeds_deadlines),
      .about = "It does not work on requests that nobody waits for any more." },
};
const struct scenario_table scenario_image_table = TABLE(image_fields);

static const struct field call_fields[] = {
    { .name = "to", .kind = FIELD_TEXT, AT(scenario_call, call.to), .flags = FIELD_REQUIRED,
      .about = "The app's id, or a host that reaches it." },
    { .name = "path", .kind = FIELD_TEXT, AT(scenario_call, call.path),
      .about = "The path that is asked for; / when not given." },
    { .name = "probability", .kind = FIELD_PERCENT, AT(scenario_call, call.probability_ppm),
      .max = PPM, .about = "Of being made at all; 100% when not given." },
    { .name = "timeout", .kind = FIELD_DURATION, AT(scenario_call, call.timeout_ns),
      .flags = FIELD_POSITIVE,
      .about = "How long each try is waited for; when not given, until the request's deadline." },
    { .name = "retries", .kind = FIELD_COUNT, AT(scenario_call, call.retries), .max = 100,
      .about = "How many further tries follow one that failed, at once." },
    { .name = "budget", .kind = FIELD_PERCENT, AT(scenario_call, call.budget_ppm), .min = 1,
      .max = PPM, .about = "Retries per call at most, over ten seconds; no limit when not given." },
    { .name = "min_retries", .kind = FIELD_RATE, AT(scenario_call, min_retries_microhertz),
      .about = "With a budget: retries that are allowed whatever it says." },
    { .name = "optional", .kind = FIELD_BOOL, AT(scenario_call, call.optional),
      .about = "Its failure does not fail the request." },
};
const struct scenario_table scenario_call_table = TABLE(call_fields);

static const struct field stage_fields[] = {
    { .name = "all", .kind = FIELD_JSON, AT(scenario_stage, all), .flags = FIELD_REQUIRED,
      .about = "Calls that go out together; the next stage waits for all of them." },
};
const struct scenario_table scenario_stage_table = TABLE(stage_fields);

static const struct field app_file_fields[] = {
    { .name = "file", .kind = FIELD_TEXT, AT(scenario_app_file, file), .flags = FIELD_REQUIRED,
      .about = "A file beside this one with an app, a group or an array of apps." },
    { .name = "set", .kind = FIELD_JSON, AT(scenario_app_file, set),
      .about = "Merged into the one app that the file holds (RFC 7396)." },
};
const struct scenario_table scenario_app_file_table = TABLE(app_file_fields);

static const struct field nodes_file_fields[] = {
    { .name = "file", .kind = FIELD_TEXT, .flags = FIELD_REQUIRED,
      .about = "A file beside this one: comma-separated, its first line names the columns." },
};
const struct scenario_table scenario_nodes_file_table = TABLE(nodes_file_fields);

static const struct field tasks_fields[] = {
    { .name = "file", .kind = FIELD_TEXT, .flags = FIELD_REQUIRED,
      .about = "A file beside this one: comma-separated, its first line names the columns." },
};
const struct scenario_table scenario_tasks_table = TABLE(tasks_fields);

static const struct field deploy_file_fields[] = {
    { .name = "file", .kind = FIELD_TEXT, AT(scenario_app_file, file),
      .about = "In place of \"set\": a file beside this one that holds the definition." },
};
const struct scenario_table scenario_deploy_file_table = TABLE(deploy_file_fields);

static const char *const fault_words[] = { "kill-task", "kill-node", "restart-agent",
                                           "restart-master", "partition", NULL };
_Static_assert(COUNT_OF(fault_words) == FAULT_KIND_COUNT + 1, "fault_words follow the enum");
_Static_assert(FAULT_KILL_TASK == 0 && FAULT_PARTITION == 4, "fault_words follow the enum");

static const struct field faults_fields[] = {
    { .name = "swarm", .kind = FIELD_BOOL, AT(scenario_faults_block, faults.swarm),
      .about = "Each seed switches off some kinds altogether, so that the rest get room." },
    { .name = "from", .kind = FIELD_DURATION, AT(scenario_faults_block, faults.from_at_ns),
      .about = "When they begin; the start when not given." },
    { .name = "until", .kind = FIELD_DURATION, AT(scenario_faults_block, faults.until_at_ns),
      .flags = FIELD_POSITIVE, .about = "When all are over; the scenario's end when not given." },
    { .name = "every", .kind = FIELD_DURATION, AT(scenario_faults_block, faults.every_ns),
      .flags = FIELD_POSITIVE, .min = MS(100),
      .about = "The mean time between faults; 1m when not given." },
    { .name = "max_at_once", .kind = FIELD_COUNT, AT(scenario_faults_block, faults.max_at_once),
      .min = 1, .max = 1000, .about = "How many may last at one time; 1 when not given." },
    { .name = "nodes_down_max", .kind = FIELD_COUNT,
      AT(scenario_faults_block, faults.nodes_down_max), .max = NODE_COUNT_MAX,
      .about = "How many machines may be down or cut off at one time; 1 when not given." },
    { .name = "kinds", .kind = FIELD_TEXTS, AT(scenario_faults_block, kinds),
      .count_offset = offsetof(struct scenario_faults_block, kinds_count), .words = fault_words,
      .about = "Which kinds; all when not given." },
};
const struct scenario_table scenario_faults_table = TABLE(faults_fields);

static const struct field entry_fields[] = {
    { .name = "at", .kind = FIELD_DURATION, AT(scenario_entry, at_ns), .flags = FIELD_REQUIRED,
      .about = "When, counted from the start." },
    { .name = "do", .kind = FIELD_TEXT, AT(scenario_entry, verb), .flags = FIELD_REQUIRED,
      .about = "The verb." },
    { .name = "about", .kind = FIELD_TEXT, AT(scenario_entry, about),
      .about = "Why, for readers." },
};
const struct scenario_table scenario_entry_table = TABLE(entry_fields);

static const struct field for_fields[] = {
    { .name = "for", .kind = FIELD_DURATION, AT(scenario_step, for_ns), .flags = FIELD_POSITIVE,
      .about = "Undone after so long." },
};
const struct scenario_table scenario_for_table = TABLE(for_fields);

static const struct field targets_fields[] = {
    { .name = "node", .kind = FIELD_TEXT, AT(scenario_targets, node),
      .about = "One machine by its name, such as private-3." },
    { .name = "target", .kind = FIELD_JSON, AT(scenario_targets, target),
      .about = "How many: one, a number, a percentage, minority, majority or all." },
    { .name = "zone", .kind = FIELD_TEXT, AT(scenario_targets, zone),
      .about = "Only in this zone." },
    { .name = "hosting", .kind = FIELD_TEXT, AT(scenario_targets, hosting),
      .about = "Only machines that run a task of this app." },
    { .name = "may_be_empty", .kind = FIELD_BOOL, AT(scenario_targets, may_be_empty),
      .about = "That nothing matches is then no mistake." },
};
const struct scenario_table scenario_targets_table = TABLE(targets_fields);

static const struct field promise_fields[] = {
    { .name = "id", .kind = FIELD_TEXT, AT(scenario_promise, id),
      .about = "Its name in reports; made from the rest when not given." },
    { .name = "about", .kind = FIELD_TEXT, AT(scenario_promise, about),
      .about = "Why, for readers." },
};
const struct scenario_table scenario_promise_table = TABLE(promise_fields);

static const struct field violates_fields[] = {
    { .name = "violates", .kind = FIELD_TEXT, AT(scenario, violates), .flags = FIELD_REQUIRED,
      .about = "The standing invariant that the planted bug must break." },
};
const struct scenario_table scenario_violates_table = TABLE(violates_fields);
