/* fakes/store/store.c - the store port of a simulated process: what was acknowledged survives. */
#include "fakes/store/store.h"

#include "fakes/store/table.h"
#include "platform/base/memory.h"

enum { FAKE_STORE_TABLES_MAX = 16 };

struct store_write {
    uint64_t id;
    uint32_t table;
    uint32_t record; /* handle, owned until applied; 0 deletes */
};

/* One transaction on its way. */
struct store_txn {
    struct store_txn        *next;
    struct fake_store       *store;
    struct env_store_commit *commit; /* of the process that made it: gone when that dies */
    struct world_process    *process;
    struct store_write      *writes; /* owned */
    uint32_t                 writes_count;
    bool                     compares;
    uint32_t                 compare_table;
    uint64_t                 compare_id;
    uint64_t                 compare_revision;
    enum status              planned; /* ST_OK, or the fault drawn for it */
    bool                     follows; /* one that was not written: it fails with that one */
    world_event              event;
};

struct fake_store {
    struct world             *world; /* borrowed */
    struct fake_store_options options;
    struct table              tables[FAKE_STORE_TABLES_MAX];
    struct table_records      records; /* of the tables and of what is on its way */
    struct store_txn         *first, *last; /* on their way, oldest first */
    int64_t                   due_at_ns;    /* of the last one: they stay in order */
    uint64_t                  revision;
    uint64_t                  commits;
    struct rng                rng;
    struct arena              scratch; /* of what is decoded */
};

struct fake_store *
fake_store_open(struct world *world, const struct fake_store_options *options)
{
    struct fake_store *store = memory_alloc_zero(1, sizeof *store);
    store->world = world;
    store->options = *options;
    if (store->options.commit_ns_max == 0) {
        store->options.commit_ns_min = FAKE_STORE_COMMIT_NS_MIN;
        store->options.commit_ns_max = FAKE_STORE_COMMIT_NS_MAX;
    }
    if (store->options.range_ns == 0) {
        store->options.range_ns = FAKE_STORE_RANGE_NS;
    }
    for (uint32_t i = 0; i < FAKE_STORE_TABLES_MAX; i++) {
        table_init(&store->tables[i]);
    }
    table_records_init(&store->records, world_poison(world));
    world_stream(world, 0, "store", &store->rng);
    arena_init(&store->scratch, world_poison(world));
    return store;
}

static void
store_txn_free(struct store_txn *txn)
{
    for (uint32_t i = 0; i < txn->writes_count; i++) {
        if (txn->writes[i].record != 0) {
            heap_give(&txn->store->records.heap, txn->writes[i].record);
        }
    }
    memory_free(txn->writes);
    memory_free(txn);
}

static struct store_txn *
store_txn_shift(struct fake_store *store)
{
    struct store_txn *txn = store->first;
    store->first = txn->next;
    if (store->first == NULL) {
        store->last = NULL;
    }
    return txn;
}

void
fake_store_close(struct fake_store *store)
{
    if (store == NULL) {
        return;
    }
    while (store->first != NULL) {
        store_txn_free(store_txn_shift(store));
    }
    for (uint32_t i = 0; i < FAKE_STORE_TABLES_MAX; i++) {
        table_fini(&store->tables[i]);
    }
    table_records_fini(&store->records);
    arena_fini(&store->scratch);
    memory_free(store);
}

/* Makes it durable, or finds that its compare fails. */
static enum status
store_apply(struct fake_store *store, struct store_txn *txn)
{
    if (txn->compares) {
        const uint32_t record = table_find(&store->tables[txn->compare_table], txn->compare_id);
        const uint64_t revision =
            record != 0 ? table_record_at(&store->records, record)->revision : 0;
        if (revision != txn->compare_revision) {
            return ST_CONFLICT;
        }
    }
    ASSERT(store->revision < UINT32_MAX);
    store->revision++;
    for (uint32_t i = 0; i < txn->writes_count; i++) {
        struct store_write *write = &txn->writes[i];
        struct table *table = &store->tables[write->table];
        if (write->record == 0) {
            table_delete(table, &store->records, write->id);
        } else {
            table_record_at(&store->records, write->record)->revision = (uint32_t)store->revision;
            table_put(table, &store->records, write->id, write->record);
            write->record = 0; /* the table owns it now */
        }
    }
    return ST_OK;
}

