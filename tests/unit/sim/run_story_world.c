/* tests/unit/sim/run_story_world.c - the scripted world: its clock, its net and its machines. */
#include "tests/unit/sim/run_story.h"

#include <stdio.h>
#include <string.h>

static struct story *
story_of_clock(struct env_clock *clock)
{
    return container_of(clock, struct story, clock);
}

static void
story_note(struct story *story, const char *what, uint64_t number)
{
    ASSERT(story->notes_count < STORY_NOTES_MAX);
    const int64_t at_ms = (story->now_ns - STORY_EPOCH_NS) / NS_PER_MS;
    (void)snprintf(story->notes[story->notes_count++], sizeof(story->notes[0]),
                   "%lld.%03lld %s %llu", (long long)(at_ms / 1000), (long long)(at_ms % 1000),
                   what, (unsigned long long)number);
}

/* --- clock and net --- */

static int64_t
story_clock_now(struct env_clock *clock)
{
    return story_of_clock(clock)->now_ns;
}

static void
story_clock_cancel(struct env_clock *clock, struct env_timer *timer)
{
    struct story *story = story_of_clock(clock);
    for (uint32_t i = 0; i < story->timers_count; i++) {
        if (story->timers[i] == timer) {
            story->timers[i] = story->timers[--story->timers_count];
            break;
        }
    }
    timer->armed = false;
}

static void
story_clock_start(struct env_clock *clock, struct env_timer *timer, int64_t delay_ns,
                  int64_t period_ns)
{
    struct story *story = story_of_clock(clock);
    if (timer->armed) {
        story_clock_cancel(clock, timer);
    }
    ASSERT(story->timers_count < STORY_TIMERS_MAX);
    timer->due_at_ns = story->now_ns + delay_ns;
    timer->period_ns = period_ns;
    timer->armed = true;
    timer->generation = story->timers_made++;
    story->timers[story->timers_count++] = timer;
}

static const struct env_clock_ops story_clock_ops = { .name = "story",
                                                      .now = story_clock_now,
                                                      .start = story_clock_start,
                                                      .cancel = story_clock_cancel };

static void
story_net_send(struct env_net *net, env_address to, const struct record_type *type,
               const void *record)
{
    struct story *story = container_of(net, struct story, net);
    ASSERT(to == env_address_of(ENV_PROCESS_MASTER, 0) && type == &msg_api_request_type);
    ASSERT(story->sent_count < STORY_NOTES_MAX);
    const struct msg_api_request *request = record;
    char *text = story->sent[story->sent_count];
    if (request->call == API_PUT_APP) {
        (void)snprintf(text, sizeof(story->sent[0]), "%.*s", (int)request->tail_len, request->tail);
    } else {
        (void)snprintf(text, sizeof(story->sent[0]), "scale %s %u", request->app,
                       request->instances);
    }
    story->requests[story->sent_count++] = request->request;
}

static void
story_net_listen(struct env_net *net, struct env_receiver *receiver)
{
    container_of(net, struct story, net)->receiver = receiver;
}

static const struct env_net_ops story_net_ops = {
    .name = "story", .send = story_net_send, .listen = story_net_listen
};

/* --- the world --- */

static struct env *
story_client_env(void *world)
{
    return &((struct story *)world)->env;
}

static uint32_t
story_nodes(void *world, struct world_node_view *views, uint32_t views_max)
{
    struct story *story = world;
    for (uint32_t i = 0; i < story->nodes_count && i < views_max; i++) {
        const struct story_node *node = &story->nodes[i];
        views[i] = (struct world_node_view){
            .index = i + 1, /* 0 is no machine of the cluster */
            .name = node->name,
            .zone = node->zone,
            .role = "*",
            .group = "private",
            .type = "m5.large",
            .up = node->up,
            .reachable = node->up && !node->cut,
            .cpu_milli = 2000,
            .gpus = 2,
            .mem_bytes = MIB(8192),
            .cost_microusd_hour = 96000,
        };
    }
    return story->nodes_count;
}

