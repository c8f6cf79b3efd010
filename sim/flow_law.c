/* sim/flow_law.c - plays one station alone, as fast as a heap of ends goes. */
#include "sim/flow_law.h"

#include <string.h>

#include "platform/base/memory.h"
#include "platform/base/record.h"

enum {
    LAW_WARM_PART = 5,     /* the warm-up is that part of what is measured.. */
    LAW_WARM_SERVICES = 20 /* ..and so many requests for every worker */
};

struct law_job {
    double   arrived_ns;
    uint32_t server;
    uint32_t balancer;
    uint32_t next; /* in its server's queue, or in the free list; 0: none */
};

struct law_end { /* of a service */
    double   at_ns;
    uint32_t job;
};

struct law_server {
    uint32_t working;
    uint32_t queued;
    uint32_t first; /* jobs, 0: none */
    uint32_t last;
};

struct law_balancer {
    struct env_balance_state   state;
    struct env_balance_server *servers; /* owned */
};

struct law_play {
    const struct flow_station *station;
    struct flow_law           *law;
    struct law_balancer        balancers[FLOW_BALANCERS_MAX];
    struct law_server         *servers; /* owned */
    struct law_job            *jobs;    /* owned; from 1 */
    uint32_t                   jobs_used;
    uint32_t                   jobs_size;
    uint32_t                   jobs_free;
    struct law_end            *heap; /* owned; from 0 */
    uint32_t                   heap_count;
    uint32_t                   heap_size;
    struct rng                 arrivals;
    struct rng                 services;
    struct rng                 clients;
    double                     now_ns;
    uint64_t                   asked;
    uint64_t                   warm; /* requests before are not measured */
};

/* --- the heap of ends --- */

static bool
law_end_before(const struct law_end *a, const struct law_end *b)
{
    return a->at_ns < b->at_ns || (a->at_ns <= b->at_ns && a->job < b->job);
}