/* One was not written: what its process has called meanwhile builds on it. */
static void
store_fail_followers(struct fake_store *store, const struct world_process *process)
{
    for (struct store_txn *txn = store->first; txn != NULL; txn = txn->next) {
        if (txn->process == process) {
            txn->planned = ST_UNAVAILABLE;
            txn->follows = true;
        }
    }
}

static void
store_txn_due(struct world *world, void *context, uint64_t argument)
{
    (void)argument;
    struct store_txn *txn = context;
    struct fake_store *store = txn->store;
    ASSERT(txn == store->first);
    (void)store_txn_shift(store);
    enum status status = txn->planned;
    const char *message = "the store did not take it";
    if (status != ST_UNAVAILABLE) {
        const enum status applied = store_apply(store, txn);
        if (applied != ST_OK) {
            status = applied;
            message = "the record has changed";
        } else if (status == ST_TIMEOUT) {
            message = "no answer from the store";
        }
    }
    if (status != ST_OK && status != ST_TIMEOUT && !txn->follows) {
        store_fail_followers(store, txn->process);
    }
    struct env_store_commit *commit = txn->commit;
    commit->ret_revision = store->revision;
    world_trace_answer(world, txn->process, "store.commit", store->revision, status);
    store_txn_free(txn);
    env_op_complete(&commit->op, status, status == ST_OK ? "" : message);
}

void
fake_store_crash(struct fake_store *store)
{
    uint32_t count = 0;
    for (const struct store_txn *txn = store->first; txn != NULL; txn = txn->next) {
        count++;
    }
    uint32_t written = count > 0 ? rng_below(&store->rng, count + 1) : 0;
    while (store->first != NULL) {
        struct store_txn *txn = store_txn_shift(store);
        world_cancel(store->world, txn->event);
        const bool taken = written > 0 && txn->planned != ST_UNAVAILABLE &&
                           store_apply(store, txn) == ST_OK;
        written = taken ? written - 1 : 0;
        store_txn_free(txn);
    }
}

/*
 * What the store keeps of a record: a copy, made through its encoding where the world asks for it.
 */
static uint32_t
store_copy(struct fake_store *store, const struct env_store_write *write)
{
    if (!world_wire_encoded(store->world)) {
        return table_record_make(&store->records, write->type, write->record);
    }
    struct strbuf bytes = { 0 };
    void *decoded = NULL;
    record_encode(write->type, write->record, &bytes);
    const enum status status =
        record_decode(write->type, bytes.text, bytes.len, &store->scratch, &decoded);
    ASSERT(status == ST_OK); /* it was encoded just now */
    strbuf_fini(&bytes);
    const uint32_t made = table_record_make(&store->records, write->type, decoded);
    arena_reset(&store->scratch);
    return made;
}

void
fake_store_preload(struct fake_store *store, uint32_t table, uint64_t id,
                   const struct record_type *type, const void *record)
{
    const struct env_store_write write = { .table = table, .id = id, .type = type,
                                           .record = record };
    ASSERT(table < FAKE_STORE_TABLES_MAX);
    ASSERT(store->commits == 0 && store->first == NULL);
    store->revision = 1;
    const uint32_t made = store_copy(store, &write);
    table_record_at(&store->records, made)->revision = (uint32_t)store->revision;
    table_put(&store->tables[table], &store->records, id, made);
}

static enum status
store_plan(struct fake_store *store)
{
    const struct fake_store_options *options = &store->options;
    store->commits++;
    if (store->commits == options->commit_fail_nth ||
        rng_chance(&store->rng, options->commit_fail_ppm)) {
        return ST_UNAVAILABLE;
    }
    return rng_chance(&store->rng, options->commit_lost_ppm) ? ST_TIMEOUT : ST_OK;
}

