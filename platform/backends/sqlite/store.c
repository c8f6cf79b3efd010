/* platform/backends/sqlite/store.c - the store port: a queue of work for one worker at a time. */
#include "platform/backends/sqlite/store.h"

#include "platform/backends/sqlite/db.h"
#include "platform/base/memory.h"

struct sqlite_store {
    struct real_loop *loop; /* borrowed */
    struct db db;           /* the worker's while busy */
    struct ring jobs;       /* struct sqlite_job, the first one is being worked on while busy */
    uv_work_t work;
    bool busy;
    bool closing;
};

struct sqlite_port {
    struct env_store base; /* first */
    struct real_item item;
    struct sqlite_store *store;   /* borrowed */
    struct real_process *process; /* borrowed */
};

/* One transaction or one read. Exactly one of commit and range is set. */
struct sqlite_job {
    struct ring link;
    struct real_item item;
    const struct sqlite_port *port; /* borrowed; compared only: it may be gone */
    bool orphan; /* its process died: nobody is answered */
    bool fails;  /* one that it builds on was not written */
    struct env_store_commit *commit;
    struct env_store_range *range;
    struct db_commit db_commit;
    struct db_range db_range;
    enum status status;
    struct error err;
};

static void store_next(struct sqlite_store *store);

static void
job_free(struct sqlite_job *job)
{
    vec_fini(&job->db_commit.writes);
    strbuf_fini(&job->db_commit.bytes);
    vec_fini(&job->db_range.rows);
    strbuf_fini(&job->db_range.bytes);
    memory_free(job);
}

static void
job_drop(struct real_item *item)
{
    struct sqlite_job *job = container_of(item, struct sqlite_job, item);
    job->orphan = true;
    job->commit = NULL;
    job->range = NULL;
}

/* On the worker's thread. */
static void
store_work(uv_work_t *work)
{
    struct sqlite_store *store = container_of(work, struct sqlite_store, work);
    struct sqlite_job *job = container_of(store->jobs.next, struct sqlite_job, link);
    if (job->db_range.rows.item_bytes > 0) {
        job->status = db_range(&store->db, &job->db_range, &job->err);
    } else if (job->fails) {
        job->status =
            error_set(&job->err, ST_UNAVAILABLE, "a transaction before it was not written");
    } else {
        job->status = db_commit(&store->db, &job->db_commit, &job->err);
    }
}

/* --- answers, on the loop --- */

static enum status
job_give_rows(struct sqlite_job *job, struct error *err)
{
    struct env_store_range *range = job->range;
    struct arena arena;
    enum status status = ST_OK;
    arena_init(&arena, 0);
    for (uint32_t i = 0; i < job->db_range.rows.count && status == ST_OK && !job->orphan; i++) {
        const struct db_row *row = vec_at(&job->db_range.rows, i);
        void *record = NULL;
        status = row->type != range->type->id
                     ? ST_INVALID
                     : record_decode(range->type, strbuf_text(&job->db_range.bytes) + row->at,
                                     row->len, &arena, &record);
        if (status == ST_OK) {
            range->row(range, row->id, row->revision, record);
            arena_reset(&arena);
        } else {
            (void)error_set(err, status, "record %llu of table %u is no %s",
                            (unsigned long long)row->id, range->table, range->type->name);
        }
    }
    arena_fini(&arena);
    return status;
}

static void
job_answer(struct sqlite_job *job)
{
    enum status status = job->status;
    if (job->range != NULL && status == ST_OK) {
        status = job_give_rows(job, &job->err);
    }
    if (job->orphan) {
        return;
    }
    real_item_remove(&job->item);
    struct env_op *op = job->range != NULL ? &job->range->op : &job->commit->op;
    if (job->commit != NULL && status == ST_OK) {
        job->commit->ret_revision = job->db_commit.ret_revision;
    }
    env_op_complete(op, status, status == ST_OK ? NULL : job->err.text);
}

/* One was not written: what its process has called meanwhile builds on it. */
static void
store_fail_followers(struct sqlite_store *store, const struct sqlite_port *port)
{
    for (struct ring *link = store->jobs.next; link != &store->jobs; link = link->next) {
        struct sqlite_job *job = container_of(link, struct sqlite_job, link);
        job->fails = job->fails || job->port == port;
    }
}

static void
store_finish(struct sqlite_store *store)
{
    db_close(&store->db);
    memory_free(store);
}

