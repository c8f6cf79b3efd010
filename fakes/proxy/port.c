/*
 * fakes/proxy/port.c - the proxy port of one edge process: what it asks of its node's proxy.
 *
 * An apply has two events at one instant: the first belongs to the proxy and happens even when the
 * process has died since, the second is the answer, which is dropped then. What the answer will say
 * is decided at the call and waits in the op's own status.
 */
#include "fakes/proxy/inner.h"

static struct fake_proxy_port *
port_of_argument(uint64_t argument)
{
    return (struct fake_proxy_port *)(uintptr_t)argument;
}

/* The oldest pending configuration comes into force: applies never overtake each other. */
static void
port_apply_effect(struct world *world, void *context, uint64_t argument)
{
    (void)world;
    (void)argument;
    struct fake_proxy *proxy = context;
    struct proxy_config *config = proxy->pending_first;
    ASSERT(config != NULL);
    proxy->pending_first = config->next;
    if (proxy->pending_first == NULL) {
        proxy->pending_last = NULL;
    }
    if (config->generation == 0) { /* the power went off in between */
        proxy_config_free(config);
        return;
    }
    proxy_checks_stop(proxy);
    proxy_servers_replace(proxy, config);
    proxy_checks_start(proxy);
    datapath_listening_changed(proxy->datapath);
}

static void
port_apply_answer(struct world *world, void *context, uint64_t argument)
{
    struct env_proxy_apply *apply = context;
    struct fake_proxy_port *port = port_of_argument(argument);
    const enum status status = apply->op.status;
    world_trace_answer(world, port->process, "proxy.apply", apply->generation, status);
    env_op_complete(&apply->op, status, status == ST_OK ? NULL : port->error.text);
}

/* Decides what becomes of an apply. A configuration that will come into force, or NULL. */
static struct proxy_config *
port_apply_judge(struct fake_proxy_port *port, const struct env_proxy_apply *apply,
                 enum status *ret_status)
{
    struct fake_proxy *proxy = port->proxy;
    const struct fake_proxy_options *options = &proxy->datapath->options;
    proxy->applies_count++;
    if (!proxy->powered) {
        *ret_status = error_set(&port->error, ST_UNAVAILABLE, "the node has no power");
        return NULL;
    }
    const bool chosen = proxy->applies_count == options->apply_fail_nth;
    if (chosen ||
        (options->apply_fail_ppm > 0 && rng_chance(&proxy->rng, options->apply_fail_ppm))) {
        *ret_status = error_set(&port->error, ST_UNAVAILABLE, "the proxy does not answer");
        return NULL;
    }
    if (apply->generation < proxy->generation_newest) {
        *ret_status = error_set(&port->error, ST_STALE, "generation %llu is in force",
                                (unsigned long long)proxy->generation_newest);
        return NULL;
    }
    struct proxy_config *config = proxy_config_make(proxy, apply, ret_status, &port->error);
    if (options->apply_lost_ppm > 0 && rng_chance(&proxy->rng, options->apply_lost_ppm)) {
        *ret_status = error_set(&port->error, ST_TIMEOUT, "the proxy's answer was lost");
    }
    return config;
}

static void
fake_proxy_apply(struct env_proxy *base, struct env_proxy_apply *apply)
{
    struct fake_proxy_port *port = container_of(base, struct fake_proxy_port, base);
    struct fake_proxy *proxy = port->proxy;
    struct world *world = proxy->datapath->world;
    const struct fake_proxy_options *options = &proxy->datapath->options;
    world_trace_call(world, port->process, "proxy.apply", apply->generation,
                     apply->services_count);

    const int64_t latency_ns =
        rng_between(&proxy->rng, options->apply_ns_min, options->apply_ns_max);
    int64_t at_ns = world_now(world) + latency_ns;
    enum status status = ST_OK;
    struct proxy_config *config = port_apply_judge(port, apply, &status);
    if (config != NULL) {
        at_ns = int64_max(at_ns, proxy->applied_at_ns);
        proxy->applied_at_ns = at_ns;
        proxy->generation_newest = apply->generation;
        if (proxy->pending_last != NULL) {
            proxy->pending_last->next = config;
        } else {
            proxy->pending_first = config;
        }
        proxy->pending_last = config;
        (void)world_at(world, at_ns, WORLD_CLASS_ANSWER, NULL, port_apply_effect, proxy, 0);
    }
    apply->op.status = status;
    (void)world_at(world, at_ns, WORLD_CLASS_ANSWER, port->process, port_apply_answer, apply,
                   (uint64_t)(uintptr_t)port);
}

/* When a question is answered, and whether it fails. */
static int64_t
port_question(struct fake_proxy *proxy, bool *ret_fails)
{
    const struct fake_proxy_options *options = &proxy->datapath->options;
    const int64_t latency_ns = rng_between(&proxy->rng, options->open_ns_min, options->open_ns_max);
    *ret_fails = options->open_fail_ppm > 0 && rng_chance(&proxy->rng, options->open_fail_ppm);
    return world_now(proxy->datapath->world) + latency_ns;
}

