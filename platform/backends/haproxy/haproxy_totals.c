/* platform/backends/haproxy/haproxy_totals.c - adding up over workers. */
#include "platform/backends/haproxy/haproxy_totals.h"

enum { TOTALS_WORKERS_MAX = 8 }; /* of ours, of one endpoint; more are added to the past at once */

struct totals_counts {
    uint64_t requests;
    uint64_t errors;
    uint64_t failures;
};

/* What one worker counted, and whether it has answered in this round. */
struct totals_worker {
    int64_t              pid;
    struct totals_counts counts;
    int64_t              latency_ns;
    uint32_t             open;
    bool                 up;
    bool                 answered;
};

struct haproxy_total {
    uint64_t             endpoint_id;
    struct totals_counts past; /* of workers that are gone */
    struct totals_worker workers[TOTALS_WORKERS_MAX];
    uint32_t             workers_count;
};

static void
totals_add(struct totals_counts *to, const struct totals_counts *counts)
{
    to->requests += counts->requests;
    to->errors += counts->errors;
    to->failures += counts->failures;
}

/* The worker becomes a part of the past. */
static void
totals_retire(struct haproxy_total *total, uint32_t index)
{
    totals_add(&total->past, &total->workers[index].counts);
    total->workers_count--;
    for (uint32_t i = index; i < total->workers_count; i++) {
        total->workers[i] = total->workers[i + 1];
    }
}

void
haproxy_totals_init(struct haproxy_totals *totals)
{
    *totals = (struct haproxy_totals){ 0 };
    vec_init(&totals->items, sizeof(struct haproxy_total));
}

void
haproxy_totals_fini(struct haproxy_totals *totals)
{
    map64_fini(&totals->index);
    vec_fini(&totals->items);
}

void
haproxy_totals_begin(struct haproxy_totals *totals)
{
    for (uint32_t i = 0; i < totals->items.count; i++) {
        struct haproxy_total *total = vec_at(&totals->items, i);
        for (uint32_t w = 0; w < total->workers_count; w++) {
            total->workers[w].answered = false;
        }
    }
}

static struct haproxy_total *
totals_of(struct haproxy_totals *totals, uint64_t endpoint_id)
{
    const uint32_t known = map64_get(&totals->index, endpoint_id);
    if (known > 0) {
        return vec_at(&totals->items, known - 1);
    }
    struct haproxy_total *total = vec_push(&totals->items);
    total->endpoint_id = endpoint_id;
    map64_put(&totals->index, endpoint_id, totals->items.count);
    return total;
}

static struct totals_worker
totals_worker_of(int64_t pid, const struct haproxy_row *row)
{
    return (struct totals_worker){
        .pid = pid,
        .counts = { .requests = row->requests, .errors = row->errors, .failures = row->failures },
        .latency_ns = row->latency_ns,
        .open = row->open,
        .up = row->up,
        .answered = true,
    };
}

/* An endpoint of several services has a row in each: they add up within a round. */
static void
totals_take_row(struct haproxy_total *total, int64_t pid, const struct haproxy_row *row)
{
    const struct totals_worker fresh = totals_worker_of(pid, row);
    for (uint32_t i = 0; i < total->workers_count; i++) {
        struct totals_worker *worker = &total->workers[i];
        if (worker->pid == pid && worker->answered) {
            totals_add(&worker->counts, &fresh.counts);
            worker->open += row->open;
            worker->up = worker->up && row->up;
            worker->latency_ns = int64_max(worker->latency_ns, row->latency_ns);
            return;
        }
        if (worker->pid == pid) {
            *worker = fresh;
            return;
        }
    }
    if (total->workers_count == TOTALS_WORKERS_MAX) {
        totals_retire(total, 0);
    }
    total->workers[total->workers_count++] = fresh;
}

void
haproxy_totals_take(struct haproxy_totals *totals, int64_t pid, const struct vec *rows)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct haproxy_row *row = vec_at(rows, i);
        totals_take_row(totals_of(totals, row->id), pid, row);
    }
}

void
haproxy_totals_end(struct haproxy_totals *totals)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < totals->items.count; i++) {
        struct haproxy_total *total = vec_at(&totals->items, i);
        for (uint32_t w = total->workers_count; w > 0; w--) {
            if (!total->workers[w - 1].answered) {
                totals_retire(total, w - 1);
            }
        }
        if (total->workers_count == 0) {
            map64_remove(&totals->index, total->endpoint_id);
            continue;
        }
        *(struct haproxy_total *)vec_at(&totals->items, kept) = *total;
        kept++;
        map64_put(&totals->index, total->endpoint_id, kept);
    }
    while (totals->items.count > kept) {
        vec_remove_at(&totals->items, totals->items.count - 1);
    }
}

/* The mean of the workers' means, each as heavy as its requests; up as the newest says. */
bool
haproxy_totals_get(const struct haproxy_totals *totals, uint64_t endpoint_id,
                   struct env_endpoint_stats *ret_stats)
{
    const uint32_t known = map64_get(&totals->index, endpoint_id);
    if (known == 0) {
        return false;
    }
    const struct haproxy_total *total = vec_at(&totals->items, known - 1);
    struct totals_counts counts = total->past;
    uint32_t open = 0;
    uint64_t weight = 0;
    double latency_ns = 0;
    for (uint32_t i = 0; i < total->workers_count; i++) {
        const struct totals_worker *worker = &total->workers[i];
        totals_add(&counts, &worker->counts);
        open += worker->open;
        weight += worker->counts.requests;
        latency_ns += (double)worker->counts.requests * (double)worker->latency_ns;
    }
    *ret_stats = (struct env_endpoint_stats){
        .endpoint_id = endpoint_id,
        .requests = counts.requests,
        .errors = counts.errors,
        .failures = counts.failures,
        .latency_mean_ns = weight > 0 ? (int64_t)(latency_ns / (double)weight) : 0,
        .open = open,
        .up = total->workers_count > 0 && total->workers[total->workers_count - 1].up,
    };
    return true;
}