static void
law_heap_push(struct law_play *play, double at_ns, uint32_t job)
{
    if (play->heap_count == play->heap_size) {
        play->heap_size = play->heap_size == 0 ? 256 : play->heap_size * 2;
        play->heap = memory_resize(play->heap, play->heap_size * sizeof *play->heap);
    }
    const struct law_end end = { .at_ns = at_ns, .job = job };
    uint32_t             at = play->heap_count++;
    while (at > 0 && law_end_before(&end, &play->heap[(at - 1) / 2])) {
        play->heap[at] = play->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    play->heap[at] = end;
}

static uint32_t
law_heap_pop(struct law_play *play)
{
    const uint32_t       job = play->heap[0].job;
    const struct law_end last = play->heap[--play->heap_count];
    uint32_t             at = 0;
    for (uint32_t child = 1; child < play->heap_count; child = 2 * at + 1) {
        if (child + 1 < play->heap_count &&
            law_end_before(&play->heap[child + 1], &play->heap[child])) {
            child++;
        }
        if (!law_end_before(&play->heap[child], &last)) {
            break;
        }
        play->heap[at] = play->heap[child];
        at = child;
    }
    play->heap[at] = last;
    return job;
}

/* --- jobs --- */

static uint32_t
law_job_new(struct law_play *play)
{
    const uint32_t job = play->jobs_free;
    if (job != 0) {
        play->jobs_free = play->jobs[job].next;
        return job;
    }
    play->jobs_used++;
    if (play->jobs_used >= play->jobs_size) {
        play->jobs_size = play->jobs_size == 0 ? 1024 : play->jobs_size * 2;
        play->jobs = memory_resize(play->jobs, play->jobs_size * sizeof *play->jobs);
    }
    return play->jobs_used;
}

/* The answer goes back through its balancer to its client. */
static void
law_job_answer(struct law_play *play, uint32_t index, enum request_outcome outcome)
{
    const struct flow_station *station = play->station;
    struct law_job            *job = &play->jobs[index];
    struct law_balancer       *balancer = &play->balancers[job->balancer];
    const double               stay_ns = play->now_ns - job->arrived_ns;
    const int64_t              latency_ns = (int64_t)stay_ns + station->way_ns;
    balancer->servers[job->server].open--;
    if (station->policy->ended != NULL) {
        balancer->state.now_ns = (int64_t)play->now_ns;
        station->policy->ended(&balancer->state, balancer->servers, job->server, latency_ns,
                               outcome == REQUEST_OK);
    }
    if (stay_ns > (double)station->patience_ns) {
        outcome = REQUEST_TIMEOUT;
    }
    if (play->asked > play->warm) {
        play->law->requests++;
        play->law->outcomes[outcome]++;
        if (outcome == REQUEST_OK) {
            sketch_add(&play->law->latency, latency_ns);
        }
    }
    job->next = play->jobs_free;
    play->jobs_free = index;
}

static void
law_serve(struct law_play *play, uint32_t job)
{
    const uint32_t            index = play->jobs[job].server;
    const struct flow_server *server = &play->station->servers[index];
    const int64_t service_ns = dist_draw_ns(&server->behavior->service_time, &play->services);
    play->servers[index].working++;
    law_heap_push(play, play->now_ns + (double)service_ns * server->slow, job);
}

/* --- arrivals and ends --- */

static uint32_t
law_pick(struct law_play *play, struct law_balancer *balancer)
{
    const struct flow_station *station = play->station;
    struct env_balance_state  *state = &balancer->state;
    state->now_ns = (int64_t)play->now_ns;
    state->key_hash = hash_step(station->line, rng_below(&play->clients, FLOW_CLIENTS));
    state->uri_hash = station->uri_hash;
    const uint32_t index = station->policy->pick(state, balancer->servers, station->servers_count,
                                                 station->servers_count);
    ASSERT(index < station->servers_count);
    balancer->servers[index].open++;
    if (station->policy->sent != NULL) {
        station->policy->sent(state, balancer->servers, index);
    }
    return index;
}

static void
law_arrive(struct law_play *play)
{
    const struct flow_station *station = play->station;
    const uint32_t balancer =
        station->balancers == 1 ? 0 : rng_below(&play->arrivals, station->balancers);
    const uint32_t index = law_pick(play, &play->balancers[balancer]);
    const uint32_t job = law_job_new(play);
    const struct behavior *behavior = station->servers[index].behavior;
    struct law_server     *server = &play->servers[index];
    play->asked++;
    play->jobs[job] = (struct law_job){ .arrived_ns = play->now_ns,
                                        .server = index,
                                        .balancer = balancer };
    if (server->working < behavior->concurrency) {
        law_serve(play, job);
    } else if (server->queued < behavior->queue_max) {
        *(server->first == 0 ? &server->first : &play->jobs[server->last].next) = job;
        server->last = job;
        server->queued++;
    } else {
        law_job_answer(play, job, REQUEST_ERROR);
    }
}

static uint32_t
law_queue_take(struct law_play *play, struct law_server *server)
{
    const uint32_t job = server->first;
    server->first = play->jobs[job].next;
    server->queued--;
    return job;
}

/* A worker takes the next one; with behavior.heeds_deadlines not one whose client has left. */
static void
law_end(struct law_play *play)
{
    const uint32_t job = law_heap_pop(play);
    const uint32_t index = play->jobs[job].server;
    const struct behavior *behavior = play->station->servers[index].behavior;
    struct law_server     *server = &play->servers[index];
    server->working--;
    const double late_ns = play->now_ns - (double)play->station->patience_ns;
    while (behavior->heeds_deadlines && server->queued > 0 &&
           play->jobs[server->first].arrived_ns <= late_ns) {
        law_job_answer(play, law_queue_take(play, server), REQUEST_TIMEOUT);
    }
    if (server->queued > 0) {
        law_serve(play, law_queue_take(play, server));
    }
    const bool failed =
        behavior->errors_ppm > 0 && rng_chance(&play->services, behavior->errors_ppm);
    law_job_answer(play, job, failed ? REQUEST_ERROR : REQUEST_OK);
}

/* --- the whole --- */

static void
law_balancer_open(const struct flow_station *station, uint64_t hash, uint32_t index,
                  struct law_balancer *balancer)
{
    *balancer = (struct law_balancer){ .state = { .argument = station->argument,
                                                  .weights_equal = true } };
    rng_init(&balancer->state.rng, hash, index, "balancer");
    balancer->servers = memory_alloc_zero(station->servers_count, sizeof *balancer->servers);
    for (uint32_t i = 0; i < station->servers_count; i++) {
        balancer->servers[i] = (struct env_balance_server){ .id = station->servers[i].id,
                                                            .weight = station->servers[i].weight,
                                                            .eligible = true };
        balancer->state.weights_equal = balancer->state.weights_equal &&
                                        station->servers[i].weight == station->servers[0].weight;
    }
    if (station->policy->changed != NULL) {
        station->policy->changed(&balancer->state, balancer->servers, station->servers_count,
                                 station->servers_count);
    }
}

static void
law_close(struct law_play *play)
{
    for (uint32_t i = 0; i < play->station->balancers; i++) {
        struct law_balancer *balancer = &play->balancers[i];
        if (play->station->policy->release != NULL && balancer->state.memory != NULL) {
            play->station->policy->release(&balancer->state);
        }
        memory_free(balancer->servers);
    }
    memory_free(play->servers);
    memory_free(play->jobs);
    memory_free(play->heap);
}

static uint64_t
law_workers(const struct flow_station *station)
{
    uint64_t workers = 0;
    for (uint32_t i = 0; i < station->servers_count; i++) {
        workers += station->servers[i].behavior->concurrency;
    }
    return workers;
}

void
flow_law_sample(const struct flow_station *station, uint64_t requests, struct flow_law *ret)
{
    ASSERT(station->servers_count > 0 && station->rate > 0);
    ASSERT(station->balancers > 0 && station->balancers <= FLOW_BALANCERS_MAX);
    const uint64_t  hash = flow_station_hash(station);
    const uint64_t  warm_least = LAW_WARM_SERVICES * law_workers(station);
    struct law_play play = { .station = station, .law = ret };
    *ret = (struct flow_law){ 0 };
    play.warm = requests / LAW_WARM_PART > warm_least ? requests / LAW_WARM_PART : warm_least;
    play.servers = memory_alloc_zero(station->servers_count, sizeof *play.servers);
    rng_init(&play.arrivals, hash, 0, "arrivals");
    rng_init(&play.services, hash, 0, "services");
    rng_init(&play.clients, hash, 0, "clients");
    for (uint32_t i = 0; i < station->balancers; i++) {
        law_balancer_open(station, hash, i, &play.balancers[i]);
    }
    const double gap_ns = 1 / station->rate;
    double       next_ns = gap_ns;
    while (play.asked < play.warm + requests) {
        if (play.heap_count > 0 && play.heap[0].at_ns <= next_ns) {
            play.now_ns = play.heap[0].at_ns;
            law_end(&play);
        } else {
            play.now_ns = next_ns;
            law_arrive(&play);
            next_ns += station->constant ? gap_ns : rng_exponential(&play.arrivals) * gap_ns;
        }
    }
    law_close(&play);
}

double
flow_station_capacity(const struct flow_station *station)
{
    double capacity = 0;
    for (uint32_t i = 0; i < station->servers_count; i++) {
        const struct flow_server *server = &station->servers[i];
        const int64_t             mean_ns = dist_mean_ns(&server->behavior->service_time);
        if (mean_ns >= DIST_NS_MAX) {
            return 0;
        }
        /* a service of no time is one of 1 ns here: any rate that a line may have is below that */
        capacity += (double)server->behavior->concurrency /
                    ((double)int64_max(mean_ns, 1) * server->slow);
    }
    return capacity;
}

static uint64_t
law_hash_dist(uint64_t hash, const struct dist *dist)
{
    uint64_t shape = 0;
    memcpy(&shape, &dist->shape, sizeof shape);
    hash = hash_step(hash, (uint64_t)dist->kind);
    hash = hash_step(hash, (uint64_t)dist->a_ns);
    hash = hash_step(hash, (uint64_t)dist->b_ns);
    hash = hash_step(hash, shape);
    for (uint32_t i = 0; i < dist->samples_count; i++) {
        hash = hash_step(hash, (uint64_t)dist->samples_ns[i]);
    }
    return hash;
}

static uint64_t
law_hash_server(uint64_t hash, const struct flow_server *server)
{
    const struct behavior *behavior = server->behavior;
    uint64_t               slow = 0;
    memcpy(&slow, &server->slow, sizeof slow);
    hash = hash_step(hash, server->weight);
    hash = hash_step(hash, slow);
    hash = hash_step(hash, (uint64_t)behavior->concurrency << 32 | behavior->queue_max);
    hash = hash_step(hash, (uint64_t)behavior->errors_ppm << 1 |
                               (behavior->heeds_deadlines ? 1 : 0));
    return law_hash_dist(hash, &behavior->service_time);
}

uint64_t
flow_station_hash(const struct flow_station *station)
{
    uint64_t hash = hash_bytes(0, station->policy->name, strlen(station->policy->name));
    hash = hash_step(hash, station->argument);
    hash = hash_step(hash, (uint64_t)station->balancers << 1 | (station->constant ? 1 : 0));
    hash = hash_step(hash, station->uri_hash);
    hash = hash_step(hash, (uint64_t)station->patience_ns);
    hash = hash_step(hash, (uint64_t)station->way_ns);
    for (uint32_t i = 0; i < station->servers_count; i++) {
        hash = law_hash_server(hash, &station->servers[i]);
    }
    return hash;
}
