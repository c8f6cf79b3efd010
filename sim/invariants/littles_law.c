/*
 * sim/invariants/littles_law.c - Little's law, L = lambda W, by the books: over any time, the
 * integral of the number of requests in the system is the sum of the times that they spent in it.
 *
 * Two books. The clients' one (sim/traffic.c) has the instant of every request as it was made, and
 * can look up each that is still open. The recorder's has every end that it was told, and how long
 * that request says it took. With T for this instant,
 *   integral = sum of ends - sum of makings + (made - ended) * T
 *   times    = sum of stays + sum over the open ones of (T - when that one says it was made)
 * Both are exact, modulo 2^64: a request that is lost, told twice, or told with another time than
 * its own sets them apart.
 */
#include "sim/invariant.h"
#include "sim/run_private.h"
#include "sim/traffic.h"

static void
littles_law_line(struct run *run, void *state, uint32_t index)
{
    const struct recorder_line *line = &run->recorder->lines[index];
    const char                 *to = run->scenario->traffic[index].to;
    const uint64_t              now = (uint64_t)env_clock_now(run->env->clock);
    struct traffic_ledger       made;
    run->ops->ledger(run->world, index, &made);
    const uint64_t integral =
        line->ended_at_sum - made.made_at_sum + (made.made - line->ended) * now;
    const uint64_t times = line->stay_sum + made.open * now - made.open_made_sum;

    invariant_checked(run, state);
    if (made.made != line->ended + made.open) {
        invariant_violated(run, state,
                           "of %llu requests to %s (line %u of traffic) %llu have ended and %llu "
                           "are open",
                           (unsigned long long)made.made, to, index,
                           (unsigned long long)line->ended, (unsigned long long)made.open);
    } else if (integral != times) {
        invariant_violated(run, state,
                           "requests to %s (line %u of traffic) spent %lld ns more in the system "
                           "than the number of them there says",
                           to, index, (long long)(times - integral));
    }
}

static void
littles_law_look(struct run *run, void *state)
{
    for (uint32_t i = 0; run->ops->ledger != NULL && i < run->scenario->traffic_count; i++) {
        littles_law_line(run, state, i);
    }
}

const struct invariant invariant_littles_law = {
    .id = "littles-law",
    .about = "The number of requests in the system, over time, is what the times they took add up "
             "to.",
    .needs_facts = true,
    .state_bytes = 1,
    .sample = littles_law_look,
    .end = littles_law_look,
};
