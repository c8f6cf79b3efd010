/*
 * platform/deploy/analysis.h - the analyses of running deployments: when each is measured, from
 * what, and what they say of going on.
 *
 * Measured: each analysis has intervals of its own, from `delay` after the first traffic of the new
 *           version on, and is judged at the end of each (platform/deploy/judgement.h). Its counts
 * are in the deployment's record, so a new master goes on with them; the interval that it was born
 * in is shorter, and its rank tests begin to sample anew. From:     edges tell what each version
 * has done at them; differences of what they tell are added up. An edge that is silent is not
 * counted, one that begins anew loses what it had not told. Restarts and lines of the journal are
 * counted as the master writes them. Gate:     Argo Rollouts 1.x: failed when failures >
 * failures_max, paused when inconclusive ones > inconclusive_max; a dry run is measured, counted
 * and shown, and never asked. With a count it ends after so many measurements.
 */
#ifndef PLATFORM_DEPLOY_ANALYSIS_H
#define PLATFORM_DEPLOY_ANALYSIS_H

#include "platform/model/cluster.h"
#include "platform/wire/messages.h"

enum analysis_verdict { ANALYSIS_GOOD, ANALYSIS_FAILED, ANALYSIS_INCONCLUSIVE };

struct analysis_state { /* zeroed is valid before analysis_open */
    /* private */
    struct cluster *cluster;
    struct vec      watches;  /* struct analysis_watch *, owned; by app index - 1; NULL: none */
    uint32_t        counting; /* watches that count lines of the journal */
};

void analysis_open(struct analysis_state *state, struct cluster *cluster);
void analysis_close(struct analysis_state *state);

/* At each look at an app, before the verdict: measures what is due, and arms the timers. */
void analysis_look(struct analysis_state *state, struct cluster_app *app);

/* What an edge says. */
void analysis_message(struct analysis_state *state, const struct msg_edge_stats *stats);

/* With a sentence about the first analysis that does not let it go on. */
enum analysis_verdict analysis_verdict(const struct cluster_app *app, char *why, size_t why_bytes);

/* Whether every analysis has what it needs: the number of measurements that it asks for, and enough
 * intervals for its rank test. */
bool analysis_lets_on(const struct cluster_app *app);

#endif
