/*
 * platform/agent/specs.c - app definitions, fetched from the master once and kept while tasks of
 * their version are here, and a few beyond: a crash loop must not fetch each time.
 */
#include "platform/agent/agent.h"
#include "platform/base/memory.h"
#include "platform/model/app_cache.h"

#define SPECS_RETRY_NS     SEC(2) /* doubles */
#define SPECS_RETRY_NS_MAX SEC(30)

static uint32_t
specs_index(const struct process *agent, uint64_t version)
{
    uint32_t low = 0;
    uint32_t high = agent->specs.count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const struct agent_spec *spec = *(struct agent_spec **)vec_at(&agent->specs, middle);
        if (spec->version < version) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct agent_spec *
specs_find(struct process *agent, uint64_t version)
{
    const uint32_t index = specs_index(agent, version);
    if (index == agent->specs.count) {
        return NULL;
    }
    struct agent_spec *spec = *(struct agent_spec **)vec_at(&agent->specs, index);
    return spec->version == version ? spec : NULL;
}

static void
specs_ask(struct agent_spec *spec)
{
    const struct msg_spec_get message = { .version = spec->version };
    agent_send(spec->agent, &msg_spec_get_type, &message);
    env_timer_start(spec->agent->env->clock, &spec->timer, spec->retry_ns);
    spec->retry_ns = int64_min(spec->retry_ns * 2, SPECS_RETRY_NS_MAX);
}

static void
specs_fire(struct env_timer *timer)
{
    specs_ask(container_of(timer, struct agent_spec, timer));
}

static void
specs_remove(struct process *agent, struct agent_spec *spec)
{
    ASSERT(spec->users_count == 0);
    vec_remove_at(&agent->specs, specs_index(agent, spec->version));
    env_timer_cancel(agent->env->clock, &spec->timer);
    specs_free(spec);
}

/* The idle ones are few: the one used longest ago goes when there are too many. */
static void
specs_trim(struct process *agent)
{
    struct agent_spec *oldest = NULL;
    uint32_t idle_count = 0;
    for (uint32_t i = 0; i < agent->specs.count; i++) {
        struct agent_spec *spec = *(struct agent_spec **)vec_at(&agent->specs, i);
        if (spec->users_count > 0) {
            continue;
        }
        idle_count++;
        if (oldest == NULL || spec->used_at < oldest->used_at) {
            oldest = spec;
        }
    }
    if (idle_count > AGENT_SPECS_IDLE_MAX) {
        specs_remove(agent, oldest);
    }
}

static struct agent_spec *
specs_add(struct process *agent, uint64_t version)
{
    const uint32_t index = specs_index(agent, version);
    struct agent_spec *spec = memory_alloc_zero(1, sizeof *spec);
    spec->agent = agent;
    spec->version = version;
    spec->retry_ns = SPECS_RETRY_NS;
    arena_init(&spec->arena, agent->env->memory_poison);
    vec_init(&spec->waiting, sizeof(uint64_t));
    env_timer_init(&spec->timer, specs_fire);

    (void)vec_push(&agent->specs);
    struct agent_spec **items = agent->specs.items;
    for (uint32_t i = agent->specs.count - 1; i > index; i--) {
        items[i] = items[i - 1];
    }
    items[index] = spec;
    specs_ask(spec);
    return spec;
}

struct agent_spec *
specs_take(struct agent_task *task)
{
    struct process *agent = task->agent;
    struct agent_spec *spec = specs_find(agent, task->version);
    if (spec == NULL) {
        spec = specs_add(agent, task->version);
    }
    if (spec->app == NULL) {
        *(uint64_t *)vec_push(&spec->waiting) = task->id;
    }
    spec->users_count++;
    spec->used_at = ++agent->spec_uses;
    return spec;
}

void
specs_give(struct agent_spec *spec)
{
    ASSERT(spec->users_count > 0);
    struct process *agent = spec->agent;
    spec->users_count--;
    if (spec->users_count > 0) {
        return;
    }
    if (spec->app == NULL) {
        specs_remove(agent, spec); /* nobody waits for it any more */
    } else {
        specs_trim(agent);
    }
}

/* Those that ended meanwhile have another definition, or none, or are not there. */
static void
specs_tell(const struct agent_spec *spec, void (*tell)(struct agent_task *task))
{
    for (uint32_t i = 0; i < spec->waiting.count; i++) {
        const uint64_t     id = *(uint64_t *)vec_at(&spec->waiting, i);
        struct agent_task *task = tasks_find(spec->agent, id);
        if (task != NULL && task->spec == spec) {
            tell(task);
        }
    }
}

void
specs_received(struct process *agent, const struct msg_spec *message)
{
    struct agent_spec *spec = specs_find(agent, message->version);
    if (spec == NULL || spec->app != NULL) {
        return; /* not asked for any more, or here already */
    }
    env_timer_cancel(agent->env->clock, &spec->timer);
    struct app_cache *shared = agent->config->definitions;
    spec->app = shared != NULL ? app_cache_take(shared, message->tail, message->tail_len)
                               : app_load(message->tail, message->tail_len, &spec->arena);
    if (spec->app == NULL) { /* who waits fails; what runs already goes on, and waits */
        env_timer_start(agent->env->clock, &spec->timer, SPECS_RETRY_NS_MAX);
        specs_tell(spec, tasks_spec_unreadable);
        return;
    }
    specs_tell(spec, tasks_spec_known);
    vec_fini(&spec->waiting);
}

void
specs_free(struct agent_spec *spec)
{
    struct app_cache *shared = spec->agent->config->definitions;
    if (shared != NULL && spec->app != NULL) {
        app_cache_give(shared, spec->app);
    }
    arena_fini(&spec->arena);
    vec_fini(&spec->waiting);
    memory_free(spec);
}
