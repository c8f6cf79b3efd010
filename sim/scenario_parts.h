/*
 * sim/scenario_parts.h - the parts of a scenario: the tables of their fields, and who reads each.
 *
 * Order: cluster, scheduler, images, apps, traffic, faults, timeline, expect; the checks that need
 *        the whole come last. A part that is absent or of a wrong type leaves the scenario empty
 *        there, so that the other parts are still looked at.
 */
#ifndef SIM_SCENARIO_PARTS_H
#define SIM_SCENARIO_PARTS_H

#include "sim/actions.h"
#include "sim/expect.h"
#include "sim/fields.h"
#include "sim/scenario_document.h"

/* Limits of ours: what a file may hold of each. */
enum {
    SCENARIO_GROUPS_MAX = 1024,
    SCENARIO_ZONES_MAX = 26,
    SCENARIO_IMAGES_MAX = 10000,
    SCENARIO_STAGES_MAX = 100, /* of calls, and calls of a stage */
    SCENARIO_APPS_MAX = 100000,
    SCENARIO_TASKS_MAX = 2000000,
    SCENARIO_TRAFFIC_MAX = 10000,
    SCENARIO_CLASSES_MAX = 1000,
    SCENARIO_HEADERS_MAX = 100,
    SCENARIO_BURSTS_MAX = 100,
    SCENARIO_TIMETABLE_MAX = 5000000,
    SCENARIO_STEPS_MAX = 10000,
    SCENARIO_EXPECTS_MAX = 1000,
    SCENARIO_ROLES_MAX = 1000,
    SCENARIO_NAME_BYTES = 48 /* of a group or a zone: a node's name is longer by its number */
};

/* The file as it stands, before its parts are read. */
struct scenario_top {
    const char          *name;
    const char          *about;
    const char          *plant;
    const struct json_t *extends;
    const struct json_t *vars;
    uint64_t             seed;
    int64_t              duration_ns;
    int64_t              settle_ns;
    int64_t              quiet_ns;
    int64_t              start_at_ns;
    int                  wire;
    const struct json_t *record;
    const struct json_t *cluster;
    const struct json_t *state;
    const struct json_t *scheduler;
    const struct json_t *images;
    const struct json_t *apps;
    const struct json_t *tasks;
    const struct json_t *gateway;
    const struct json_t *traffic;
    const struct json_t *timeline;
    const struct json_t *faults;
    const struct json_t *expect;
    const struct json_t *jobs;
    const struct json_t *packages;
};

struct scenario_cluster {
    const char          *region;
    const char *const   *zones;
    uint32_t             zones_count;
    uint32_t             masters;
    bool                 mesh;
    bool                 strict_labels;
    int64_t              hop_ns;
    int64_t              heartbeat_ns;
    const struct json_t *groups;
    const struct json_t *images; /* of machines */
    const struct json_t *nodes;
};

struct scenario_group_entry {
    struct scenario_group group;
    const struct json_t  *attributes;
};

struct scenario_scheduler {
    int                  policy; /* enum scheduler_policy */
    int                  tie;    /* enum scheduler_tie */
    int64_t              agent_timeout_ns;
    int64_t              drain_timeout_ns;
    const struct json_t *typical;
    const struct json_t *decision_time;
    const struct json_t *roles;
    bool                 preemption;
};

struct scenario_shape {
    double   cpus;
    uint32_t gpus;
    uint32_t gpu_milli;
    uint32_t weight;
};
enum { SCENARIO_SHAPE_CPUS_MAX = 10000 };

struct scenario_decision {
    int64_t app_ns;
    int64_t task_ns;
};

struct scenario_image { /* beside struct behavior, whose own fields are in the same table */
    struct behavior      behavior;
    const char          *like;
    const struct json_t *calls;
};

struct scenario_call { /* struct behavior_call with what it wants in other units */
    struct behavior_call call;
    int64_t              min_retries_microhertz;
};

struct scenario_stage { /* calls that go out together */
    const struct json_t *all;
};

struct scenario_app_file {
    const char          *file;
    const struct json_t *set;
};

struct scenario_traffic_line { /* beside it, the parts that are read on their own */
    struct scenario_traffic traffic;
    const struct json_t    *arrivals;
    const struct json_t    *requests;
    const struct json_t    *retries;
};

struct scenario_class_entry {
    struct scenario_class class;
    const struct json_t  *headers;
    const char           *from;
};

struct scenario_faults_block {
    struct scenario_faults faults;
    const char *const     *kinds;
    uint32_t               kinds_count;
};

struct scenario_entry { /* what every entry of the timeline may say */
    int64_t     at_ns;
    const char *verb;
    const char *about;
};

struct scenario_targets { /* of verbs that pick targets */
    const char          *node;
    const struct json_t *target;
    const char          *hosting;
    const char          *zone;
    bool                 may_be_empty;
};