static void
store_worked(uv_work_t *work, int code)
{
    ASSERT(code == 0); /* nobody cancels it */
    struct sqlite_store *store = container_of(work, struct sqlite_store, work);
    struct sqlite_job *job = container_of(store->jobs.next, struct sqlite_job, link);
    ring_remove(&job->link);
    store->busy = false;
    if (job->status != ST_OK && !job->fails && job->db_range.rows.item_bytes == 0) {
        store_fail_followers(store, job->port);
    }
    store_next(store); /* the worker goes on while the answer is looked at */
    job_answer(job);
    job_free(job);
}

static void
store_next(struct sqlite_store *store)
{
    if (store->busy) {
        return;
    }
    if (!ring_is_empty(&store->jobs)) {
        store->busy = true;
        const int code = uv_queue_work(&store->loop->uv, &store->work, store_work, store_worked);
        ASSERT(code == 0);
    } else if (store->closing) {
        store_finish(store);
    }
}

/* --- the port --- */

static struct sqlite_job *
job_new(struct sqlite_port *port)
{
    struct sqlite_job *job = memory_alloc_zero(1, sizeof *job);
    ASSERT(!port->store->closing);
    job->port = port;
    real_scope_add(&port->process->scope, &job->item, job_drop);
    ring_push(&port->store->jobs, &job->link);
    return job;
}

static env_store_commit_fn sqlite_commit;
static env_store_range_fn sqlite_range;

static void
sqlite_commit(struct env_store *base, struct env_store_commit *commit)
{
    struct sqlite_port *port = container_of(base, struct sqlite_port, base);
    struct sqlite_job *job = job_new(port);
    job->commit = commit;
    struct db_commit *db_commit = &job->db_commit;
    *db_commit = (struct db_commit){.compares = commit->compares,
                                    .compare_table = commit->compare_table,
                                    .compare_id = commit->compare_id,
                                    .compare_revision = commit->compare_revision};
    vec_init(&db_commit->writes, sizeof(struct db_write));
    vec_reserve(&db_commit->writes, commit->writes_count);
    for (uint32_t i = 0; i < commit->writes_count; i++) {
        const struct env_store_write *from = &commit->writes[i];
        struct db_write *write = vec_push(&db_commit->writes);
        write->table = from->table;
        write->id = from->id;
        write->at = db_commit->bytes.len;
        if (from->record != NULL) {
            ASSERT(from->type->id != 0);
            write->type = from->type->id;
            record_encode(from->type, from->record, &db_commit->bytes);
        }
        write->len = db_commit->bytes.len - write->at;
    }
    store_next(port->store);
}

static void
sqlite_range(struct env_store *base, struct env_store_range *range)
{
    struct sqlite_port *port = container_of(base, struct sqlite_port, base);
    struct sqlite_job *job = job_new(port);
    job->range = range;
    job->db_range = (struct db_range){
        .table = range->table, .first_id = range->first_id, .last_id = range->last_id};
    vec_init(&job->db_range.rows, sizeof(struct db_row));
    store_next(port->store);
}

static const struct env_store_ops sqlite_store_ops = {
    .name = "sqlite",
    .commit = sqlite_commit,
    .range = sqlite_range,
};

static void
sqlite_port_drop(struct real_item *item)
{
    memory_free(container_of(item, struct sqlite_port, item));
}

struct env_store *
sqlite_store_port(struct sqlite_store *store, struct real_process *process)
{
    struct sqlite_port *port = memory_alloc_zero(1, sizeof *port);
    port->base.ops = &sqlite_store_ops;
    port->store = store;
    port->process = process;
    real_scope_add(&process->scope, &port->item, sqlite_port_drop);
    return &port->base;
}

enum status
sqlite_store_open(struct real_loop *loop, const char *path, struct sqlite_store **ret_store,
                  struct error *err)
{
    struct sqlite_store *store = memory_alloc_zero(1, sizeof *store);
    const enum status status = db_open(&store->db, path, err);
    if (status != ST_OK) {
        memory_free(store);
        return status;
    }
    store->loop = loop;
    ring_init(&store->jobs);
    *ret_store = store;
    return ST_OK;
}

void
sqlite_store_close(struct sqlite_store *store)
{
    if (store != NULL) {
        store->closing = true;
        store_next(store);
    }
}
