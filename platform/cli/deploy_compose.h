/*
 * platform/cli/deploy_compose.h - the scenario that a rehearsal plays: an ordinary file, which
 * extends the snapshot, and which `rehearse run` and `replay` read as well.
 */
#ifndef PLATFORM_CLI_DEPLOY_COMPOSE_H
#define PLATFORM_CLI_DEPLOY_COMPOSE_H

#include "platform/cli/deploy_change.h"
#include "platform/cli/deploy_options.h"

struct strategy_spec;

struct deploy_compose {
    const struct deploy_options *options;  /* borrowed */
    const char                  *path;     /* where the file is, or would be */
    const struct vec            *changes;  /* struct deploy_change; NULL: the snapshot alone */
    const struct scenario       *cluster;  /* the snapshot, read; NULL: not yet */
    const struct json_t         *strategy; /* borrowed; NULL: none given */
    const struct strategy_spec  *spec;     /* the same, read; NULL: none given */
    const struct json_t         *expect;   /* a list; NULL: ours */
    int64_t                      faults_ns; /* so long there are faults, from the deploy on */
};

/* The text, in memory of the arena; ST_INVALID after a mistake in --faults was printed. */
enum status deploy_compose(const struct deploy_compose *compose, struct arena *arena,
                           const char **ret_text) MUST_USE;

/* Whether the snapshot does not say how the new image behaves: as the old one is a guess. */
bool deploy_compose_guesses(const struct deploy_compose *compose,
                            const struct deploy_change *change);

/* How soon it has to end. */
int64_t deploy_compose_within_ns(const struct deploy_compose *compose);

/* Where the scenario's file goes: out + "/rehearsal.json". */
const char *deploy_compose_path(const struct deploy_options *options, struct arena *arena);

#endif
