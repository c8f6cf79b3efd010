/* platform/cli/rundb_roles.c - the roles of run.db, and what each had over time. */
#include "platform/cli/rundb_row.h"

void
rundb_roles(struct rundb *rundb)
{
    const struct results *results = rundb->results;
    rundb_begin(rundb, "INSERT INTO roles VALUES (?,?,?,?,?,?,?,?,?,?)");
    for (uint32_t i = 0; i < results->roles.count; i++) {
        const struct result_role *role = vec_at(&results->roles, i);
        rundb_name(rundb, role->name);
        rundb_int(rundb, role->weight_milli);
        for (uint32_t amount = 0; amount < AMOUNT_COUNT; amount++) {
            rundb_int(rundb, role->guarantee.of[amount]);
        }
        for (uint32_t amount = 0; amount < AMOUNT_COUNT; amount++) {
            const int64_t limit = role->limit.of[amount];
            rundb_at(rundb, limit == AMOUNT_NO_LIMIT ? -1 : limit); /* none is NULL */
        }
        rundb_next(rundb);
    }
    rundb_end(rundb);
    rundb_begin_many(rundb, "INSERT INTO role_samples VALUES (?,?,?,?,?,?,?,?)",
                     results->role_samples.count);
    for (uint32_t i = 0; i < results->role_samples.count; i++) {
        const struct result_role_sample *sample = vec_at(&results->role_samples, i);
        const struct result_role        *role = vec_at(&results->roles, sample->role);
        rundb_int(rundb, sample->at_ns);
        rundb_name(rundb, role->name);
        rundb_int(rundb, sample->share_ppm);
        rundb_int(rundb, sample->waiting);
        for (uint32_t amount = 0; amount < AMOUNT_COUNT; amount++) {
            rundb_int(rundb, sample->has.of[amount]);
        }
        rundb_next(rundb);
    }
    rundb_end(rundb);
}
