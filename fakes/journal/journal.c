/* fakes/journal/journal.c - the journal port of a simulated process. */
#include "fakes/journal/journal.h"

static void
fake_journal_write(struct env_journal *port, const struct env_event *event)
{
    const struct fake_journal *journal = container_of(port, struct fake_journal, port);
    world_journal(journal->world, journal->process, event);
}

static const struct env_journal_ops fake_journal_ops = { .name = "fake",
                                                         .write = fake_journal_write };

void
fake_journal_init(struct fake_journal *journal, struct world *world, struct world_process *process)
{
    *journal = (struct fake_journal){ .port.ops = &fake_journal_ops,
                                      .world = world,
                                      .process = process };
}
