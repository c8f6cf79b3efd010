/* sim/results.c - the memory of what a run leaves. */
#include "sim/results.h"

void
results_init(struct results *results, struct arena *arena, int64_t sample_ns)
{
    ASSERT(sample_ns > 0);
    *results = (struct results){ .arena = arena, .sample_ns = sample_ns };
    intern_init(&results->names);
    vec_init(&results->events, sizeof(struct result_event));
    vec_init(&results->nodes, sizeof(struct result_node));
    vec_init(&results->tasks, sizeof(struct result_task));
    vec_init(&results->deployments, sizeof(struct result_deployment));
    vec_init(&results->rollouts, sizeof(struct result_rollout));
    vec_init(&results->analyses, sizeof(struct result_analysis));
    vec_init(&results->apps, sizeof(struct result_app));
    vec_init(&results->pending, sizeof(struct result_pending));
    vec_init(&results->app_samples, sizeof(struct result_app_sample));
    vec_init(&results->service_samples, sizeof(struct result_service_sample));
    vec_init(&results->cluster_samples, sizeof(struct result_cluster_sample));
    vec_init(&results->roles, sizeof(struct result_role));
    vec_init(&results->role_samples, sizeof(struct result_role_sample));
    vec_init(&results->services, sizeof(struct result_service));
    vec_init(&results->servers, sizeof(struct result_server));
    vec_init(&results->service_apps, sizeof(struct result_service_app));
    vec_init(&results->faults, sizeof(struct result_fault));
    vec_init(&results->expectations, sizeof(struct result_expectation));
    vec_init(&results->invariants, sizeof(struct result_invariant));
}

void
results_fini(struct results *results)
{
    vec_fini(&results->invariants);
    vec_fini(&results->expectations);
    vec_fini(&results->faults);
    vec_fini(&results->service_apps);
    vec_fini(&results->servers);
    vec_fini(&results->services);
    vec_fini(&results->role_samples);
    vec_fini(&results->roles);
    vec_fini(&results->cluster_samples);
    vec_fini(&results->service_samples);
    vec_fini(&results->app_samples);
    vec_fini(&results->pending);
    vec_fini(&results->apps);
    vec_fini(&results->analyses);
    vec_fini(&results->rollouts);
    vec_fini(&results->deployments);
    vec_fini(&results->tasks);
    vec_fini(&results->nodes);
    vec_fini(&results->events);
    intern_fini(&results->names);
}
