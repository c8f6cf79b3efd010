/* platform/cli/deploy_seed.c - one seed of a rehearsal: played, and what it came to. */
#include "platform/cli/deploy_seed.h"

#include <string.h>

#include <jansson.h>

#include "platform/cli/assert_report.h"
#include "platform/cli/run_one.h"
#include "platform/model/deployment.h"
#include "reports/escape.h"
#include "sim/snapshot.h"
#include "sim/world.h"

#define PPB INT64_C(1000000000)

static void
put(json_t *seed, enum seed_number number, int64_t value)
{
    (void)json_object_set_new(seed, seed_numbers[number].key, json_integer(value));
}

static const char *
name_of(const struct results *results, uint32_t id)
{
    return id == 0 ? "" : intern_text(&results->names, id);
}

static const struct deploy_change *
change_of(const struct vec *changes, const char *app)
{
    for (uint32_t i = 0; i < changes->count; i++) {
        const struct deploy_change *change = vec_at(changes, i);
        if (strcmp(change->spec->id, app) == 0) {
            return change;
        }
    }
    return NULL;
}

/* --- what failed --- */

/* A sentence that was cut may end in half a character. */
static json_t *
text_of(const char *text)
{
    struct strbuf whole = { 0 };
    escape_json(&whole, text != NULL ? text : "");
    json_t *json = json_string(strbuf_text(&whole));
    strbuf_fini(&whole);
    return json;
}

static void
add_failed(json_t *failed, const char *id, const char *about, const char *detail)
{
    (void)json_array_append_new(failed, json_pack("{s:o, s:o, s:o}", "id", text_of(id), "about",
                                                  text_of(about), "detail", text_of(detail)));
}

static json_t *
failed_of(const struct results *results)
{
    json_t *failed = json_array();
    for (uint32_t i = 0; i < results->invariants.count; i++) {
        const struct result_invariant *invariant = vec_at(&results->invariants, i);
        if (invariant->outcome != OUTCOME_PASSED) {
            add_failed(failed, arena_printf(results->arena, "invariant %s", invariant->id),
                       invariant->about, invariant->detail);
        }
    }
    for (uint32_t i = 0; i < results->expectations.count; i++) {
        const struct result_expectation *expectation = vec_at(&results->expectations, i);
        if (expectation->outcome != OUTCOME_PASSED) {
            add_failed(failed, expectation->id, expectation->about, expectation->detail);
        }
    }
    if (results->outcome != OUTCOME_PASSED && results->error != NULL) {
        add_failed(failed, "run", "Every step is taken, and all is well at the end.",
                   results->error);
    }
    return failed;
}

/* --- what users felt --- */

static json_t *
services_of(json_t *seed, const struct results *results)
{
    json_t  *services = json_array();
    uint64_t judged_all = 0;
    uint64_t ok_all = 0;
    int64_t  p99_ns = 0;
    for (uint32_t i = 0; i < results->services.count; i++) {
        const struct result_service *service = vec_at(&results->services, i);
        const uint64_t              *outcomes = service->outcomes;
        if (service->is_class) {
            continue; /* counted in its line's row too */
        }
        const uint64_t judged = result_service_judged(service);
        const uint64_t ok = outcomes[REQUEST_OK];
        const int64_t  slow_ns = sketch_quantile_ns(&service->latency, PPM / 100 * 99);
        const uint64_t lost = outcomes[REQUEST_RESET] + outcomes[REQUEST_REFUSED] +
                              outcomes[REQUEST_NO_SERVER] + outcomes[REQUEST_NO_ROUTE];
        judged_all += judged;
        ok_all += ok;
        p99_ns = int64_max(p99_ns, slow_ns);
        (void)json_array_append_new(
            services,
            json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "to",
                      name_of(results, service->service), "requests", (json_int_t)judged, "failed",
                      (json_int_t)(judged - ok), "lost", (json_int_t)lost, "availability_ppb",
                      (json_int_t)(judged == 0 ? -1 : (int64_t)(ok * (uint64_t)PPB / judged)),
                      "p50_ns", (json_int_t)sketch_quantile_ns(&service->latency, PPM / 2),
                      "p99_ns", (json_int_t)slow_ns));
    }
    put(seed, SEED_AVAILABILITY,
        judged_all == 0 ? -1 : (int64_t)(ok_all * (uint64_t)PPB / judged_all));
    put(seed, SEED_FAILED, (int64_t)(judged_all - ok_all));
    put(seed, SEED_P99, p99_ns);
    (void)json_object_set_new(seed, "requests", json_integer((json_int_t)judged_all));
    return services;
}

/* --- how it went, and what it cost --- */

static json_t *
deployments_of(json_t *seed, const struct results *results, const struct vec *changes,
               int64_t deploy_ns)
{
    json_t *deployments = json_array();
    int64_t took_ns = -1;
    for (uint32_t i = 0; i < results->deployments.count; i++) {
        const struct result_deployment *deployment = vec_at(&results->deployments, i);
        const char                     *app = name_of(results, deployment->app);
        if (change_of(changes, app) == NULL || deployment->from_at_ns < deploy_ns) {
            continue; /* of another app, or begun before */
        }
        const bool    ended = deployment->to_at_ns >= 0;
        const int64_t this_ns = ended ? deployment->to_at_ns - deployment->from_at_ns : -1;
        const bool    any = json_array_size(deployments) > 0;
        took_ns = !ended || (any && took_ns < 0)
                      ? -1
                      : int64_max(took_ns, deployment->to_at_ns - deploy_ns);
        (void)json_array_append_new(
            deployments,
            json_pack("{s:s, s:s, s:s, s:o, s:I, s:I}", "app", app, "strategy",
                      name_of(results, deployment->strategy), "outcome",
                      deployment_state_name((enum deployment_state)deployment->state), "waits_for",
                      text_of(ended ? "" : name_of(results, deployment->waits_for)), "from_ns",
                      (json_int_t)deployment->from_at_ns, "took_ns", (json_int_t)this_ns));
    }
    put(seed, SEED_TOOK, took_ns);
    return deployments;
}

