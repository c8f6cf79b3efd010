/* platform/cli/rundb_samples.c - the series of run.db: samples of apps, machines and services. */
#include "platform/cli/rundb_row.h"

void
rundb_app_samples(struct rundb *rundb)
{
    rundb_begin_many(rundb, "INSERT INTO app_samples VALUES (?,?,?,?,?,?,?)",
                     rundb->app_samples.count);
    for (uint32_t i = 0; i < rundb->app_samples.count; i++) {
        const struct result_app_sample *sample = vec_at(&rundb->app_samples, i);
        rundb_int(rundb, sample->at_ns);
        rundb_text(rundb, *(const char **)vec_at(&rundb->app_names, i));
        rundb_int(rundb, sample->wanted);
        rundb_int(rundb, sample->healthy);
        rundb_int(rundb, sample->healthy_min);
        rundb_int(rundb, sample->running);
        rundb_int(rundb, sample->pending);
        rundb_next(rundb);
    }
    rundb_end(rundb);
}

void
rundb_samples(struct rundb *rundb)
{
    const struct results *results = rundb->results;
    rundb_begin(rundb, "INSERT INTO cluster_samples VALUES (?,?,?,?,?,?,?,?,?)");
    for (uint32_t i = 0; i < results->cluster_samples.count; i++) {
        const struct result_cluster_sample *sample = vec_at(&results->cluster_samples, i);
        rundb_int(rundb, sample->at_ns);
        rundb_int(rundb, sample->nodes_up);
        rundb_int(rundb, sample->nodes_ready);
        rundb_int(rundb, sample->cpu_milli);
        rundb_int(rundb, sample->cpu_milli_used);
        rundb_int(rundb, sample->mem_bytes);
        rundb_int(rundb, sample->mem_bytes_used);
        rundb_int(rundb, sample->gpu_milli);
        rundb_int(rundb, sample->gpu_milli_used);
        rundb_next(rundb);
    }
    rundb_end(rundb);
}

void
rundb_services(struct rundb *rundb)
{
    const struct results *results = rundb->results;
    rundb_begin(rundb, "INSERT INTO service_samples VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    for (uint32_t i = 0; i < results->service_samples.count; i++) {
        const struct result_service_sample *sample = vec_at(&results->service_samples, i);
        rundb_int(rundb, sample->at_ns);
        rundb_name(rundb, sample->service);
        rundb_int(rundb, (int64_t)sample->requests);
        for (uint32_t o = 0; o < REQUEST_OUTCOME_COUNT; o++) {
            rundb_int(rundb, (int64_t)sample->outcomes[o]);
        }
        rundb_int(rundb, sample->mean_ns);
        rundb_int(rundb, sample->p50_ns);
        rundb_int(rundb, sample->p90_ns);
        rundb_int(rundb, sample->p99_ns);
        rundb_int(rundb, sample->max_ns);
        rundb_int(rundb, sample->retries);
        rundb_next(rundb);
    }
    rundb_end(rundb);
    rundb_begin(rundb, "INSERT INTO service_apps VALUES (?,?)");
    for (uint32_t i = 0; i < results->service_apps.count; i++) {
        const struct result_service_app *serves = vec_at(&results->service_apps, i);
        rundb_name(rundb, serves->service);
        rundb_name(rundb, serves->app);
        rundb_next(rundb);
    }
    rundb_end(rundb);
    rundb_begin(rundb, "INSERT INTO services VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    for (uint32_t i = 0; i < results->services.count; i++) {
        const struct result_service *service = vec_at(&results->services, i);
        const struct sketch *latency = &service->latency;
        rundb_name(rundb, service->service);
        rundb_int(rundb, (int64_t)service->requests);
        for (uint32_t o = 0; o < REQUEST_OUTCOME_COUNT; o++) {
            rundb_int(rundb, (int64_t)service->outcomes[o]);
        }
        rundb_int(rundb, sketch_mean_ns(latency));
        rundb_int(rundb, sketch_quantile_ns(latency, 500000));
        rundb_int(rundb, sketch_quantile_ns(latency, 900000));
        rundb_int(rundb, sketch_quantile_ns(latency, 990000));
        rundb_int(rundb, sketch_quantile_ns(latency, 999000));
        rundb_int(rundb, latency->max_ns);
        rundb_int(rundb, (int64_t)(service->requests + service->retries));
        rundb_int(rundb, (int64_t)service->retries);
        rundb_int(rundb, service->is_class);
        rundb_next(rundb);
    }
    rundb_end(rundb);
}
