/*
 * platform/deploy/analysis_edges.c - what edges tell of the two versions, as differences.
 *
 * Each message says all since the edge was told to measure, so of lost, repeated and late ones only
 * the newest counts. What an edge says for the first time is taken whole when this master has led
 * since before the deployment began: nobody has counted it before. Else, and when an edge lives
 * anew, it is only noted, and the next difference counts.
 */
#include "platform/deploy/analysis_watch.h"

#include "platform/base/memory.h"

static struct analysis_edge *
analysis_edge_find(const struct analysis_watch *watch, uint32_t node)
{
    for (uint32_t i = 0; i < watch->edges.count; i++) {
        struct analysis_edge *edge = *(struct analysis_edge **)vec_at(&watch->edges, i);
        if (edge->node == node) {
            return edge;
        }
    }
    return NULL;
}

static bool
analysis_edges_read(const struct msg_edge_stats *stats, struct judgement_counts told[2])
{
    if (stats->older_len > stats->tail_len || stats->node >= NODE_COUNT_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < 2; i++) {
        told[i].requests = stats->requests[i];
        told[i].errors = stats->errors[i];
        told[i].failures = stats->failures[i];
    }
    return sketch_decode(stats->tail, stats->older_len, &told[0].latencies) == ST_OK &&
           sketch_decode(stats->tail + stats->older_len, stats->tail_len - stats->older_len,
                         &told[1].latencies) == ST_OK;
}

/* False when it has been there before: more than there is now. */
static bool
analysis_edges_subtract(struct judgement_counts *from, const struct judgement_counts *earlier)
{
    if (from->requests < earlier->requests || from->errors < earlier->errors ||
        from->failures < earlier->failures ||
        !sketch_subtract(&from->latencies, &earlier->latencies)) {
        return false;
    }
    from->requests -= earlier->requests;
    from->errors -= earlier->errors;
    from->failures -= earlier->failures;
    return true;
}

static void
analysis_edges_add(struct analysis_watch *watch, const struct judgement_counts since[2])
{
    for (uint32_t i = 0; i < watch->probes_count; i++) {
        struct analysis_probe *probe = &watch->probes[i];
        if (probe->counts == NULL || probe->begin_ns == 0) {
            continue;
        }
        for (uint32_t k = 0; k < 2; k++) {
            probe->counts[k].requests += since[k].requests;
            probe->counts[k].errors += since[k].errors;
            probe->counts[k].failures += since[k].failures;
            if (since[k].latencies.count > 0) {
                sketch_merge(&probe->counts[k].latencies, &since[k].latencies);
            }
        }
        probe->heard = true;
    }
}

/* Whether what it says now is to be counted; then since is the difference. */
static bool
analysis_edges_since(const struct analysis_watch *watch, const struct analysis_edge *edge,
                     const struct msg_edge_stats *stats, struct judgement_counts since[2])
{
    const struct cluster_app *app = watch->app;
    if (edge == NULL) {
        return app->deployment->record.started_at_ns >= app->cluster->leading_at_ns;
    }
    return edge->incarnation == stats->incarnation &&
           analysis_edges_subtract(&since[0], &edge->told[0]) &&
           analysis_edges_subtract(&since[1], &edge->told[1]);
}

void
analysis_edges_take(struct analysis_watch *watch, const struct msg_edge_stats *stats)
{
    struct analysis_edge *edge = analysis_edge_find(watch, stats->node);
    if (edge != NULL &&
        (stats->incarnation < edge->incarnation ||
         (stats->incarnation == edge->incarnation && stats->sequence <= edge->sequence))) {
        return; /* late, or once more */
    }
    struct judgement_counts *told = memory_alloc_zero(4, sizeof *told);
    struct judgement_counts *since = told + 2;
    if (analysis_edges_read(stats, told)) {
        since[0] = told[0];
        since[1] = told[1];
        if (analysis_edges_since(watch, edge, stats, since)) {
            analysis_edges_add(watch, since);
        }
        if (edge == NULL) {
            edge = memory_alloc_zero(1, sizeof *edge);
            edge->node = stats->node;
            *(struct analysis_edge **)vec_push(&watch->edges) = edge;
        }
        edge->incarnation = stats->incarnation;
        edge->sequence = stats->sequence;
        edge->told[0] = told[0];
        edge->told[1] = told[1];
    }
    memory_free(told);
}

void
analysis_edges_forget(struct analysis_watch *watch)
{
    for (uint32_t i = 0; i < watch->edges.count; i++) {
        memory_free(*(struct analysis_edge **)vec_at(&watch->edges, i));
    }
    vec_clear(&watch->edges);
}
