/*
 * sim/scenario.h - a scenario file, read and checked: everything typed, nothing left to interpret.
 *
 * Memory: everything lives in the arena given to scenario_read and never changes afterwards, but
 *         the JSON that steps and expectations hold: scenario_close gives it back, before the
 *         arena goes.
 * Units:  durations and instants of a scenario are ns from its start (at_ns), never since 1970.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "fakes/service.h"
#include "platform/base/diag.h"
#include "platform/env/gateway.h"
#include "platform/model/app.h"
#include "platform/model/config.h"
#include "sim/sim_io.h"

struct instance_type;
struct snapshot;

/* A machine image, beside those that groups begin with. */
struct scenario_machine {
    const char *name;
    struct dist boot;
    bool        has_boot; /* else as the group's */
    bool        broken;   /* its agents never come up */
};

struct scenario_group {
    const char *name;
    const char *role; /* "*" or "slave_public" */
    const char *type; /* a known instance type; NULL: only its machine is known */
    uint32_t    min;  /* booted at the start */
    uint32_t    max;
    struct dist boot; /* from launch to a running agent */
    const char *image; /* of its machines at the start; NULL: the cloud's default */
    const char *attributes; /* of its machines: node_spec.attributes */
    const struct instance_type *machine; /* of given machines; NULL: what the type says */
    bool        is_given; /* it is made of given machines: none boots at the start */
};

/* A machine that is given one by one and is up when the story begins. */
struct scenario_node {
    const char          *name;
    const char          *group; /* NULL as it stands in the file: found out */
    const char          *type;  /* NULL: the four below say what it is */
    const char          *zone;
    const char          *role;
    double               cpus;
    int64_t              mem_bytes;
    int64_t              disk_bytes;
    uint32_t             gpus;
    const struct json_t *attributes_json;
    /* found out */
    const char                 *attributes; /* node_spec.attributes */
    const struct instance_type *machine;
    uint32_t                    group_index; /* into scenario.groups */
    uint32_t                    zone_index;  /* into scenario.zones */
};


enum scenario_arrivals {
    ARRIVALS_POISSON,
    ARRIVALS_CONSTANT,
    ARRIVALS_MMPP,    /* poisson, at a rate that jumps between states */
    ARRIVALS_DIURNAL, /* poisson, at a rate that goes up and down like a day */
    ARRIVALS_FILE     /* at the instants of a file */
};

struct scenario_burst { /* one state of ARRIVALS_MMPP; the next follows it, the first the last */
    double  factor;  /* times the line's rate */
    int64_t mean_ns; /* of a stay, which is exponential */
};

struct scenario_arrival { /* one line of a file */
    int64_t  at_ns;  /* after the line's from */
    uint32_t number; /* of its class, from 1; 0: drawn */
};

struct scenario_class { /* requests of a line that are alike */
    const char        *name;
    uint32_t           share_ppm; /* of the line's requests */
    struct env_request request;
};

struct scenario_retries {
    uint32_t max; /* further tries after the first; 0: none */
    int64_t  backoff_ns; /* before the first of them */
    int64_t  backoff_max_ns;
    double   factor;     /* each further one waits so many times as long */
    uint32_t jitter_ppm; /* a back-off is shortened by up to this share of it */
    uint32_t budget_ppm; /* retries per request at most; 0: no budget */
};

enum scenario_connections { CONNECTIONS_KEPT, CONNECTIONS_NEW };

/* Each request is made, or all are counted by what happens to such requests: sim/flow.h. */
enum scenario_mode { MODE_REQUEST, MODE_FLOW };

struct scenario_traffic {
    const char            *to;   /* vhost, or app id "/web" */
    const char            *path; /* request path, "/" when not given */
    int64_t                rate_microhertz;
    enum scenario_arrivals arrivals;
    uint32_t               connections; /* enum scenario_connections, of real clients */
    uint32_t               mode; /* enum scenario_mode */
    int64_t                timeout_ns;
    int64_t                from_at_ns;
    int64_t                until_at_ns;        /* end of the scenario when not given */
    int64_t                measure_from_at_ns; /* requests before are made, not counted */

    const struct scenario_burst   *bursts; /* ARRIVALS_MMPP */
    uint32_t                       bursts_count;
    int64_t                        peak_microhertz; /* ARRIVALS_DIURNAL: rate is the lowest */
    int64_t                        peak_at_ns;
    int64_t                        period_ns;
    const struct scenario_arrival *timetable; /* ARRIVALS_FILE, by at_ns */
    uint32_t                       timetable_count;
    bool                           closed;  /* its clients wait for an answer before they go on */
    uint32_t                       clients; /* of a closed line */
    struct dist                    think;   /* of a closed line */
    uint32_t                       sessions; /* of clients that keep cookies; 0: they keep none */
    const struct scenario_class   *classes;
    uint32_t                       classes_count; /* 0: all are alike */
    struct scenario_retries        retries;
};

