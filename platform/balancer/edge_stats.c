/* platform/balancer/edge_stats.c - reads tallies from the proxy and sends them to the master. */
#include "platform/balancer/edge_stats.h"

#include <string.h>

#include "platform/base/memory.h"
#include "platform/wire/messages.h"

static void
edge_stats_send(struct edge_stats *stats)
{
    const struct env_tally *tallies = stats->tally.ret_tallies;
    if (tallies[0].requests + tallies[1].requests == 0) {
        return;
    }
    struct strbuf bytes = { 0 };
    sketch_encode(&stats->latencies[0], &bytes);
    const size_t older_len = bytes.len;
    sketch_encode(&stats->latencies[1], &bytes);
    struct msg_edge_stats *message = memory_alloc_zero(1, sizeof *message + bytes.len);
    *message = (struct msg_edge_stats){ .node = stats->node,
                                        .incarnation = stats->incarnation,
                                        .sequence = ++stats->sequence,
                                        .deployment = stats->tally.measured,
                                        .older_len = (uint32_t)older_len,
                                        .tail_len = (uint32_t)bytes.len };
    for (uint32_t i = 0; i < 2; i++) {
        message->requests[i] = tallies[i].requests;
        message->errors[i] = tallies[i].errors;
        message->failures[i] = tallies[i].failures;
    }
    memcpy(message->tail, bytes.text, bytes.len);
    env_net_send(stats->env->net, stats->master, &msg_edge_stats_type, message);
    memory_free(message);
    strbuf_fini(&bytes);
}

/* The next number of the round; the round is over when there is none. */
static void
edge_stats_go_on(struct edge_stats *stats)
{
    if (stats->next < stats->measured.count) {
        stats->tally.measured = *(const uint64_t *)vec_at(&stats->measured, stats->next);
        stats->tally.ret_latencies = stats->latencies;
        stats->next++;
        env_proxy_tally(stats->env->proxy, &stats->tally);
    }
}

static void
edge_stats_read(struct env_op *op)
{
    struct edge_stats *stats =
        container_of(container_of(op, struct env_proxy_tally, op), struct edge_stats, tally);
    if (op->status == ST_OK) {
        edge_stats_send(stats);
    } /* else the next round reads it */
    if (stats->measured.count == 0) {
        memory_free(stats->latencies);
        stats->latencies = NULL;
    }
    edge_stats_go_on(stats);
}

static void
edge_stats_due(struct env_timer *timer)
{
    struct edge_stats *stats = container_of(timer, struct edge_stats, timer);
    if (!env_op_is_pending(&stats->tally.op)) { /* else a slow proxy is still at the last round */
        stats->next = 0;
        edge_stats_go_on(stats);
    }
}

void
edge_stats_init(struct edge_stats *stats, struct env *env, env_address master, uint32_t node,
                uint64_t incarnation)
{
    *stats = (struct edge_stats){
        .env = env, .master = master, .node = node, .incarnation = incarnation
    };
    stats->tally.op.done = edge_stats_read;
    env_timer_init(&stats->timer, edge_stats_due);
    vec_init(&stats->measured, sizeof(uint64_t));
}

void
edge_stats_fini(struct edge_stats *stats)
{
    vec_fini(&stats->measured);
    memory_free(stats->latencies);
}

static bool
edge_stats_has(const struct edge_stats *stats, uint64_t measured)
{
    for (uint32_t i = 0; i < stats->measured.count; i++) {
        if (*(const uint64_t *)vec_at(&stats->measured, i) == measured) {
            return true;
        }
    }
    return false;
}

void
edge_stats_set(struct edge_stats *stats, const uint64_t *measured, uint32_t count)
{
    const bool measures = stats->measured.count > 0;
    vec_clear(&stats->measured);
    for (uint32_t i = 0; i < count; i++) {
        if (!edge_stats_has(stats, measured[i])) {
            *(uint64_t *)vec_push(&stats->measured) = measured[i];
        }
    }
    stats->next = stats->measured.count; /* a round that is on its way ends here */
    if (stats->measured.count == 0) {
        env_timer_cancel(stats->env->clock, &stats->timer);
        if (!env_op_is_pending(&stats->tally.op)) {
            memory_free(stats->latencies);
            stats->latencies = NULL;
        }
        return;
    }
    if (stats->latencies == NULL) {
        stats->latencies = memory_alloc_zero(2, sizeof *stats->latencies);
    }
    if (!measures) {
        env_timer_every(stats->env->clock, &stats->timer, EDGE_STATS_NS, EDGE_STATS_NS);
    }
}
