/* tests/unit/sim/run_story.c - a story for the runner: a scenario, and what its master writes. */
#include "tests/unit/sim/run_story.h"

#include <stdio.h>
#include <string.h>

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
    story_open_world(story);
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

/* --- what the master writes --- */

void
story_event(struct story *story, struct env_event event)
{
    event.app = event.app != NULL ? event.app : "/web";
    event.text = event.text != NULL ? event.text : "";
    run_event(&story->run, env_address_of(ENV_PROCESS_MASTER, 0), &event);
}

void
story_finds_all(struct story *story)
{
    struct books *books = &story->run.books;
    for (uint32_t i = 0; i < books->apps.count; i++) {
        const struct book_app  *app = vec_at(&books->apps, i);
        const struct book_task *task = books_task_at(books, app->tasks_first);
        for (; task != NULL; task = books_task_at(books, task->next)) {
            story_event(story, (struct env_event){ .kind = ENV_EVENT_LOADED,
                                                   .old_state = task->draining,
                                                   .new_state = (int32_t)task->state,
                                                   .node = task->node,
                                                   .task = task->id,
                                                   .version = task->version,
                                                   .value = task->healthy,
                                                   .app = app->id });
        }
    }
}

void
story_leads(struct story *story, uint64_t term)
{
    story_event(story, (struct env_event){ .kind = ENV_EVENT_MASTER, .old_state = -1, .app = "" });
    story_finds_all(story);
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
