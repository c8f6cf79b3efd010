/* platform/cli/rundb_servers.c - the servers of run.db: what each got of its service. */
#include "platform/cli/rundb_row.h"

/* Requests by service: uint64_t at the service's interned name. */
static void
rundb_servers_sum(const struct results *results, struct vec *sums)
{
    for (uint32_t i = 0; i < results->servers.count; i++) {
        const struct result_server *server = vec_at(&results->servers, i);
        while (sums->count <= server->service) {
            (void)vec_push(sums);
        }
        *(uint64_t *)vec_at(sums, server->service) += server->requests;
    }
}

void
rundb_servers(struct rundb *rundb)
{
    const struct results *results = rundb->results;
    struct vec            sums;
    vec_init(&sums, sizeof(uint64_t));
    rundb_servers_sum(results, &sums);
    rundb_begin(rundb, "INSERT INTO servers VALUES (?,?,?,?,?,?,?,?,?,?)");
    for (uint32_t i = 0; i < results->servers.count; i++) {
        const struct result_server *server = vec_at(&results->servers, i);
        const uint64_t              all = *(const uint64_t *)vec_at(&sums, server->service);
        const uint64_t              answered = server->requests - server->failures;
        rundb_name(rundb, server->service);
        rundb_name(rundb, server->app);
        rundb_int(rundb, (int64_t)server->task);
        rundb_node(rundb, server->node);
        rundb_int(rundb, (int64_t)server->requests);
        rundb_int(rundb, (int64_t)server->errors);
        rundb_int(rundb, (int64_t)server->failures);
        rundb_int(rundb, (int64_t)server->ejections);
        rundb_int(rundb, answered > 0 ? server->latency_sum_ns / (int64_t)answered : 0);
        rundb_int(rundb, all > 0 ? (int64_t)(server->requests * PPM / all) : 0);
        rundb_next(rundb);
    }
    rundb_end(rundb);
    vec_fini(&sums);
}