static void
fake_store_commit(struct env_store *port, struct env_store_commit *commit)
{
    struct fake_store_port *self = container_of(port, struct fake_store_port, port);
    struct fake_store *store = self->store;
    struct store_txn *txn = memory_alloc_zero(1, sizeof *txn);
    *txn = (struct store_txn){ .store = store,
                               .commit = commit,
                               .process = self->process,
                               .writes_count = commit->writes_count,
                               .compares = commit->compares,
                               .compare_table = commit->compare_table,
                               .compare_id = commit->compare_id,
                               .compare_revision = commit->compare_revision,
                               .planned = store_plan(store) };
    txn->writes = memory_alloc_zero(commit->writes_count, sizeof *txn->writes);
    uint64_t hash = commit->writes_count;
    for (uint32_t i = 0; i < commit->writes_count; i++) {
        const struct env_store_write *write = &commit->writes[i];
        ASSERT(write->table < FAKE_STORE_TABLES_MAX);
        txn->writes[i] = (struct store_write){ .table = write->table, .id = write->id };
        hash = hash_step(hash, (uint64_t)write->table << 56 ^ write->id);
        if (write->record != NULL) {
            hash = record_hash(write->type, write->record, hash);
            txn->writes[i].record = store_copy(store, write);
        }
    }
    world_trace_call(store->world, self->process, "store.commit", commit->writes_count, hash);
    if (store->last != NULL) {
        store->last->next = txn;
    } else {
        store->first = txn;
    }
    store->last = txn;
    const int64_t at_ns =
        world_now(store->world) +
        rng_between(&store->rng, store->options.commit_ns_min, store->options.commit_ns_max);
    store->due_at_ns = int64_max(store->due_at_ns, at_ns);
    txn->event = world_at(store->world, store->due_at_ns, WORLD_CLASS_ANSWER, NULL, store_txn_due,
                          txn, 0);
}

static void
store_range_due(struct world *world, void *context, uint64_t argument)
{
    struct env_store_range *range = context;
    struct fake_store *store = (struct fake_store *)(uintptr_t)argument;
    const struct table *table = &store->tables[range->table];
    enum status status = ST_OK;
    uint64_t rows = 0;
    struct arena unpacked;
    arena_init(&unpacked, world_poison(world));
    uint64_t id = 0;
    for (uint32_t at = table_next(table, range->first_id, &id); at != 0 && id <= range->last_id;
         at = id < range->last_id ? table_next(table, id + 1, &id) : 0) {
        const struct table_record *record = table_record_at(&store->records, at);
        if (store->records.types[record->type] != range->type) {
            status = ST_INVALID;
            break;
        }
        rows++;
        range->row(range, id, record->revision,
                   record_unpack(range->type, record->packed, &unpacked));
        arena_reset(&unpacked);
    }
    arena_fini(&unpacked);
    world_trace_answer(world, NULL, "store.range", rows, status);
    env_op_complete(&range->op, status, status == ST_OK ? "" : "a record of another type");
}

static void
fake_store_range(struct env_store *port, struct env_store_range *range)
{
    struct fake_store_port *self = container_of(port, struct fake_store_port, port);
    struct fake_store *store = self->store;
    ASSERT(range->table < FAKE_STORE_TABLES_MAX);
    world_trace_call(store->world, self->process, "store.range", range->table, range->first_id);
    (void)world_at(store->world, world_now(store->world) + store->options.range_ns,
                   WORLD_CLASS_ANSWER, self->process, store_range_due, range,
                   (uint64_t)(uintptr_t)store);
}

static const struct env_store_ops fake_store_ops = { .name = "fake",
                                                     .commit = fake_store_commit,
                                                     .range = fake_store_range };

void
fake_store_port_init(struct fake_store_port *port, struct fake_store *store,
                     struct world_process *process)
{
    *port = (struct fake_store_port){ .port.ops = &fake_store_ops,
                                      .store = store,
                                      .process = process };
}

uint64_t
fake_store_moves(const struct fake_store *store)
{
    return store->commits + store->revision;
}

uint32_t
fake_store_count(const struct fake_store *store, uint32_t table)
{
    ASSERT(table < FAKE_STORE_TABLES_MAX);
    return store->tables[table].count;
}