static void
port_open_answer(struct world *world, void *context, uint64_t argument)
{
    struct env_proxy_open *open = context;
    const struct fake_proxy_port *port = port_of_argument(argument);
    const struct fake_proxy *proxy = port->proxy;
    enum status status = open->op.status;
    if (status == ST_OK && map64_get(&proxy->by_endpoint, open->endpoint_id) == 0) {
        status = ST_NOT_FOUND;
    }
    open->ret_open =
        status == ST_OK ? fake_proxy_endpoint_open(proxy, open->endpoint_id) : 0;
    world_trace_answer(world, port->process, "proxy.open", open->endpoint_id, status);
    env_op_complete(&open->op, status,
                    status == ST_OK          ? NULL
                    : status == ST_NOT_FOUND ? "no such endpoint"
                                             : "the proxy does not answer");
}

static void
fake_proxy_open_count(struct env_proxy *base, struct env_proxy_open *open)
{
    struct fake_proxy_port *port = container_of(base, struct fake_proxy_port, base);
    struct fake_proxy *proxy = port->proxy;
    struct world *world = proxy->datapath->world;
    world_trace_call(world, port->process, "proxy.open", open->endpoint_id, 0);
    bool fails = false;
    const int64_t at_ns = port_question(proxy, &fails);
    open->op.status = fails ? ST_UNAVAILABLE : ST_OK;
    (void)world_at(world, at_ns, WORLD_CLASS_ANSWER, port->process, port_open_answer, open,
                   (uint64_t)(uintptr_t)port);
}

static void
port_stats_answer(struct world *world, void *context, uint64_t argument)
{
    struct env_proxy_stats *stats = context;
    const struct fake_proxy_port *port = port_of_argument(argument);
    const enum status status = stats->op.status;
    stats->ret_count = 0;
    if (status == ST_OK) {
        proxy_stats_list(port->proxy, stats);
    }
    world_trace_answer(world, port->process, "proxy.stats", stats->ret_count, status);
    env_op_complete(&stats->op, status, status == ST_OK ? NULL : "the proxy does not answer");
}

static void
fake_proxy_stats(struct env_proxy *base, struct env_proxy_stats *stats)
{
    struct fake_proxy_port *port = container_of(base, struct fake_proxy_port, base);
    struct fake_proxy *proxy = port->proxy;
    struct world *world = proxy->datapath->world;
    world_trace_call(world, port->process, "proxy.stats", stats->stats_max, 0);
    bool fails = false;
    const int64_t at_ns = port_question(proxy, &fails);
    stats->op.status = fails ? ST_UNAVAILABLE : ST_OK;
    (void)world_at(world, at_ns, WORLD_CLASS_ANSWER, port->process, port_stats_answer, stats,
                   (uint64_t)(uintptr_t)port);
}

static void
port_tally_answer(struct world *world, void *context, uint64_t argument)
{
    struct env_proxy_tally *tally = context;
    const struct fake_proxy_port *port = port_of_argument(argument);
    enum status status = tally->op.status;
    if (status == ST_OK && !proxy_tally_read(port->proxy, tally)) {
        status = ST_NOT_FOUND;
    }
    world_trace_answer(world, port->process, "proxy.tally", tally->measured, status);
    env_op_complete(&tally->op, status,
                    status == ST_OK          ? NULL
                    : status == ST_NOT_FOUND ? "nothing is counted under this number"
                                             : "the proxy does not answer");
}

static void
fake_proxy_tally(struct env_proxy *base, struct env_proxy_tally *tally)
{
    struct fake_proxy_port *port = container_of(base, struct fake_proxy_port, base);
    struct fake_proxy *proxy = port->proxy;
    struct world *world = proxy->datapath->world;
    world_trace_call(world, port->process, "proxy.tally", tally->measured, 0);
    bool fails = false;
    const int64_t at_ns = port_question(proxy, &fails);
    tally->op.status = fails ? ST_UNAVAILABLE : ST_OK;
    (void)world_at(world, at_ns, WORLD_CLASS_ANSWER, port->process, port_tally_answer, tally,
                   (uint64_t)(uintptr_t)port);
}

static const struct env_proxy_ops fake_proxy_ops = {
    .name = "fake",
    .apply = fake_proxy_apply,
    .open = fake_proxy_open_count,
    .stats = fake_proxy_stats,
    .tally = fake_proxy_tally,
};

void
fake_proxy_port_init(struct fake_proxy_port *port, struct fake_proxy *proxy,
                     struct world_process *process)
{
    *port = (struct fake_proxy_port){ .base = { .ops = &fake_proxy_ops },
                                      .proxy = proxy,
                                      .process = process };
}
