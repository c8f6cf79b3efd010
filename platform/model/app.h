/*
 * platform/model/app.h - an app as Marathon defines it, parsed: what controllers act upon, and the
 * whole definition in canonical shape beside it.
 *
 * Source: Marathon 1.11 AppDefinition (RAML and validators); defaults as there.
 * Shape:  input may be the canonical 1.5 shape or any deprecated one (uris, ports, ipAddress,
 *         container.docker.network, container.docker.portMappings, healthChecks[].port ...);
 *         json is always canonical: defaults filled in, deprecated fields turned into their
 *         successors, keys in a fixed order.
 * Memory: everything lives in the arena given; a spec is never changed after it was made.
 */
#ifndef PLATFORM_MODEL_APP_H
#define PLATFORM_MODEL_APP_H

#include "platform/base/diag.h"
#include "platform/env/containers.h"
#include "platform/env/probe.h"
#include "platform/model/task.h"

struct json_t; /* jansson */

struct app_health_check {
    enum env_probe_kind kind;
    bool                by_mesos;    /* MESOS_* and COMMAND: kill after exactly failures_max */
    uint32_t            port_index;  /* into app_spec.ports, unless port is set */
    uint16_t            port;        /* fixed port, 0: use port_index */
    const char         *path;        /* HTTP(S) */
    const char         *shell;       /* COMMAND */
    int64_t             grace_ns;    /* gracePeriodSeconds */
    int64_t             interval_ns;
    int64_t             timeout_ns;
    int64_t             delay_ns;    /* before the first, Mesos-level only */
    uint32_t            failures_max; /* maxConsecutiveFailures; 0: never kill */
    bool                ignore_http_1xx;
};

struct app_readiness_check {
    enum env_probe_kind kind; /* HTTP or HTTPS */
    const char         *name;
    const char         *path;
    uint32_t            port_index; /* of portName, resolved */
    int64_t             interval_ns;
    int64_t             timeout_ns;
    const int32_t      *ready_codes;
    uint32_t            ready_codes_count;
};

/* One port of the app: of a portDefinition, or of a port mapping. */
struct app_port {
    const char *name;           /* "" when none */
    uint16_t    service_port;   /* 0: none chosen */
    uint16_t    container_port; /* 0: the same as the host port */
    uint16_t    host_port;      /* fixed when > 0 */
    bool        needs_host_port; /* false: container network without a hostPort */
    bool        udp;            /* alone */
    bool        udp_too;        /* "udp,tcp" */
    const struct container_pair *labels;
    uint32_t                     labels_count;
};

enum app_constraint_op {
    APP_UNIQUE,
    APP_CLUSTER,
    APP_GROUP_BY,
    APP_LIKE,
    APP_UNLIKE,
    APP_MAX_PER,
    APP_IS
};
extern const char *const app_tables_constraint_ops[]; /* their words, in this order, then NULL */

struct app_constraint {
    const char            *field; /* "hostname", "@region", "@zone" or an attribute */
    enum app_constraint_op op;
    const char            *value; /* "" when none */
};

struct app_spec {
    const char *id;   /* absolute path, "/web" */
    const char *json; /* canonical definition, compact */
    uint64_t    json_hash; /* hash_bytes(0, json, json_len) */
    uint32_t    json_len;

    const char                    *shell; /* cmd; NULL when args or the image's own are used */
    const char *const             *args;
    uint32_t                       args_count;
    const char                    *image;  /* "" without a docker image */
    const char                    *user;   /* NULL: the image's own */
    bool                           force_pull;
    bool                           privileged;
    enum container_network         network;
    const struct container_pair   *env; /* plain ones; secrets are never resolved here */
    uint32_t                       env_count;
    /* all variables that its tasks have alike: env and MARATHON_APP_* */
    const struct container_pair   *environment;
    uint32_t                       environment_count;
    const struct container_pair   *labels;
    uint32_t                       labels_count;
    const struct container_volume *volumes; /* of the host, and persistent ones */
    uint32_t                       volumes_count;
    uint32_t                       host_volumes_count; /* of these */
    int64_t                        volumes_bytes; /* that its persistent ones take of the disk */
    uint32_t                       parameters_count; /* docker parameters given */

    int32_t cpu_milli; /* > 0, rounded up from cpus */
    int32_t gpus;      /* whole ones */
    int32_t gpu_milli; /* or a share of one, 1..999; 0: none */
    int64_t mem_bytes;
    int64_t disk_bytes;