static enum status
story_world_answer(struct story *story, struct error *err)
{
    return story->world_answer == ST_OK ? ST_OK
                                        : error_set(err, story->world_answer, "the world says no");
}

static enum status
story_kill_task(void *world, uint64_t task, struct error *err)
{
    story_note(world, "kill-task", task);
    return story_world_answer(world, err);
}

static enum status
story_slow_task(void *world, uint64_t task, double factor, bool begins, struct error *err)
{
    story_note(world, begins ? "slow" : "well", task * 100 + (uint64_t)(factor * 10));
    return story_world_answer(world, err);
}

static enum status
story_kill_node(void *world, uint32_t node, struct error *err)
{
    struct story *story = world;
    story_note(story, "kill-node", node);
    story->nodes[node - 1].up = false;
    return story_world_answer(world, err);
}

static enum status
story_start_node(void *world, uint32_t node, struct error *err)
{
    struct story *story = world;
    story_note(story, "start-node", node);
    story->nodes[node - 1].up = true;
    return story_world_answer(world, err);
}

static enum status
story_restart_agent(void *world, uint32_t node, struct error *err)
{
    story_note(world, "restart-agent", node);
    return story_world_answer(world, err);
}

static enum status
story_restart_master(void *world, int64_t down_ns, struct error *err)
{
    story_note(world, "restart-master", (uint64_t)(down_ns / NS_PER_SEC));
    return story_world_answer(world, err);
}

static enum status
story_partition(void *world, const uint32_t *nodes, uint32_t count, bool on, struct error *err)
{
    struct story *story = world;
    for (uint32_t i = 0; i < count; i++) {
        story_note(story, on ? "cut" : "heal", nodes[i]);
        story->nodes[nodes[i] - 1].cut = on;
    }
    return story_world_answer(world, err);
}

static enum status
story_set_traffic(void *world, uint32_t line, int64_t rate_microhertz, struct error *err)
{
    (void)line;
    story_note(world, "set-traffic", (uint64_t)(rate_microhertz / PPM));
    return story_world_answer(world, err);
}

static void
story_watch(void *world, uint64_t token)
{
    ((struct story *)world)->watched = token;
}

static const struct world_ops story_ops = {
    .name = "fake",
    .client_env = story_client_env,
    .nodes = story_nodes,
    .kill_task = story_kill_task,
    .slow_task = story_slow_task,
    .kill_node = story_kill_node,
    .start_node = story_start_node,
    .restart_agent = story_restart_agent,
    .restart_master = story_restart_master,
    .partition = story_partition,
    .set_traffic = story_set_traffic,
    .watch = story_watch,
};

void
story_open_world(struct story *story)
{
    story->clock.ops = &story_clock_ops;
    story->net.ops = &story_net_ops;
    story->net.self = env_address_of(ENV_PROCESS_CLIENT, 0);
    story->env = (struct env){ .clock = &story->clock, .net = &story->net };
    story->ops = story_ops;
}

void
story_until(struct story *story, int64_t at_ns)
{
    for (;;) {
        struct env_timer *next = NULL;
        for (uint32_t i = 0; i < story->timers_count; i++) {
            struct env_timer *timer = story->timers[i];
            if (next == NULL || timer->due_at_ns < next->due_at_ns ||
                (timer->due_at_ns == next->due_at_ns && timer->generation < next->generation)) {
                next = timer;
            }
        }
        if (next == NULL || next->due_at_ns > STORY_EPOCH_NS + at_ns) {
            break;
        }
        story->now_ns = next->due_at_ns;
        story_clock_cancel(&story->clock, next);
        if (next->period_ns > 0) {
            story_clock_start(&story->clock, next, next->period_ns, next->period_ns);
        }
        next->fire(next);
    }
    story->now_ns = STORY_EPOCH_NS + at_ns;
}
