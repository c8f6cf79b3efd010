/*
 * platform/balancer/route_apps.h - what each app contributes to the routes: its labels, read once a
 * version, and what it gets of that when others ask for the same.
 */
#ifndef PLATFORM_BALANCER_ROUTE_APPS_H
#define PLATFORM_BALANCER_ROUTE_APPS_H

#include "platform/balancer/route_claims.h"
#include "platform/balancer/route_labels.h"
#include "platform/model/cluster_split.h"

/* A service that the wanted version has no more, while instances of older ones still end their
 * requests: it stays named, and nothing new gets to it. */
struct route_dropped {
    char                            *name; /* owned */
    const struct env_balance_policy *policy;
    uint32_t                         policy_argument;
    uint32_t                         port_index;
    bool                             http;
};

struct route_app {
    uint64_t            version; /* of the labels; 0: none */
    uint64_t            split;   /* a hash of how its requests are split and measured, as last
                                  * looked at */
    struct arena        arena;   /* of labels and claims */
    struct route_labels labels;
    struct route_claim *claims;  /* a service's each */
    struct vec          dropped; /* struct route_dropped */
    uint32_t            instances;    /* wanted, when last looked at */
    int64_t             scaled_at_ns; /* when that was last changed */
    uint32_t            newer;    /* index + 1 of the app that takes over from it, 0: none */
    bool                is_newer; /* its instances stand in the services of another app */
    bool                is_third; /* its deployment group has two apps without it */
};

struct route_apps {
    struct cluster *cluster; /* borrowed */
    struct vec      apps;    /* struct route_app *, by cluster_app.index - 1; NULL: none */
    struct arena    settled; /* texts of the claims */
    bool            unsettled;
};

void route_apps_init(struct route_apps *apps, struct cluster *cluster);
void route_apps_fini(struct route_apps *apps);

/*
 * Reads the labels when they are another version's: the wanted one's, or while requests are split
 * that of the instances which do not stand apart. Notes that routes must be made.
 */
void route_apps_look(struct route_apps *apps, struct cluster_app *app);

/* The number under which the app's services are measured: the deployment that is judged by them.
 * 0: none. */
uint64_t route_apps_measured(const struct cluster_app *app);

/* Settles what changed since the last time: groups, and who gets what. Before each generation. */
void route_apps_settle(struct route_apps *apps);

/* NULL when the app is gone, or has never been looked at. */
struct route_app *route_apps_at(const struct route_apps *apps, uint32_t index);
struct cluster_app *route_apps_owner(const struct route_apps *apps, uint32_t index);

#endif
