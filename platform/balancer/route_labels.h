/*
 * platform/balancer/route_labels.h - what an app's HAPROXY_* labels ask for.
 *
 * Source: marathon-lb 1.15 label documentation. Acted upon: HAPROXY_GROUP, HAPROXY_n_GROUP,
 *         _ENABLED, _VHOST, _PATH, _MODE, _BALANCE. Every other HAPROXY label is named in a
 *         warning.
 */
#ifndef PLATFORM_BALANCER_ROUTE_LABELS_H
#define PLATFORM_BALANCER_ROUTE_LABELS_H

#include "platform/base/strbuf.h"
#include "platform/env/proxy.h"
#include "platform/model/app.h"

/* One service of an app: one of its ports. Texts live in the arena given. */
struct label_service {
    const char                      *name; /* "web_10000", or "web_0" without a service port */
    const char                      *vhosts;
    const char                      *path;
    const struct env_balance_policy *policy;
    uint32_t                         policy_argument;
    uint32_t                         port_index;
    uint16_t                         port;
    bool                             http;
    int64_t                          check_interval_ns;
    uint32_t                         check_fall;
};

enum { LABEL_SERVICES_MAX = TASK_PORTS_MAX };

/*
 * The services of the app that belong to the group ("external"); a service with a bad label is left
 * out and named in warnings (one sentence a line).
 */
uint32_t route_labels_read(const struct app_spec *spec, const char *group, struct arena *arena,
                     struct label_service services[LABEL_SERVICES_MAX], struct strbuf *warnings);

#endif
