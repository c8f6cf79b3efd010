/*
 * sim/invariants/conservation.c - no task appears from nowhere, vanishes, or lives on after its
 * end: submitted = pending + placed + final.
 *
 * A master that died may have told of changes which never became durable; after one has loaded
 * again, a task may therefore return from its end, and tasks of the dead master may be missing.
 */
#include "platform/base/idmap.h"
#include "sim/invariant.h"

struct conservation_state {
    struct idmap live; /* id -> state + 1 */
    uint64_t     newest;
    uint64_t     submitted;
    uint64_t     ended;
    uint32_t     loads; /* of masters so far */
};

static void
conservation_task(struct run *run, struct conservation_state *count, const struct env_event *event)
{
    const uint64_t id = event->task;
    const bool     known = idmap_get(&count->live, id) != 0;
    const bool     final = task_state_is_final((enum task_state)event->new_state);
    const bool     fresh = id > count->newest;
    invariant_checked(run, count);
    if (event->old_state < 0 && !fresh) {
        invariant_violated(run, count, "task %llu was created, though its number was used before",
                           (unsigned long long)id);
    } else if (event->old_state >= 0 && fresh && count->loads <= 1) {
        invariant_violated(run, count, "task %llu is %s and was never created",
                           (unsigned long long)id,
                           task_state_name((enum task_state)event->new_state));
    } else if (!fresh && !known && count->loads <= 1) {
        invariant_violated(run, count, "task %llu is %s after its end", (unsigned long long)id,
                           task_state_name((enum task_state)event->new_state));
    }
    count->submitted += fresh ? 1 : 0;
    count->newest = fresh ? id : count->newest;
    if (final) {
        count->ended += known || fresh ? 1 : 0;
        idmap_remove(&count->live, id);
    } else {
        count->ended -= !known && !fresh && count->ended > 0 ? 1 : 0;
        idmap_put(&count->live, id, (uint32_t)event->new_state + 1);
    }
}

/* What the first master finds in its store was submitted before the world began. */
static void
conservation_found(struct conservation_state *count, const struct env_event *event)
{
    count->submitted++;
    count->newest = event->task > count->newest ? event->task : count->newest;
    idmap_put(&count->live, event->task, (uint32_t)event->new_state + 1);
}

static void
conservation_event(struct run *run, void *state, env_address process, const struct env_event *event)
{
    struct conservation_state *count = state;
    if (env_address_kind(process) != ENV_PROCESS_MASTER) {
        return;
    }
    if (event->kind == ENV_EVENT_MASTER && event->new_state == 0) {
        count->loads++;
    } else if (event->kind == ENV_EVENT_LOADED && count->loads <= 1) {
        conservation_found(count, event);
    } else if (event->kind == ENV_EVENT_TASK && event->new_state >= 0 &&
               event->new_state < TASK_STATE_COUNT) {
        conservation_task(run, count, event);
    }
}

static void
conservation_sample(struct run *run, void *state)
{
    const struct conservation_state *count = state;
    const struct books              *books = &run->books;
    uint64_t                         live = 0;
    uint64_t                         final = 0;
    for (uint32_t i = 0; i < TASK_STATE_COUNT; i++) {
        *(task_state_is_final((enum task_state)i) ? &final : &live) += books->tasks_by_state[i];
    }
    invariant_checked(run, state);
    if (books->tasks_submitted != live + final) {
        invariant_violated(run, state, "%llu tasks were submitted, but %llu live and %llu ended",
                           (unsigned long long)books->tasks_submitted, (unsigned long long)live,
                           (unsigned long long)final);
    } else if (count->loads <= 1 &&
               (count->submitted != books->tasks_submitted || count->live.count != live ||
                count->ended != final)) {
        invariant_violated(run, state, "%llu tasks were submitted, %u live and %llu ended, but the "
                                       "totals say %llu, %llu and %llu",
                           (unsigned long long)count->submitted, count->live.count,
                           (unsigned long long)count->ended,
                           (unsigned long long)books->tasks_submitted, (unsigned long long)live,
                           (unsigned long long)final);
    }
}

static void
conservation_fini(struct run *run, void *state)
{
    (void)run;
    idmap_fini(&((struct conservation_state *)state)->live);
}

const struct invariant invariant_conservation = {
    .id = "conservation",
    .about = "Tasks pending, placed and ended add up to those submitted, and none lives twice.",
    .events = INVARIANT_KIND(ENV_EVENT_MASTER) | INVARIANT_KIND(ENV_EVENT_LOADED) |
              INVARIANT_KIND(ENV_EVENT_TASK),
    .state_bytes = sizeof(struct conservation_state),
    .event = conservation_event,
    .sample = conservation_sample,
    .fini = conservation_fini,
};
