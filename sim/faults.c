/*
 * sim/faults.c - faults drawn from the seed, before the run begins: ordinary steps of the timeline.
 *
 * Budget: a fault is drawn only while fewer than max_at_once are under way, and one that takes a
 *         machine away only while fewer than nodes_down_max are. What a fault needs to heal is
 *         counted as part of it (FAULT_HEAL_NS).
 */
#include "sim/actions/data.h"
#include "sim/run_private.h"

#define FAULT_HEAL_NS  SEC(30)  /* a guess: a task or an agent is back by then */
#define FAULT_EVERY_NS MIN(1)   /* mean distance when the file names none */
enum { FAULTS_DRAWN_MAX = 10000 }; /* a limit of ours */

struct fault_range { /* how long one lasts */
    const char *verb;
    int64_t     low_ns;
    int64_t     high_ns;
    bool        takes_node;
};

static const struct fault_range ranges[FAULT_KIND_COUNT] = {
    [FAULT_KILL_TASK] = { "kill-task", 0, 0, false },
    [FAULT_KILL_NODE] = { "kill-node", SEC(20), MIN(5), true },
    [FAULT_RESTART_AGENT] = { "restart-agent", 0, 0, false },
    [FAULT_RESTART_MASTER] = { "restart-master", SEC(1), SEC(30), false },
    [FAULT_PARTITION] = { "partition", SEC(5), MIN(3), true },
};

struct fault_active {
    int64_t end_at_ns;
    bool    takes_node;
};

struct fault_draw {
    struct rng rng;
    uint32_t   kinds;  /* bit set still on */
    struct vec active; /* struct fault_active */
    int64_t    until_at_ns;
};

/* The kinds that can be drawn at all, here and with this seed. */
static uint32_t
faults_kinds(struct run *run, struct rng *rng)
{
    const struct scenario_faults *faults = &run->scenario->faults;
    const bool                    real = run->ops->watch == NULL;
    const uint32_t everything = (1U << FAULT_KIND_COUNT) - 1;
    const uint32_t asked = faults->kinds != 0 ? faults->kinds : everything;
    uint32_t       possible = 0;
    uint32_t       kept = 0;
    for (uint32_t kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        const bool task_without_app = kind == FAULT_KILL_TASK && run->scenario->apps_count == 0;
        const bool fits = (asked & 1U << kind) != 0 && !task_without_app &&
                          (!real || action_find(ranges[kind].verb)->real);
        const bool on = rng_chance(rng, PPM / 2); /* drawn for each: none shifts another */
        possible |= fits ? 1U << kind : 0;
        kept |= fits && on ? 1U << kind : 0;
    }
    return faults->swarm && kept != 0 ? kept : possible;
}

/* Forgets what is over at t and tells what is still under way. */
static void
faults_under_way(struct fault_draw *draw, int64_t at_ns, uint32_t *ret_count, uint32_t *ret_nodes)
{
    *ret_count = 0;
    *ret_nodes = 0;
    for (uint32_t i = draw->active.count; i > 0; i--) {
        const struct fault_active *active = vec_at(&draw->active, i - 1);
        if (active->end_at_ns <= at_ns) {
            vec_remove_at(&draw->active, i - 1);
        } else {
            *ret_count += 1;
            *ret_nodes += active->takes_node ? 1 : 0;
        }
    }
}

/* One of the kinds that the budget allows now; FAULT_KIND_COUNT when none. */
static uint32_t
faults_pick(const struct run *run, struct fault_draw *draw, int64_t at_ns)
{
    const struct scenario_faults *faults = &run->scenario->faults;
    uint32_t                      under_way = 0;
    uint32_t                      nodes_down = 0;
    uint32_t                      fitting[FAULT_KIND_COUNT];
    uint32_t                      count = 0;
    faults_under_way(draw, at_ns, &under_way, &nodes_down);
    if (under_way >= (faults->max_at_once > 0 ? faults->max_at_once : 1)) {
        return FAULT_KIND_COUNT;
    }
    for (uint32_t kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        const bool room = at_ns + ranges[kind].low_ns <= draw->until_at_ns;
        const bool node = !ranges[kind].takes_node || nodes_down < faults->nodes_down_max;
        if ((draw->kinds & 1U << kind) != 0 && room && node) {
            fitting[count++] = kind;
        }
    }
    return count == 0 ? FAULT_KIND_COUNT : fitting[rng_below(&draw->rng, count)];
}

static const void *
faults_data(struct run *run, struct rng *rng, uint32_t kind)
{
    const struct selector one = { .kind = SELECT_ONE, .may_be_empty = true };
    if (kind == FAULT_RESTART_MASTER) {
        return NULL;
    }
    if (kind == FAULT_KILL_TASK) {
        struct kill_task_data *data = ARENA_NEW(run->arena, struct kill_task_data);
        data->targets = one;
        data->app = run->scenario->apps[rng_below(rng, run->scenario->apps_count)]->id;
        return data;
    }
    struct node_data *data = ARENA_NEW(run->arena, struct node_data);
    data->targets = one;
    return data;
}

static void
faults_add(struct run *run, struct fault_draw *draw, uint32_t kind, int64_t at_ns)
{
    const struct fault_range *range = &ranges[kind];
    const int64_t high_ns = int64_min(range->high_ns, draw->until_at_ns - at_ns);
    const int64_t for_ns = high_ns > 0 ? rng_between(&draw->rng, range->low_ns, high_ns) : 0;
    *(struct scenario_step *)vec_push(&run->drawn) = (struct scenario_step){
        .at_ns = at_ns,
        .action = action_find(range->verb),
        .data = faults_data(run, &draw->rng, kind),
        .pointer = "/faults",
        .for_ns = for_ns,
    };
    *(struct fault_active *)vec_push(&draw->active) = (struct fault_active){
        .end_at_ns = at_ns + for_ns + FAULT_HEAL_NS, .takes_node = range->takes_node
    };
}

void
faults_draw(struct run *run)
{
    const struct scenario_faults *faults = &run->scenario->faults;
    if (!faults->enabled) {
        return;
    }
    struct fault_draw draw = { .until_at_ns = faults->until_at_ns > 0
                                                  ? faults->until_at_ns
                                                  : run->scenario->duration_ns };
    const struct dist distance = { .kind = DIST_EXPONENTIAL,
                                   .a_ns = faults->every_ns > 0 ? faults->every_ns
                                                                : FAULT_EVERY_NS };
    rng_init(&draw.rng, run->scenario->seed, UINT32_MAX, "faults");
    draw.kinds = faults_kinds(run, &draw.rng);
    vec_init(&draw.active, sizeof(struct fault_active));
    int64_t at_ns = faults->from_at_ns;
    for (uint32_t tries = 0; tries < FAULTS_DRAWN_MAX; tries++) {
        at_ns += dist_draw_ns(&distance, &draw.rng);
        at_ns -= at_ns % NS_PER_MS; /* for people: printed with the run */
        if (at_ns >= draw.until_at_ns) {
            break;
        }
        const uint32_t kind = faults_pick(run, &draw, at_ns);
        if (kind < FAULT_KIND_COUNT) {
            faults_add(run, &draw, kind, at_ns);
        }
    }
    vec_fini(&draw.active);
}
