/* platform/backends/loop/ports.c - the real random, net, journal and cloud ports. */
#include <stdio.h>
#include <string.h>

#include "platform/backends/loop/loop.h"
#include "platform/base/memory.h"

/* --- random --- */

static env_random_stream_fn random_stream;

static void
random_stream(struct env_random *random, const char *name, struct rng *ret)
{
    const struct real_process *process = container_of(random, struct real_process, random);
    rng_init(ret, process->loop->seed, process->address, name);
}

const struct env_random_ops real_random_ops = {.name = "os", .stream = random_stream};

/* --- net: from process to process inside this program, through the encoding all the same --- */

struct net_message {
    struct real_later later;
    struct real_loop *loop;
    env_address from;
    env_address to;
    const struct record_type *type;
    struct strbuf bytes;
};

static struct real_process *
net_find(struct real_loop *loop, env_address address)
{
    for (struct ring *at = loop->processes.next; at != &loop->processes; at = at->next) {
        struct real_process *process = container_of(at, struct real_process, link);
        if (process->address == address) {
            return process;
        }
    }
    return NULL;
}

static bool
net_reaches(const struct real_loop *loop, env_address from, env_address to)
{
    return loop->options.reaches == NULL ||
           loop->options.reaches(loop->options.reaches_context, from, to);
}

static void
net_deliver(struct real_later *later)
{
    struct net_message *message = container_of(later, struct net_message, later);
    struct real_process *process = net_find(message->loop, message->to);
    if (process != NULL && process->receiver != NULL &&
        net_reaches(message->loop, message->from, message->to)) {
        struct arena arena;
        arena_init(&arena, 0);
        void *record = NULL;
        const enum status status =
            record_decode(message->type, message->bytes.text, message->bytes.len, &arena, &record);
        ASSERT(status == ST_OK); /* we encoded it ourselves */
        process->receiver->receive(process->receiver, message->from, message->type, record);
        arena_fini(&arena);
    }
    strbuf_fini(&message->bytes);
    memory_free(message);
}

static env_net_send_fn net_send;
static env_net_listen_fn net_listen;

static void
net_send(struct env_net *net, env_address to, const struct record_type *type, const void *record)
{
    struct real_process *process = container_of(net, struct real_process, net);
    struct net_message *message = memory_alloc_zero(1, sizeof *message);
    message->loop = process->loop;
    message->from = process->address;
    message->to = to;
    message->type = type;
    record_encode(type, record, &message->bytes);
    real_later_push(process->loop, &message->later, net_deliver);
}

static void
net_listen(struct env_net *net, struct env_receiver *receiver)
{
    container_of(net, struct real_process, net)->receiver = receiver;
}

const struct env_net_ops real_net_ops = {
    .name = "local",
    .send = net_send,
    .listen = net_listen,
};

/* --- journal --- */

static const char *const journal_names[ENV_EVENT_KIND_COUNT] = {
#define X(kind, name) [kind] = name,
    ENV_EVENT_LIST(X)
#undef X
};

static const char *const process_names[ENV_PROCESS_KIND_COUNT] = {
    [ENV_PROCESS_NONE] = "none", [ENV_PROCESS_MASTER] = "master", [ENV_PROCESS_AGENT] = "agent",
    [ENV_PROCESS_EDGE] = "edge", [ENV_PROCESS_CLIENT] = "client",
};

static void
journal_print(const struct real_process *process, const struct env_event *event)
{
    const int64_t since_ns = real_loop_now(process->loop) - process->loop->started_at_ns;
    (void)fprintf(
        stderr, "%8.3f  %s-%u  %-12s %s task %llu version %llu  %d -> %d  value %lld  %s\n",
        (double)since_ns / (double)NS_PER_SEC, process_names[env_address_kind(process->address)],
        env_address_index(process->address), journal_names[event->kind], event->app,
        (unsigned long long)event->task, (unsigned long long)event->version, event->old_state,
        event->new_state, (long long)event->value, event->text);
}

static env_journal_write_fn journal_write;

static void
journal_write(struct env_journal *journal, const struct env_event *event)
{
    struct real_process *process = container_of(journal, struct real_process, journal);
    const struct real_loop_options *options = &process->loop->options;
    if (options->verbose) {
        journal_print(process, event);
    }
    if (options->journal != NULL) {
        options->journal(options->journal_context, process->address, event);
    }
}

const struct env_journal_ops real_journal_ops = {.name = "stderr", .write = journal_write};

/* --- cloud: the machines that are there, and no others --- */

struct cloud_listing {
    struct real_item item;
    struct real_later later;
    struct real_process *process;
    struct env_cloud_instances *instances;
};

static void
cloud_listing_drop(struct real_item *item)
{
    struct cloud_listing *listing = container_of(item, struct cloud_listing, item);
    real_later_cancel(&listing->later);
    memory_free(listing);
}

static void
cloud_listing_run(struct real_later *later)
{
    struct cloud_listing *listing = container_of(later, struct cloud_listing, later);
    const struct real_loop_options *options = &listing->process->loop->options;
    struct env_cloud_instances *instances = listing->instances;
    real_item_remove(&listing->item);
    memory_free(listing);
    for (uint32_t i = 0; i < options->instances_count; i++) {
        const struct instance_info *info = &options->instances[i];
        if (instances->group == NULL || strcmp(instances->group, info->group) == 0) {
            instances->row(instances, info);
        }
    }
    env_op_complete(&instances->op, ST_OK, NULL);
}

static env_cloud_resize_fn cloud_resize;
static env_cloud_instances_fn cloud_instances;
static env_cloud_group_fn cloud_group;
static env_cloud_configure_fn cloud_configure;
static env_cloud_terminate_fn cloud_terminate;

static void
cloud_resize(struct env_cloud *cloud, struct env_cloud_resize *resize)
{
    real_process_answer(container_of(cloud, struct real_process, cloud), &resize->op,
                        ST_UNSUPPORTED, "this machine cannot be resized");
}

static void
cloud_instances(struct env_cloud *cloud, struct env_cloud_instances *instances)
{
    struct real_process *process = container_of(cloud, struct real_process, cloud);
    struct cloud_listing *listing = memory_alloc_zero(1, sizeof *listing);
    listing->process = process;
    listing->instances = instances;
    real_scope_add(&process->scope, &listing->item, cloud_listing_drop);
    real_later_push(process->loop, &listing->later, cloud_listing_run);
}

static void
cloud_group(struct env_cloud *cloud, struct env_cloud_group *group)
{
    real_process_answer(container_of(cloud, struct real_process, cloud), &group->op,
                        ST_UNSUPPORTED, "this machine belongs to no group");
}

static void
cloud_configure(struct env_cloud *cloud, struct env_cloud_configure *configure)
{
    real_process_answer(container_of(cloud, struct real_process, cloud), &configure->op,
                        ST_UNSUPPORTED, "this machine has the image that it has");
}

static void
cloud_terminate(struct env_cloud *cloud, struct env_cloud_terminate *terminate)
{
    real_process_answer(container_of(cloud, struct real_process, cloud), &terminate->op,
                        ST_UNSUPPORTED, "this machine is not ended from here");
}

const struct env_cloud_ops real_cloud_ops = {
    .name = "this-machine",
    .fixed = true,
    .resize = cloud_resize,
    .instances = cloud_instances,
    .group = cloud_group,
    .configure = cloud_configure,
    .terminate = cloud_terminate,
};
