/*
 * platform/cli/model_card.h - `rehearse model-card`: queues that theory knows, played at length and
 * judged.
 */
#ifndef PLATFORM_CLI_MODEL_CARD_H
#define PLATFORM_CLI_MODEL_CARD_H

#include "platform/base/arena.h"
#include "platform/planner/judge.h"
#include "platform/planner/model_cells.h"
#include "reports/model_card.h"

enum { CARD_SEED_FIRST = 1, CARD_SETS_MAX = 8 };

/* One cell: how it is played, and what came of it with each seed. */
struct card_cell {
    struct model_cell cell;
    const char       *file; /* the scenario's */
    const char       *sets[CARD_SETS_MAX]; /* "rate=8/s" */
    uint32_t          sets_count;
    double            mean[JUDGE_SEEDS]; /* of wait and service */
    double            p50[JUDGE_SEEDS];
    double            p99[JUDGE_SEEDS];
    uint64_t          requests;
    bool              clean;
};

/* argv[0] is "model-card". 0: every cell passed; 1: one did not; 2: bad usage; 3: it could not be
 * played. */
int model_card_main(int argc, char **argv);

/* --- model_card_judge.c: from what was measured to the rows of the card; pure --- */

/* The texts of rows and families are in arena. cells: those that were played, families together;
 * where a reference is what another cell measured, that one is among them. */
void card_judge(struct arena *arena, const struct card_cell *cells, uint32_t count,
                struct model_card *card);

/* Fills in file and sets. */
void card_settings(struct arena *arena, const char *folder, struct card_cell *cell);

#endif
