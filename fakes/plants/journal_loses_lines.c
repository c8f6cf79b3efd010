/* fakes/plants/journal_loses_lines.c - a journal that loses one in seven lines about tasks. */
#include "fakes/plants/plants.h"

enum { JOURNAL_LOSS = 7 };

struct lossy_journal {
    struct env_journal  port;
    struct env_journal *behind; /* borrowed */
    uint64_t            tasks;  /* lines about them so far */
};

static void
lossy_journal_write(struct env_journal *port, const struct env_event *event)
{
    struct lossy_journal *journal = container_of(port, struct lossy_journal, port);
    journal->tasks += event->kind == ENV_EVENT_TASK;
    if (event->kind != ENV_EVENT_TASK || journal->tasks % JOURNAL_LOSS != 0) {
        journal->behind->ops->write(journal->behind, event);
    }
}

static const struct env_journal_ops lossy_journal_ops = { .name = "journal-loses-lines",
                                                          .write = lossy_journal_write };

static void
lossy_journal_wrap(struct env *env, struct arena *arena)
{
    struct lossy_journal *journal = ARENA_NEW(arena, struct lossy_journal);
    journal->port.ops = &lossy_journal_ops;
    journal->behind = env->journal;
    env->journal = &journal->port;
}

const struct plant plant_journal_loses_lines = {
    .name = "journal-loses-lines",
    .about = "one in seven lines about tasks never gets into the journal",
    .wrap = lossy_journal_wrap,
};
