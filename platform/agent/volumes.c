/* platform/agent/volumes.c - the persistent volumes of a node, and which task mounts each. */
#include "platform/agent/volumes.h"

#include "platform/base/memory.h"

struct agent_volume {
    uint64_t volume;
    uint64_t task; /* that mounts it, 0: none */
};

struct agent_volumes {
    struct process                     *agent; /* borrowed */
    struct vec                          items; /* struct agent_volume, in the order they came */
    struct env_containers_volumes       list;
    struct env_timer                    timer; /* the list is asked for again */
    int64_t                             retry_ns;
    bool                                listing; /* asked, or to be asked again */
    bool                                removing;
    struct env_containers_remove_volume remove;
};

static void volumes_listed(struct env_op *op);
static void volumes_row(struct env_containers_volumes *list, uint64_t volume);
static void volumes_removed(struct env_op *op);

static void
volumes_ask(struct env_timer *timer)
{
    struct agent_volumes *volumes = container_of(timer, struct agent_volumes, timer);
    env_containers_volumes(volumes->agent->env->containers, &volumes->list);
}

static struct agent_volumes *
volumes_get(struct process *agent)
{
    if (agent->volumes == NULL) {
        struct agent_volumes *volumes = memory_alloc_zero(1, sizeof *volumes);
        volumes->agent = agent;
        vec_init(&volumes->items, sizeof(struct agent_volume));
        volumes->list.op.done = volumes_listed;
        volumes->list.row = volumes_row;
        volumes->remove.op.done = volumes_removed;
        env_timer_init(&volumes->timer, volumes_ask);
        agent->volumes = volumes;
    }
    return agent->volumes;
}

/* Most agents have none, and keep nothing. */
static void
volumes_settle(struct process *agent)
{
    const struct agent_volumes *volumes = agent->volumes;
    if (volumes != NULL && volumes->items.count == 0 && !volumes->listing && !volumes->removing) {
        volumes_drop(agent);
    }
}

static struct agent_volume *
volumes_find(const struct agent_volumes *volumes, uint64_t volume)
{
    for (uint32_t i = 0; volumes != NULL && i < volumes->items.count; i++) {
        struct agent_volume *item = vec_at(&volumes->items, i);
        if (item->volume == volume) {
            return item;
        }
    }
    return NULL;
}

static struct agent_volume *
volumes_add(struct agent_volumes *volumes, uint64_t volume)
{
    struct agent_volume *item = volumes_find(volumes, volume);
    if (item == NULL) {
        item = vec_push(&volumes->items);
        *item = (struct agent_volume){ .volume = volume };
    }
    return item;
}

/* --- what there is --- */

static void
volumes_row(struct env_containers_volumes *list, uint64_t volume)
{
    (void)volumes_add(container_of(list, struct agent_volumes, list), volume);
}

static void
volumes_listed(struct env_op *op)
{
    struct agent_volumes *volumes = container_of(op, struct agent_volumes, list.op);
    struct process *agent = volumes->agent;
    if (op->status != ST_OK) {
        env_timer_start(agent->env->clock, &volumes->timer, volumes->retry_ns);
        volumes->retry_ns = int64_min(volumes->retry_ns * 2, AGENT_BACKOFF_NS_MAX);
        return;
    }
    volumes->listing = false;
    volumes_settle(agent);
}

void
volumes_begin(struct process *agent)
{
    struct agent_volumes *volumes = volumes_get(agent);
    volumes->listing = true;
    volumes->retry_ns = AGENT_BACKOFF_NS;
    env_containers_volumes(agent->env->containers, &volumes->list);
}

/* --- who mounts it --- */

void
volumes_take(struct process *agent, uint64_t volume, uint64_t task)
{
    volumes_add(volumes_get(agent), volume)->task = task;
}

uint64_t
volumes_of(const struct process *agent, uint64_t task)
{
    const struct agent_volumes *volumes = agent->volumes;
    for (uint32_t i = 0; volumes != NULL && i < volumes->items.count; i++) {
        const struct agent_volume *item = vec_at(&volumes->items, i);
        if (item->task == task) {
            return item->volume;
        }
    }
    return 0;
}

void
volumes_give(struct process *agent, uint64_t task)
{
    struct agent_volume *item = volumes_find(agent->volumes, volumes_of(agent, task));
    if (item != NULL) {
        item->task = 0;
    }
}

/* --- told, and removed --- */

static void
volumes_tell(struct process *agent, uint64_t removed)
{
    const struct agent_volumes *volumes = agent->volumes;
    const uint32_t count = volumes != NULL ? volumes->items.count : 0;
    struct msg_volumes *message =
        memory_alloc_zero(1, sizeof *message + count * sizeof(uint64_t));
    *message = (struct msg_volumes){ .incarnation = agent->incarnation,
                                     .removed = removed,
                                     .node = agent->node };
    uint32_t idle_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct agent_volume *item = vec_at(&volumes->items, i);
        if (item->task == 0) {
            message->tail[idle_count++] = item->volume;
        }
    }
    message->tail_len = idle_count * (uint32_t)sizeof(uint64_t);
    if (idle_count > 0 || removed > 0) {
        agent_send(agent, &msg_volumes_type, message);
    }
    memory_free(message);
}

void
volumes_beat(struct process *agent)
{
    if (agent->volumes != NULL) {
        volumes_tell(agent, 0);
    }
}

/* When it failed the master asks again. */
static void
volumes_removed(struct env_op *op)
{
    struct agent_volumes *volumes = container_of(op, struct agent_volumes, remove.op);
    struct process *agent = volumes->agent;
    const uint64_t volume = volumes->remove.volume;
    volumes->removing = false;
    if (op->status == ST_OK) {
        for (uint32_t i = 0; i < volumes->items.count; i++) {
            const struct agent_volume *item = vec_at(&volumes->items, i);
            if (item->volume == volume && item->task == 0) {
                vec_remove_at(&volumes->items, i);
                break;
            }
        }
        volumes_tell(agent, volume);
    }
    volumes_settle(agent);
}

void
volumes_unwanted(struct process *agent, uint64_t volume)
{
    const struct agent_volume *item = volumes_find(agent->volumes, volume);
    if (volume == 0 || (item != NULL && item->task != 0)) {
        return; /* mounted: it goes after the task */
    }
    struct agent_volumes *volumes = volumes_get(agent);
    if (!volumes->removing) {
        volumes->removing = true;
        volumes->remove.volume = volume;
        env_containers_remove_volume(agent->env->containers, &volumes->remove);
    }
}

void
volumes_drop(struct process *agent)
{
    if (agent->volumes != NULL) {
        env_timer_cancel(agent->env->clock, &agent->volumes->timer);
        vec_fini(&agent->volumes->items);
        memory_free(agent->volumes);
        agent->volumes = NULL;
    }
}
