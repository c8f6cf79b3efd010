/* sim/world.c - a simulated world from its opening to its end. */
#include "sim/world.h"

#include "fakes/containers/behavior.h"
#include "platform/base/memory.h"
#include "platform/model/app_cache.h"

enum { WORLD_REQUESTS_MAX = 1000000, WORLD_LOOK_EVENTS = 65536 };

/* So many looks in a row may find the same instant: 4 million events, four of each request that may
 * be on its way. Two million tasks that are submitted at once make a few thousand. */
enum { WORLD_STILL_LOOKS_MAX = 64 };

static void
world_request_done(void *context, const struct request_end *end)
{
    struct world *world = context;
    run_request_end(&world->run, end);
}

static void
world_flow_told(void *context, const struct flow_batch *batch)
{
    struct world *world = context;
    run_flow(&world->run, batch);
}

static void
world_server_told(void *context, const struct fake_server_stats *stats)
{
    struct world *world = context;
    const struct result_server told = { .task = stats->endpoint_id,
                                        .requests = stats->requests,
                                        .errors = stats->errors,
                                        .failures = stats->failures,
                                        .ejections = stats->ejections,
                                        .latency_sum_ns = stats->latency_sum_ns };
    run_server(&world->run, stats->service, stats->app, &told);
}

static void
world_run_finished(struct run *run, void *context)
{
    (void)run;
    struct world *world = context;
    world->over = true;
}

static uint64_t
world_requests_hash(void *context)
{
    const struct world *world = context;
    return world->traffic != NULL ? traffic_hash(world->traffic) : 0;
}

static void
world_behaviors(struct world *world)
{
    intern_init(&world->images);
    for (uint32_t i = 0; i < world->scenario->behaviors_count; i++) {
        const uint32_t image = intern_id(&world->images, world->scenario->behaviors[i].image);
        map64_put(&world->behaviors, image, i + 1);
    }
}

const struct behavior *
world_behavior(const struct world *world, const char *image)
{
    const uint32_t id = intern_find(&world->images, image);
    const uint32_t index = id == 0 ? 0 : map64_get(&world->behaviors, id);
    return index == 0 ? &behavior_default : &world->scenario->behaviors[index - 1];
}

static void
world_trace_open(struct world *world)
{
    const struct trace_header header = { .file = world->scenario->file,
                                         .seed = world->options.seed,
                                         .sets = world->options.sets,
                                         .sets_count = world->options.sets_count,
                                         .start_at_ns = world->scenario->start_at_ns };
    world->trace = trace_open(world->options.io, &header);
    trace_set_requests(world->trace, world_requests_hash, world);
}

struct world *
world_open(const struct scenario *scenario, const struct world_options *options)
{
    struct world *world = memory_alloc_zero(1, sizeof *world);
    world->scenario = scenario;
    world->options = *options;
    world->now_ns = scenario->start_at_ns;
    world->still_looks_max = WORLD_STILL_LOOKS_MAX;
    arena_init(&world->arena, options->poison);
    vec_init(&world->nodes, sizeof(struct world_node *));
    vec_init(&world->places, sizeof(struct world_place));
    vec_init(&world->processes, sizeof(struct world_process *));
    for (uint32_t i = 0; i < ENV_PROCESS_KIND_COUNT; i++) {
        vec_init(&world->by_address[i], sizeof(struct world_process *));
    }
    world->groups_nodes = ARENA_ARRAY(&world->arena, uint32_t, scenario->groups_count + 1);
    vec_init(&world->services, sizeof(struct world_listener));
    vec_init(&world->services_free, sizeof(uint32_t));
    world_events_init(world);
    world_behaviors(world);
    world->definitions = app_cache_open(options->poison);
    for (uint32_t i = 0; i < scenario->apps_count; i++) {
        app_cache_know(world->definitions, scenario->apps[i]);
    }
    world_trace_open(world);
    fake_network_init(&world->network, world, &world->options.net);
    world->store = fake_store_open(world, &world->options.store);
    struct fake_proxy_options proxy = world->options.proxy;
    if (proxy.hop_ns == 0) {
        proxy.hop_ns = scenario->hop_ns > 0 ? scenario->hop_ns : FAKE_PROXY_HOP_NONE;
    }
    world->datapath = fake_datapath_open(world, &proxy, WORLD_REQUESTS_MAX);
    fake_datapath_set_observer(world->datapath, world_server_told, world);
    world_master_open(world);
    run_init(&world->run, scenario, &world_ops_fake, world, &world->arena);
    world->run.finished = world_run_finished;
    world->run.finished_context = world;
    world->traffic = traffic_open(world, world->datapath, scenario->traffic,
                                  scenario->traffic_count, world_request_done, world);
    traffic_set_flow(world->traffic, world_flow_told);
    return world;
}

