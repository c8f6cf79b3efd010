/* tests/unit/sim/run_story.c - a scripted world for the runner. */
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
    (void)snprintf(story->notes[story->notes_count++], sizeof(story->notes[0]), "%lld.%03lld %s %llu",
                   (long long)(at_ms / 1000), (long long)(at_ms % 1000), what,
                   (unsigned long long)number);
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

static const struct env_clock_ops story_clock_ops = {
    .name = "story", .now = story_clock_now, .start = story_clock_start, .cancel = story_clock_cancel
};

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
    .kill_node = story_kill_node,
    .start_node = story_start_node,
    .restart_agent = story_restart_agent,
    .restart_master = story_restart_master,
    .partition = story_partition,
    .set_traffic = story_set_traffic,
    .watch = story_watch,
};

/* --- the story --- */

static void
story_finished(struct run *run, void *context)
{
    (void)run;
    ((struct story *)context)->finished++;
}

void
story_open(struct story *story)
{
    static const char *const zones[] = { "a", "b", "c" };
    memset(story, 0, sizeof(*story));
    arena_init(&story->arena, 0xA5);
    story->now_ns = STORY_EPOCH_NS;
    story->clock.ops = &story_clock_ops;
    story->net.ops = &story_net_ops;
    story->net.self = env_address_of(ENV_PROCESS_CLIENT, 0);
    story->env = (struct env){ .clock = &story->clock, .net = &story->net };
    story->ops = story_ops;
    story->app = (struct app_spec){
        .id = "/web", .json = "{\"id\":\"/web\",\"cpus\":0.5,\"instances\":4}", .instances = 4
    };
    story->apps[0] = &story->app;
    for (uint32_t i = 0; i < 6; i++) {
        struct story_node *node = &story->nodes[story->nodes_count++];
        (void)snprintf(node->name, sizeof(node->name), "private-%u", i + 1);
        (void)snprintf(node->zone, sizeof(node->zone), "us-east-1%s", zones[i % 3]);
        node->up = true;
    }
    story->scenario = (struct scenario){
        .file = "scenarios/story.json",
        .name = "story",
        .about = "A story.",
        .seed = 7,
        .duration_ns = MIN(10),
        .settle_ns = MIN(2),
        .record_tasks_max = 100,
        .region = "us-east-1",
        .zones = zones,
        .zones_count = 3,
        .apps = story->apps,
        .apps_count = 1,
        .traffic = story->traffic,
        .steps = story->steps,
        .expects = story->expects,
    };
}

void
story_start(struct story *story)
{
    run_init(&story->run, &story->scenario, &story->ops, story, &story->arena);
    story->run.finished = story_finished;
    story->run.finished_context = story;
    run_start(&story->run);
}

void
story_close(struct story *story)
{
    run_fini(&story->run);
    ASSERT(story->timers_count == 0);
    arena_fini(&story->arena);
}

void
story_step(struct story *story, int64_t at_ns, const char *verb, const void *data, int64_t for_ns)
{
    const struct action *action = action_find(verb);
    ASSERT(action != NULL && story->scenario.steps_count < STORY_STEPS_MAX);
    story->steps[story->scenario.steps_count++] = (struct scenario_step){
        .at_ns = at_ns, .action = action, .data = data, .pointer = "/timeline/0", .for_ns = for_ns
    };
}