struct scenario_promise { /* what every expectation may say */
    const char *id;
    const char *about;
};

/* A table with its length: what parses an object, orders its members and describes them. */
struct scenario_table {
    const struct field *fields;
    uint32_t            count;
};

extern const struct scenario_table scenario_top_table;
extern const struct scenario_table scenario_record_table; /* of struct scenario */
extern const struct scenario_table scenario_cluster_table;
extern const struct scenario_table scenario_machine_table; /* of struct scenario_machine */
extern const struct scenario_table scenario_group_table;  /* of struct scenario_group_entry */
extern const struct scenario_table scenario_node_table;   /* of struct scenario_node */
extern const struct scenario_table scenario_nodes_file_table; /* of a const char *: its name */
extern const struct scenario_table scenario_scheduler_table;
extern const struct scenario_table scenario_shape_table;
extern const struct scenario_table scenario_decision_table;
extern const struct scenario_table scenario_role_table;    /* sim/scenario_roles.c */
extern const struct scenario_table scenario_amounts_table; /* the same */
extern const struct scenario_table scenario_image_table;
extern const struct scenario_table scenario_call_table;  /* of struct scenario_call */
extern const struct scenario_table scenario_stage_table; /* of struct scenario_stage */
extern const struct scenario_table scenario_app_file_table;
extern const struct scenario_table scenario_traffic_table;
/* sim/scenario_traffic_tables.c */
extern const char *const           scenario_arrivals_words[]; /* NULL-terminated: steady ones */
extern const char *const           scenario_curve_words[];    /* "mmpp", "diurnal" */
extern const struct scenario_table scenario_mmpp_table;       /* its states */
extern const struct scenario_table scenario_burst_table;      /* of struct scenario_burst */
extern const struct scenario_table scenario_diurnal_table;    /* of struct scenario_traffic */
extern const struct scenario_table scenario_tasks_table; /* of a const char *: the file's name */
extern const struct scenario_table scenario_arrivals_file_table;
extern const struct scenario_table scenario_class_table;      /* of struct scenario_class_entry */
extern const struct scenario_table scenario_retries_table;    /* of struct scenario_retries */
extern const struct scenario_table scenario_faults_table;
extern const struct scenario_table scenario_entry_table;
extern const struct scenario_table scenario_for_table; /* of struct scenario_step */
extern const struct scenario_table scenario_targets_table;
extern const struct scenario_table scenario_promise_table;
extern const struct scenario_table scenario_violates_table; /* of struct scenario */
extern const struct scenario_table scenario_deploy_file_table; /* of struct scenario_app_file */

struct scenario_parsed_step {
    struct scenario_step step;
    const struct json_t *json;     /* the entry, borrowed from the document */
    bool                 is_wrong; /* misread: it is not judged any further */
};

struct scenario_reader {
    struct fields_read             read; /* source: the scenario file */
    struct sim_io                 *io;
    const struct scenario_options *options;
    struct scenario_document       document;
    struct scenario_top            top;
    struct scenario               *scenario; /* being filled */
    struct snapshot               *snapshot; /* the same as scenario's, being filled */
    struct vec                     steps; /* struct scenario_parsed_step, by time */
    struct vec                     expects_wrong; /* bool, by index: misread, not judged */
    struct vec                     app_places; /* const char *: where each app was named */
    struct diag_list               muted;      /* for what was said already */
    struct scenario_values        *values;     /* of machines, by field; scenario_constraints.c */
};

