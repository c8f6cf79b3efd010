/*
 * fakes/journal/journal.h - the journal port of a simulated process: the trace and the observers.
 */
#ifndef FAKES_JOURNAL_JOURNAL_H
#define FAKES_JOURNAL_JOURNAL_H

#include "fakes/world.h"
#include "platform/env/journal.h"

struct fake_journal {
    struct env_journal    port;
    struct world         *world;   /* borrowed */
    struct world_process *process; /* borrowed */
};

void fake_journal_init(struct fake_journal *journal, struct world *world,
                       struct world_process *process);

#endif
