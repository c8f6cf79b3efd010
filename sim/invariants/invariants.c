/* sim/invariants/invariants.c - every standing invariant, and the walk over those of a run. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"
#include "sim/invariants/container_book.h"
#include "sim/run_private.h"

#define INVARIANT(name) extern const struct invariant invariant_##name;
#include "sim/invariants/invariants.def"
#undef INVARIANT

const struct invariant *const invariants[] = {
#define INVARIANT(name) &invariant_##name,
#include "sim/invariants/invariants.def"
#undef INVARIANT
    NULL
};

static struct observer *
observer_of(void *state)
{
    return container_of(state, struct observer, state);
}

static struct observer *
observer_at(const struct run *run, uint32_t index)
{
    return *(struct observer **)vec_at(&run->observers, index);
}

void
invariant_checked(struct run *run, void *state)
{
    (void)run;
    observer_of(state)->checks++;
}

void
invariant_violated(struct run *run, void *state, const char *format, ...)
{
    struct observer *observer = observer_of(state);
    if (observer->violated_at_ns >= 0) {
        return;
    }
    char    text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    observer->violated_at_ns = run_at_ns(run);
    observer->detail = arena_strdup(run->arena, text);
    recorder_warning(run, arena_printf(run->arena, "invariant %s is broken: %s",
                                       observer->invariant->id, text));
}

/* From now on it is told of the kinds that it names. */
static void
invariants_listen(struct run *run, const struct invariant *invariant, uint32_t index)
{
    ASSERT(index < 32); /* their sets have so many bits */
    ASSERT((invariant->event == NULL) == (invariant->events == 0));
    ASSERT((invariant->fact == NULL) == (invariant->facts == 0));
    for (uint32_t kind = 0; kind < ENV_EVENT_KIND_COUNT; kind++) {
        run->observers_of_event[kind] |= (invariant->events >> kind & 1) << index;
    }
    for (uint32_t kind = 0; kind < WORLD_FACT_KIND_COUNT; kind++) {
        run->observers_of_fact[kind] |= (invariant->facts >> kind & 1) << index;
    }
}

void
invariants_start(struct run *run)
{
    if (run->ops->watch != NULL) {
        run->containers = memory_alloc_zero(1, sizeof *run->containers);
        container_book_init(run->containers);
    }
    for (uint32_t i = 0; invariants[i] != NULL; i++) {
        const struct invariant *invariant = invariants[i];
        if (invariant->needs_facts && run->ops->watch == NULL) {
            continue; /* this world tells no facts: it is left out of the results */
        }
        struct observer *observer =
            memory_alloc_zero(1, sizeof(struct observer) + invariant->state_bytes);
        observer->invariant = invariant;
        observer->violated_at_ns = -1;
        *(struct observer **)vec_push(&run->observers) = observer;
        invariants_listen(run, invariant, run->observers.count - 1);
        if (invariant->start != NULL) {
            invariant->start(run, observer->state);
        }
    }
}

void
invariants_event(struct run *run, env_address process, const struct env_event *event)
{
    for (uint32_t left = run->observers_of_event[event->kind]; left != 0; left &= left - 1) {
        struct observer *observer = observer_at(run, (uint32_t)__builtin_ctz(left));
        observer->invariant->event(run, observer->state, process, event);
    }
}

void
invariants_fact(struct run *run, const struct world_fact *fact)
{
    if (run->containers != NULL) {
        container_book_fact(run->containers, fact);
    }
    for (uint32_t left = run->observers_of_fact[fact->kind]; left != 0; left &= left - 1) {
        struct observer *observer = observer_at(run, (uint32_t)__builtin_ctz(left));
        observer->invariant->fact(run, observer->state, fact);
    }
}

void
invariants_answer(struct run *run, const struct msg_api_request *request,
                  const struct msg_api_answer *answer)
{
    for (uint32_t i = 0; i < run->observers.count; i++) {
        struct observer *observer = observer_at(run, i);
        if (observer->invariant->answer != NULL) {
            observer->invariant->answer(run, observer->state, request, answer);
        }
    }
}

void
invariants_sample(struct run *run)
{
    for (uint32_t i = 0; i < run->observers.count; i++) {
        struct observer *observer = observer_at(run, i);
        if (observer->invariant->sample != NULL) {
            observer->invariant->sample(run, observer->state);
        }
    }
}

const struct invariant *
invariants_unquiet(struct run *run)
{
    for (uint32_t i = 0; i < run->observers.count; i++) {
        struct observer *observer = observer_at(run, i);
        if (observer->invariant->quiet != NULL &&
            !observer->invariant->quiet(run, observer->state)) {
            return observer->invariant;
        }
    }
    return NULL;
}

void
invariants_end(struct run *run)
{
    for (uint32_t i = 0; i < run->observers.count; i++) {
        struct observer        *observer = observer_at(run, i);
        const struct invariant *invariant = observer->invariant;
        if (invariant->end != NULL && !run->aborted) { /* the world is not quiet after an abort */
            invariant->end(run, observer->state);
        }
        const bool holds = observer->violated_at_ns < 0;
        *(struct result_invariant *)vec_push(&run->results.invariants) = (struct result_invariant){
            .id = invariant->id,
            .about = invariant->about,
            .outcome = holds ? OUTCOME_PASSED : OUTCOME_FAILED,
            .checks = observer->checks,
            .at_ns = observer->violated_at_ns,
            .detail = holds ? "" : observer->detail,
        };
    }
}

void
invariants_fini(struct run *run)
{
    for (uint32_t i = 0; i < run->observers.count; i++) {
        struct observer *observer = observer_at(run, i);
        if (observer->invariant->fini != NULL) {
            observer->invariant->fini(run, observer->state);
        }
        memory_free(observer);
    }
    vec_clear(&run->observers);
    memset(run->observers_of_event, 0, sizeof run->observers_of_event);
    memset(run->observers_of_fact, 0, sizeof run->observers_of_fact);
    if (run->containers != NULL) {
        container_book_fini(run->containers);
        memory_free(run->containers);
        run->containers = NULL;
    }
}
