/* platform/master/master.c - the master process: its birth and its end. */
#include "platform/master/master.h"

#include "platform/base/memory.h"
#include "platform/env/process.h"

static struct process *
master_open(struct env *env, const void *config)
{
    struct master *master = memory_alloc_zero(1, sizeof *master);
    master->env = env;
    master->config = *(const struct master_config *)config;
    master->receiver.receive = master_receive;
    vec_init(&master->pipeline.effects, sizeof(struct effect));
    arena_init(&master->pipeline.scratch, env->memory_poison);
    env_net_listen(env->net, &master->receiver);
    master_load(master);
    return (struct process *)master;
}

static void
master_close(struct process *process)
{
    struct master *master = (struct master *)(void *)process;
    env_timer_cancel(master->env->clock, &master->loader.retry);
    env_timer_cancel(master->env->clock, &master->cluster.step_timer);
    master_controllers_close(master);
    cluster_fini(&master->cluster);
    pipeline_fini(master);
    memory_free(master);
}

const struct process_kind master_process = {
    .name = "master", .open = master_open, .close = master_close
};