/* A line of a file of tasks. */
struct scenario_task {
    int64_t  at_ns;
    uint32_t app; /* index of its app: one whose tasks run once */
    uint32_t run; /* of that app, from 1 */
};

/* How targets of a verb are picked; exactly one of the forms is set. */
enum selector_kind {
    SELECT_NAME,     /* "node": "private-3", "task": ... */
    SELECT_ONE,
    SELECT_COUNT,
    SELECT_PERCENT,  /* value in ppm */
    SELECT_MINORITY,
    SELECT_MAJORITY,
    SELECT_ALL
};

struct selector {
    enum selector_kind kind;
    uint32_t           value;
    const char        *name;    /* SELECT_NAME */
    const char        *hosting; /* only nodes that host a task of this app, or NULL */
    const char        *zone;    /* only nodes in this zone, or NULL */
    bool               may_be_empty;
};

/* One line of the timeline: the verb's own struct is behind data, made by its field table. */
struct action;
struct scenario_step {
    int64_t              at_ns;
    const struct action *action;
    const void          *data;
    const char          *pointer; /* "/timeline/3" */
    int64_t              for_ns;  /* 0: not undone by itself */
};

struct expectation_kind;
struct scenario_expect {
    const char                    *id; /* "always-healthy-web": stable, unique in the file */
    const char                    *about;
    const struct expectation_kind *kind;
    const void                    *data;
    const char                    *pointer;
};

struct scenario_faults {
    bool     enabled;
    bool     swarm;        /* each seed switches off some kinds altogether */
    int64_t  from_at_ns;
    int64_t  until_at_ns;
    int64_t  every_ns;     /* mean time between faults */
    uint32_t max_at_once;
    uint32_t nodes_down_max;
    uint32_t kinds;        /* bit set of enum fault_kind */
};

enum fault_kind { FAULT_KILL_TASK, FAULT_KILL_NODE, FAULT_RESTART_AGENT, FAULT_RESTART_MASTER,
                  FAULT_PARTITION };
#define FAULT_KIND_COUNT (FAULT_PARTITION + 1)

struct scenario {
    const char *file; /* as named by the user */
    const char *name;
    const char *about;
    uint64_t    seed;
    int64_t     duration_ns;
    int64_t     settle_ns;   /* liveness bound after the last fault */
    int64_t     quiet_ns;    /* over so long after its last deployment; 0: at its duration */
    int64_t     start_at_ns; /* since the epoch */
    bool        wire_encoded;
    const char *plant;      /* NULL: none */
    const char *violates;   /* the invariant that the plant must break, from expect; NULL: none */
    uint32_t    record_tasks_max; /* how many task rows run.db keeps */

    const char           *region;
    const struct snapshot *snapshot; /* what it begins with; NULL: with machines that boot */
    const char *const    *zones;
    uint32_t              zones_count;
    uint32_t              masters; /* 1 */
    int64_t               heartbeat_ns; /* of every agent */
    int64_t               hop_ns;  /* one way of a packet between machines; 0: no time */
    struct scenario_group *groups;
    uint32_t              groups_count;
    struct scenario_node *nodes; /* given ones, a snapshot's among them */
    uint32_t              nodes_count;
    struct scenario_machine *machines; /* images */
    uint32_t              machines_count;

    struct master_config  master;
    struct behavior      *behaviors;
    uint32_t              behaviors_count;
    const struct app_spec **apps;
    uint32_t              apps_count;
    bool                  apps_refused; /* some were misread: who names one of them may be right */
    uint32_t              tasks_app_first; /* from there on they are those of the file of tasks */
    struct scenario_task *tasks; /* by at_ns, then by line */
    uint32_t              tasks_count;
    const char           *gateway; /* canonical text, NULL: none. Holds secrets */
    struct scenario_traffic *traffic;
    uint32_t              traffic_count;
    struct scenario_step *steps; /* by at_ns, then file order */
    uint32_t              steps_count;
    struct scenario_faults faults;
    struct scenario_expect *expects;
    uint32_t              expects_count;

    const char *canonical; /* the merged file in canonical shape: check --print */
    struct json_t *document; /* private: what the JSON in steps and expectations points into */
};

struct scenario_options {
    const char *const *sets; /* "k=v" of --set */
    uint32_t           sets_count;
    bool               has_seed;
    uint64_t           seed;
};

/*
 * Reads FILE and what it extends or names. NULL when there was an error; all mistakes are in diags.
 */
const struct scenario *scenario_read(struct sim_io *io, const char *file,
                                     const struct scenario_options *options, struct arena *arena,
                                     struct diag_list *diags);

/* Gives back what is not in the arena. NULL is fine. */
void scenario_close(const struct scenario *scenario);

/* JSON Schema 2020-12 of the scenario file, from the same field tables. */
void scenario_print_schema(struct strbuf *out);

#endif