void scenario_error(struct scenario_reader *reader, const char *pointer, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* The machine images of the cluster; may be NULL. */
void scenario_read_machines(struct scenario_reader *reader, const struct json_t *images);
/* Whether machines can be started from it: listed, or a group's own. */
bool scenario_has_machine(const struct scenario *scenario, const char *image);
/* An error unless it is a name of a machine, group or zone. */
void scenario_check_name(struct scenario_reader *reader, const char *name, const char *pointer);
/* An error at pointer + "/type" unless NULL or a known instance type. */
void scenario_check_type(struct scenario_reader *reader, const char *type, const char *pointer);
void scenario_read_cluster(struct scenario_reader *reader);
/* Machines one by one: a list, at this pointer; they join the scenario's groups and zones, which
 * have room for SCENARIO_GROUPS_MAX and SCENARIO_ZONES_MAX. */
void scenario_read_nodes(struct scenario_reader *reader, const struct json_t *nodes,
                         const char *where);
/* The same, or {"file": ...} with a line for each. */
void scenario_read_cluster_nodes(struct scenario_reader *reader, const struct json_t *nodes);
/* Attributes as node_spec keeps them, in the arena; "" for NULL and after an error. */
const char *scenario_attributes(const struct fields_read *read, const struct json_t *json,
                                const char *pointer);
/* The same with gpu_model as the instance type says it, unless they say it themselves. */
const char *scenario_attributes_of(const struct fields_read *read, const char *attributes,
                                   const struct instance_type *machine);
void scenario_read_scheduler(struct scenario_reader *reader);
/* sim/scenario_roles.c; NULL: none */
void scenario_read_roles(struct scenario_reader *reader, const struct json_t *json);
/* With the cluster read: what is guaranteed is there. */
void scenario_check_roles(struct scenario_reader *reader);
void scenario_read_images(struct scenario_reader *reader);
void scenario_read_apps(struct scenario_reader *reader);
void scenario_read_tasks(struct scenario_reader *reader); /* adds apps and images of its own */
void scenario_read_gateway(struct scenario_reader *reader);
/* Reads the member "gateway" of parent, if there is one; what was read takes its place, as JSON.
 * The
 * canonical text, or NULL. */
const char *scenario_gateway_inline(struct scenario_reader *reader, struct json_t *parent,
                                    const char *parent_pointer);
/* Whether a route of some gateway of the scenario is for this host. */
bool scenario_gateway_serves(const struct scenario_reader *reader, const char *to);
void scenario_read_traffic(struct scenario_reader *reader);
/* sim/scenario_classes.c: the requests of one line; none given: all are alike */
void scenario_read_classes(struct scenario_reader *reader, const struct json_t *json,
                           const char *pointer, struct scenario_traffic *traffic);
/* sim/scenario_arrivals.c: NULL is poisson. Classes are read before. */
void scenario_read_arrivals(struct scenario_reader *reader, const struct json_t *json,
                            const char *pointer, struct scenario_traffic *traffic);
void scenario_read_faults(struct scenario_reader *reader);
void scenario_read_timeline(struct scenario_reader *reader);
void scenario_read_expect(struct scenario_reader *reader);

/* With the whole scenario read. */
void scenario_check_apps(struct scenario_reader *reader); /* ids differ, and each fits somewhere */
void scenario_check_traffic(struct scenario_reader *reader); /* somebody serves it */
void scenario_check_flow_line(struct scenario_reader *reader, const struct json_t *json,
                              const char *pointer, const struct scenario_traffic *traffic);
void scenario_check_flow(struct scenario_reader *reader); /* when all has been read */
void scenario_check_calls(struct scenario_reader *reader);   /* the same, and no endless circle */
void scenario_check_deploys(struct scenario_reader *reader); /* each leaves a valid definition */
void scenario_check_timeline(struct scenario_reader *reader);
void scenario_check_expect(struct scenario_reader *reader);

/* sim/scenario_calls.c: the calls of an image; NULL: it makes none */
void scenario_read_calls(const struct fields_read *read, const struct json_t *json,
                         const char *pointer, struct behavior *behavior);

/* Whether a list of hosts, separated by commas, holds this one. */
bool scenario_has_host(const char *hosts, const char *host);
/* Whether a label is HAPROXY_n_VHOST and its list holds this host. */
bool scenario_label_has_host(const struct container_pair *label, const char *host);
/* Whether an app has this id, or is reached by this host. */
bool scenario_app_serves(const struct app_spec *app, const char *to);
/* The same of any app of the scenario, also one that the timeline deploys; true when an app was
 * misread, which may be the one. */
bool scenario_is_served(const struct scenario_reader *reader, const char *to);
/* What may have been meant by a host or an id that nobody serves: " (did you mean ...?)", or "". */
const char *scenario_serves_nearest(const struct scenario_reader *reader, const char *to);

/* sim/scenario_slips.c: warnings of what is allowed and hardly meant */
void scenario_check_slips(struct scenario_reader *reader);

/* A warning for each constraint that no machine satisfies, with what may have been meant; then
 * false. */
bool scenario_check_constraints(struct scenario_reader *reader, const struct app_spec *app,
                                const char *pointer);
/* sim/scenario_fit.c: a warning when no machine takes it that is large enough and satisfies all. */
void scenario_check_together(struct scenario_reader *reader, const struct app_spec *app,
                             const char *pointer);
/* All of these: a warning at pointer when no machine could ever hold one instance. */
void scenario_check_fit(struct scenario_reader *reader, const struct app_spec *app,
                        const char *pointer);

/* Where an app was named, or "". */
const char *scenario_app_place(const struct scenario_reader *reader, uint32_t index);

/* A file that a pointer in the scenario names, beside the file that this pointer came from. */
bool scenario_read_named(struct scenario_reader *reader, const char *path, const char *pointer,
                         struct scenario_file *ret_file) MUST_USE;

/* The same of a file that is no JSON: its text, and its name as the user sees it, in the arena. */
bool scenario_read_text(struct scenario_reader *reader, const char *path, const char *pointer,
                        const char **ret_file, const char **ret_text, size_t *ret_len) MUST_USE;

/* The merged document in canonical shape; in the arena. */
const char *scenario_canonical(const struct scenario_reader *reader);

#endif