static void
put_costs(json_t *seed, const struct results *results, const struct scenario *cluster,
          int64_t deploy_ns)
{
    const int64_t length_ns = results->simulated_ns;
    int64_t       up_ns = 0;
    int64_t       cpu_before = 0;
    int64_t       cpu_extra = 0; /* thousandths of a core, times sample_ns */
    for (uint32_t i = 0; i < results->nodes.count; i++) {
        up_ns += ((const struct result_node *)vec_at(&results->nodes, i))->up_ns;
    }
    for (uint32_t i = 0; i < results->cluster_samples.count; i++) {
        const struct result_cluster_sample *sample = vec_at(&results->cluster_samples, i);
        if (sample->at_ns <= deploy_ns) {
            cpu_before = sample->cpu_milli_used;
        } else {
            cpu_extra += int64_max(sample->cpu_milli_used - cpu_before, 0);
        }
    }
    put(seed, SEED_MACHINES, results->nodes_max);
    put(seed, SEED_MACHINE_TIME, int64_max(up_ns - length_ns * cluster->nodes_count, 0));
    put(seed, SEED_CPU_TIME, cpu_extra * (results->sample_ns / NS_PER_MS) / 1000);
}

/* The fewest healthy, as a share of what was wanted before. */
static void
put_healthy(json_t *seed, const struct results *results, const struct vec *changes,
            int64_t deploy_ns)
{
    int64_t least_ppm = PPM;
    for (uint32_t i = 0; i < results->app_samples.count; i++) {
        const struct result_app_sample *sample = vec_at(&results->app_samples, i);
        const struct deploy_change     *change = change_of(changes, name_of(results, sample->app));
        if (change == NULL || change->old == NULL || change->old->instances == 0 ||
            sample->at_ns <= deploy_ns) {
            continue;
        }
        least_ppm = int64_min(least_ppm,
                              (int64_t)sample->healthy_min * PPM / change->old->instances);
    }
    put(seed, SEED_HEALTHY, least_ppm);
}

static json_t *
faults_of(const struct results *results)
{
    json_t *faults = json_array();
    for (uint32_t i = 0; i < results->faults.count; i++) {
        const struct result_fault *fault = vec_at(&results->faults, i);
        if (fault->is_fault) {
            (void)json_array_append_new(
                faults, json_pack("{s:I, s:s, s:o}", "at_ns", (json_int_t)fault->at_ns, "verb",
                                  fault->verb, "target", text_of(fault->target)));
        }
    }
    return faults;
}

static const char *
outcome_name(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_PASSED:
        return "passed";
    case OUTCOME_FAILED:
        return "failed";
    case OUTCOME_ERROR:
        return "error";
    }
    return "error";
}

static json_t *
seed_of(const struct results *results, const struct scenario *scenario, uint64_t number,
        const struct vec *changes)
{
    const int64_t deploy_ns = scenario->snapshot->warm_up_ns;
    json_t       *seed = json_pack("{s:I, s:s}", "seed", (json_int_t)number, "outcome",
                                   outcome_name(results->outcome));
    (void)json_object_set_new(seed, "failed", failed_of(results));
    (void)json_object_set_new(seed, "services", services_of(seed, results));
    (void)json_object_set_new(seed, "deployments",
                              deployments_of(seed, results, changes, deploy_ns));
    put_costs(seed, results, scenario, deploy_ns);
    put_healthy(seed, results, changes, deploy_ns);
    (void)json_object_set_new(seed, "faults", faults_of(results));
    char hash[17];
    (void)snprintf(hash, sizeof hash, "%016llx", (unsigned long long)results->trace_hash);
    (void)json_object_set_new(seed, "trace_hash", json_string(hash));
    return seed;
}

static int64_t
seed_now(void *context)
{
    const struct world *world = context;
    return world_now(world) - world->scenario->start_at_ns;
}

static bool
seed_stop(void *context)
{
    (void)context;
    return run_one_stop();
}

json_t *
deploy_seed_play(const struct scenario *scenario, uint64_t seed, const struct vec *changes,
                 const char *reproduce)
{
    struct scenario own = *scenario;
    own.seed = seed;
    struct world *world = world_open(
        &own, &(struct world_options){ .seed = seed, .wire_encoded = own.wire_encoded });
    assert_report_set(&(struct assert_report){ .reproduce = reproduce,
                                               .now_at_ns = seed_now,
                                               .context = world });
    world->interrupted = seed_stop;
    world_play(world);
    json_t *result = run_one_stop() ? NULL : seed_of(&world->run.results, &own, seed, changes);
    assert_report_set(&(struct assert_report){ 0 });
    world_close(world);
    return result;
}