void
story_expect(struct story *story, const char *key, const void *data)
{
    const struct expectation_kind *kind = NULL;
    for (uint32_t i = 0; expectation_kinds[i] != NULL; i++) {
        kind = strcmp(expectation_kinds[i]->key, key) == 0 ? expectation_kinds[i] : kind;
    }
    ASSERT(kind != NULL && story->scenario.expects_count < STORY_STEPS_MAX);
    story->expects[story->scenario.expects_count++] =
        (struct scenario_expect){ .id = key, .about = key, .kind = kind, .data = data };
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

/* --- what the master writes --- */

void
story_event(struct story *story, struct env_event event)
{
    event.app = event.app != NULL ? event.app : "/web";
    event.text = event.text != NULL ? event.text : "";
    run_event(&story->run, env_address_of(ENV_PROCESS_MASTER, 0), &event);
}

void
story_leads(struct story *story, uint64_t term)
{
    story_event(story, (struct env_event){ .kind = ENV_EVENT_MASTER, .old_state = -1, .app = "" });
    story_event(story, (struct env_event){ .kind = ENV_EVENT_MASTER,
                                           .old_state = -1,
                                           .new_state = 1,
                                           .value = (int64_t)term,
                                           .app = "" });
}

void
story_announces(struct story *story, const char *text, int64_t wanted, uint64_t version)
{
    story_event(story, (struct env_event){ .kind = ENV_EVENT_APP,
                                           .old_state = -1,
                                           .new_state = PPM / 2,
                                           .version = version,
                                           .value = wanted,
                                           .text = text });
}

void
story_task(struct story *story, uint64_t task, int32_t old_state, int32_t new_state, uint32_t node)
{
    story_event(story, (struct env_event){ .kind = ENV_EVENT_TASK,
                                           .old_state = old_state,
                                           .new_state = new_state,
                                           .node = node + 1,
                                           .task = task,
                                           .version = 1 });
}

void
story_healthy(struct story *story, uint64_t task, bool healthy)
{
    story_event(story, (struct env_event){ .kind = ENV_EVENT_HEALTH,
                                           .old_state = -1,
                                           .new_state = healthy,
                                           .task = task });
}

void
story_task_up(struct story *story, uint64_t task, uint32_t node)
{
    story_event(story, (struct env_event){
                           .kind = ENV_EVENT_TASK, .old_state = -1, .task = task, .version = 1 });
    story_task(story, task, TASK_PENDING, TASK_STAGING, node);
    story_container(story, WORLD_CONTAINER_STARTED, task, node);
    story_task(story, task, TASK_STAGING, TASK_RUNNING, node);
    story_healthy(story, task, true);
}

void
story_decides(struct story *story, uint64_t task, const char *text, int64_t value)
{
    story_event(story, (struct env_event){ .kind = ENV_EVENT_DECISION,
                                           .old_state = -1,
                                           .new_state = -1,
                                           .task = task,
                                           .value = value,
                                           .text = text });
}

void
story_deployment(struct story *story, uint64_t id, int32_t state, const char *text)
{
    story_event(story, (struct env_event){ .kind = ENV_EVENT_DEPLOYMENT,
                                           .old_state = -1,
                                           .new_state = state,
                                           .deployment = id,
                                           .version = 1,
                                           .text = text });
}

void
story_node_ready(struct story *story, uint32_t node)
{
    story_event(story, (struct env_event){ .kind = ENV_EVENT_NODE,
                                           .old_state = NODE_AWAITED,
                                           .new_state = NODE_READY,
                                           .node = node + 1,
                                           .app = "" });
}

/* --- facts and answers --- */

void
story_fact(struct story *story, struct world_fact fact)
{
    run_fact(&story->run, &fact);
}

void
story_container(struct story *story, enum world_fact_kind kind, uint64_t token, uint32_t node)
{
    story_fact(story, (struct world_fact){ .kind = kind,
                                           .node = node,
                                           .token = token,
                                           .cpu_milli = 500,
                                           .mem_bytes = MIB(512) });
}

void
story_answer(struct story *story, uint64_t request, enum status status, uint64_t version)
{
    struct msg_api_answer answer = { .request = request,
                                     .version = version,
                                     .status = (uint8_t)status,
                                     .text = "because" };
    story->receiver->receive(story->receiver, env_address_of(ENV_PROCESS_MASTER, 0),
                             &msg_api_answer_type, &answer);
}

void
story_all_well(struct story *story)
{
    story_leads(story, 1);
    for (uint32_t i = 1; i <= story->nodes_count; i++) {
        story_node_ready(story, i);
    }
    story_announces(story, "accepted", 4, 1);
    story_answer(story, 1, ST_OK, 1);
    for (uint32_t task = 1; task <= 4; task++) {
        story_task_up(story, task, task);
    }
}

bool
story_noted(const struct story *story, const char *note)
{
    for (uint32_t i = 0; i < story->notes_count; i++) {
        if (strcmp(story->notes[i], note) == 0) {
            return true;
        }
    }
    return false;
}

const struct result_invariant *
story_invariant(const struct story *story, const char *id)
{
    for (uint32_t i = 0; i < story->run.results.invariants.count; i++) {
        const struct result_invariant *row = vec_at(&story->run.results.invariants, i);
        if (strcmp(row->id, id) == 0) {
            return row;
        }
    }
    return NULL;
}

const struct result_expectation *
story_expectation(const struct story *story, uint32_t index)
{
    return vec_at(&story->run.results.expectations, index);
}
