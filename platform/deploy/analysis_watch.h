/* platform/deploy/analysis_watch.h - what the files of the analysis share; nobody else includes it.
 */
#ifndef PLATFORM_DEPLOY_ANALYSIS_WATCH_H
#define PLATFORM_DEPLOY_ANALYSIS_WATCH_H

#include "platform/deploy/analysis.h"
#include "platform/deploy/judgement.h"

/* The newest of what one edge has told of one deployment. */
struct analysis_edge {
    uint32_t                node;
    uint64_t                incarnation;
    uint64_t                sequence;
    struct judgement_counts told[2]; /* in the order of msg_edge_stats */
};

struct analysis_watch;

/* One analysis of the running deployment. */
struct analysis_probe {
    struct analysis_watch    *watch;
    struct env_timer          timer;    /* the end of the interval, or the first one's begin */
    int64_t                   begin_ns; /* of the interval; 0: it has not begun */
    bool                      heard;    /* of any edge in it */
    struct judgement_counts  *counts;   /* owned, two, in the order of msg_edge_stats; NULL: it
                                         * needs none */
    struct judgement_samples *samples;  /* owned; NULL: it has no rank test */
};

/* An app's running deployment that has analyses. */
struct analysis_watch {
    struct cluster_app   *app;        /* borrowed */
    uint64_t              deployment; /* 0: none */
    uint32_t              probes_count;
    struct analysis_probe probes[DEPLOYMENT_ANALYSES_MAX];
    struct vec            edges;   /* struct analysis_edge *, owned, as they were met */
    bool                  counts;  /* lines of the journal */
    bool                  counted; /* the record has changed since it was last noted */
};

static inline struct analysis_watch *
analysis_watch_at(const struct analysis_state *state, uint32_t index)
{
    return *(struct analysis_watch **)vec_at(&state->watches, index);
}

/* analysis_edges.c: what an edge says is added to all intervals that have begun. */
void analysis_edges_take(struct analysis_watch *watch, const struct msg_edge_stats *stats);
void analysis_edges_forget(struct analysis_watch *watch);

/* analysis_journal.c: a line of the journal is counted where it belongs. */
void analysis_journal_heard(struct cluster *cluster, void *context, const struct env_event *event);

#endif
