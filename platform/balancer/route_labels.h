/*
 * platform/balancer/route_labels.h - what an app's HAPROXY_* and REHEARSAL_* labels ask for.
 *
 * Source: marathon-lb 1.15, its label documentation; README.md lists every label and what becomes
 *         of it. The REHEARSAL_n_* labels are our own.
 * Errors: a label that cannot be acted upon is named in a warning, and only its app feels it. A bad
 *         value of a label that says who may get to a service (VHOST, PATH, PORT, SSL_CERT, AUTH,
 *         BACKEND_NETWORK_ALLOWED_ACL) leaves that service out: it must not be open to others than
 *         was meant. Any other bad value is ignored, as if the label were not there.
 * Memory: everything lives in the arena given, or in the spec.
 */
#ifndef PLATFORM_BALANCER_ROUTE_LABELS_H
#define PLATFORM_BALANCER_ROUTE_LABELS_H

#include "platform/base/arena.h"
#include "platform/env/proxy.h"
#include "platform/model/app.h"

/* One service of an app: one of its ports. */
struct label_service {
    struct env_service service; /* no endpoints; names only when asked for the inside */
    uint32_t           port_index;
    uint32_t           weight;           /* of each endpoint */
    int64_t            session_drain_ns; /* 0 unless sticky */
};

/* The app's part of a deployment group, as zdd writes it. */
struct label_group {
    const char *name;          /* "" when it is in none */
    int64_t     started_at_ns; /* 0 when not said */
    bool        has_target;
    uint32_t    target;        /* how many instances the group shall have in the end */
    uint32_t    new_instances; /* > 0: it shall stay between two versions */
};

#define LABEL_OF_APP UINT32_MAX

struct label_warning {
    const char *key;        /* of the label */
    const char *text;       /* "'a b' is not a list of host names; the service is left out" */
    uint32_t    port_index; /* the port that has the label, LABEL_OF_APP: the app has it */
};

struct label_options {
    const char *group;  /* of the proxies that are asked for: "external"; "*": any and none */
    bool        strict; /* only what has HAPROXY_n_ENABLED */
    bool        inside; /* ports of another group too, not external: inside callers reach them */
};

struct route_labels {
    struct label_service       *services;
    uint32_t                    services_count; /* 0..TASK_PORTS_MAX */
    struct label_group          group;
    const struct label_warning *warnings; /* the app's labels in their order, then its ports' */
    uint32_t                    warnings_count;
};

void route_labels_read(const struct app_spec *spec, const struct label_options *options,
                       struct arena *arena, struct route_labels *ret);

#endif