    const char *role;      /* whose share of the cluster it is taken from; "*" when none is named */
    int32_t     priority;  /* APP_PRIORITY_MIN..APP_PRIORITY_MAX; higher goes first */
    bool        runs_once; /* a task that ended is not started again: `instances` counts what is
                            * still to run */
    int64_t     rebalance_ns; /* how long GROUP_BY is uneven before an instance moves; 0: none
                               * ever does */
    uint32_t                          instances;
    const struct app_port            *ports;
    uint32_t                          ports_count; /* 0..TASK_PORTS_MAX */
    bool                              require_ports;
    const char *const                *roles; /* acceptedResourceRoles; count 0: {"*"} */
    uint32_t                          roles_count;
    const struct app_constraint      *constraints;
    uint32_t                          constraints_count;
    const char *const                *dependencies; /* absolute ids */
    uint32_t                          dependencies_count;
    const struct app_health_check    *health_checks;
    uint32_t                          health_checks_count;
    const struct app_readiness_check *readiness; /* NULL when none */

    uint32_t minimum_health_ppm;   /* upgradeStrategy.minimumHealthCapacity */
    uint32_t over_capacity_ppm;    /* upgradeStrategy.maximumOverCapacity */
    bool     is_resident;          /* has persistent volumes */
    bool     kill_oldest_first;    /* killSelection */
    bool     replaces_unreachable; /* false: unreachableStrategy "disabled" */
    int64_t  inactive_after_ns;    /* unreachableStrategy */
    int64_t  expunge_after_ns;
    int64_t  backoff_ns;
    uint32_t backoff_factor_ppm;
    int64_t  backoff_max_ns;
    int64_t  kill_grace_ns; /* taskKillGracePeriodSeconds, or APP_KILL_GRACE_NS */

    const char *const *ignored; /* what was accepted and is not acted upon yet, as JSON pointers */
    uint32_t           ignored_count;
};

enum { APP_VOLUMES_MAX = 64 }; /* a limit of ours: a part of a volume is numbered in a byte */

enum { APP_PRIORITY_MIN = -1000, APP_PRIORITY_MAX = 1000 };

/* Mesos' executor default when the app names none. */
#define APP_KILL_GRACE_NS SEC(5)

/*
 * Reads one app definition. Mistakes go to diags (errors, or warnings for what is accepted but
 * odd), each at prefix + its own pointer. The result is NULL when there was an error.
 */
const struct app_spec *app_read(const struct json_t *json, const struct diag_source *source,
                                const char *prefix, struct arena *arena, struct diag_list *diags);

/*
 * Reads an app, a group of apps (flattened, ids made absolute) or an array of apps.
 * A pod definition is refused with a sentence of its own. Results: struct app_spec * in specs.
 */
void app_read_document(const struct json_t *json, const struct diag_source *source,
                       const char *prefix, struct arena *arena, struct diag_list *diags,
                       struct vec *specs);

/*
 * The spec of a canonical definition that was made by app_read: never fails but by a damaged text.
 */
const struct app_spec *app_load(const char *json, size_t len, struct arena *arena);

/* prefix and name as the name of a variable: upper case; what it cannot hold becomes '_'. */
char *app_environment_name(struct arena *arena, const char *prefix, const char *name);

/* The value of a label, or NULL. */
const char *app_label(const struct app_spec *spec, const char *key);

/* Whether anything but the number of instances differs: then an update restarts tasks. */
bool app_differs(const struct app_spec *a, const struct app_spec *b);

/*
 * Whether b takes a's place without new tasks: its label REHEARSAL_IN_PLACE is "true", and only
 * labels and what the platform alone acts upon differ: upgradeStrategy, backoff, killSelection,
 * unreachableStrategy, dependencies, taskKillGracePeriodSeconds. What a task was told at its start
 * (MARATHON_APP_LABELS) stays.
 */
bool app_changes_in_place(const struct app_spec *a, const struct app_spec *b);

/* Whether the persistent volumes of a resident app and those of its next version are the same. */
bool app_volumes_are_same(const struct app_spec *a, const struct app_spec *b);

/* The canonical definition, indented by two, with a line end. */
char *app_print(const struct app_spec *spec, struct arena *arena);

#endif