void
world_begin(struct world *world)
{
    world_process_start(world->client);
    world->shown = true;
    run_start(&world->run);
    world_cloud_open(world);
    world_given_make(world);
    if (world->scenario->snapshot != NULL) {
        world_snapshot_open(world);
    }
    world_given_power_on(world);
    world_process_start(world->master);
    traffic_start(world->traffic);
}

void
world_end(struct world *world)
{
    struct results *results = &world->run.results;
    results->simulated_ns = world->now_ns - world->scenario->start_at_ns;
    results->trace_hash = trace_hash(world->trace);
    results->trace_events = trace_lines(world->trace);
}

/*
 * Now and then. Whoever waits may have had enough: then the run ends itself at its next look. But
 * where events make events at one instant there is none.
 */
static void
world_look(struct world *world)
{
    struct run *run = &world->run;
    const bool  is_still = world->looked_at_ns == world->now_ns;
    world->still_looks = is_still ? world->still_looks + 1 : 0;
    world->looked_at_ns = world->now_ns;
    if (world->interrupted != NULL && world->interrupted(world->interrupted_context)) {
        run->stop_asked = true;
    }
    if (run->aborted) {
        return;
    }
    if (run->stop_asked && is_still) {
        run_abort(run, "stopped before its end");
    } else if (world->still_looks == world->still_looks_max) {
        run_abort(run, "time stands still: more than %u events at one instant (a fault of the "
                       "program: please report it)",
                  world->still_looks_max * WORLD_LOOK_EVENTS);
    }
}

bool
world_turn(struct world *world)
{
    const bool more = world_step(world);
    if (world->fired % WORLD_LOOK_EVENTS == 0) {
        world_look(world);
    }
    return more && !world->over;
}

void
world_play(struct world *world)
{
    world_begin(world);
    while (world_turn(world)) {
        /* until it is over */
    }
    world_end(world);
}

void
world_close(struct world *world)
{
    trace_close(world->trace); /* its last checkpoint asks the traffic */
    for (uint32_t i = 0; i < world->processes.count; i++) {
        struct world_process *process = *(struct world_process **)vec_at(&world->processes, i);
        if (process->process != NULL) {
            process->kind->close(process->process);
        }
        world_process_fini(process);
    }
    traffic_close(world->traffic);
    world_nodes_close(world);
    fake_cloud_close(world->cloud);
    fake_datapath_close(world->datapath);
    fake_store_close(world->store);
    fake_network_fini(&world->network);
    app_cache_close(world->definitions);
    run_fini(&world->run);
    world_events_fini(world);
    intern_fini(&world->images);
    map64_fini(&world->behaviors);
    for (uint32_t i = 0; i < ENV_PROCESS_KIND_COUNT; i++) {
        vec_fini(&world->by_address[i]);
    }
    map64_fini(&world->by_instance);
    map64_fini(&world->by_ipv4);
    map64_fini(&world->listeners);
    vec_fini(&world->nodes);
    vec_fini(&world->places);
    vec_fini(&world->processes);
    vec_fini(&world->services);
    vec_fini(&world->services_free);
    arena_fini(&world->arena);
    memory_free(world);
}
