/*
 * platform/api/change.h - puts a definition into force: what a request for one app, and one for
 * many, do alike.
 */
#ifndef PLATFORM_API_CHANGE_H
#define PLATFORM_API_CHANGE_H

#include "platform/model/cluster.h"
#include "platform/wire/messages.h"

#define CHANGE_LOCKED                                                                              \
    "App is locked by one or more deployments. Override with the option '?force=true'."

struct change {
    const struct app_spec      *spec;
    const struct strategy_spec *strategy; /* NULL: Marathon's rolling restart */
    uint64_t                    request;
    uint64_t                    plan; /* 0: alone */
    uint32_t                    layer;
};

/* The running deployment makes room for a forced one, or holds the lock. */
bool change_unlock(struct cluster_app *app, bool force);

/* Whether the definition would change nothing at all. app may be NULL: it is new. */
bool change_is_none(const struct cluster_app *app, const struct app_spec *spec);

/* Why instances that are bound to volumes cannot become that, or not in this way; NULL: they can.
 * app may be NULL: it is new. */
const char *change_residency_refusal(const struct cluster_app *app, const struct app_spec *spec,
                                     const struct strategy_spec *strategy);

/* Takes the definition: a new app, a restart, a change of size or, when nothing but what its tasks
 * never see has changed and the app says so, a change in place. The app is unlocked. */
struct cluster_app *change_take(struct cluster *cluster, const struct change *change);

/* The wanted version and size of the app are set: their deployment begins. */
void change_deploy(struct cluster_app *app, uint64_t version_old, uint32_t instances_old,
                   bool restarts, const struct change *change);

/* --- a list of apps, as one plan --- */
void groups_put(struct cluster *cluster, env_address from, const struct msg_api_request *request);

/* --- runs of apps that run their tasks once --- */
void runs_take(struct cluster *cluster, env_address from, const struct msg_api_request *request);

/* Of apps.c and groups.c. */
void apps_answer(struct cluster *cluster, env_address to, const struct msg_api_request *request,
                 const struct cluster_app *app, enum status status, const char *text);
const struct strategy_spec *apps_strategy(const struct msg_api_request *request,
                                          struct arena *scratch, struct diag_list *diags);
const char *apps_first_error(const struct diag_list *diags, struct arena *scratch);
bool apps_answered_again(struct cluster *cluster, env_address to,
                         const struct msg_api_request *request, const struct cluster_app *app);

#endif
