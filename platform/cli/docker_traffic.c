/* platform/cli/docker_traffic.c - a scenario's traffic as real requests. */
#include <stdio.h>
#include <string.h>

#include "platform/cli/docker_world.h"

/* As fakes/service.h counts requests, number by number. */
_Static_assert((int)LOAD_OK == (int)REQUEST_OK, "one order of outcomes");
_Static_assert((int)LOAD_NO_SERVER == (int)REQUEST_NO_SERVER, "one order of outcomes");
_Static_assert((int)LOAD_NO_ROUTE == (int)REQUEST_NO_ROUTE, "one order of outcomes");

/* NULL, or what of a class a real client cannot do. */
static const char *
traffic_class_refusal(const struct scenario_class *class)
{
    if (class->request.https) {
        return "HTTPS: its real clients speak HTTP alone";
    }
    if (class->request.source_ipv4 != 0) {
        return "an address to come from: its real clients are on this machine";
    }
    if (class->request.body_bytes > LOAD_BODY_BYTES_MAX) {
        return "bodies of over 64 KiB from its real clients";
    }
    if (strcmp(class->request.method, "HEAD") == 0) {
        return "HEAD from its real clients";
    }
    return NULL;
}

static const char *
traffic_refusal(const struct scenario_traffic *traffic)
{
    if (traffic->mode == MODE_FLOW) {
        return "requests that are counted and not made (\"mode\": \"flow\")";
    }
    if (!traffic->closed && traffic->arrivals != ARRIVALS_POISSON &&
        traffic->arrivals != ARRIVALS_CONSTANT) {
        return "arrivals in bursts, like a day or from a file";
    }
    if (traffic->closed && traffic->clients > LOAD_IN_FLIGHT_MAX) {
        return "more than 2000 clients on this machine";
    }
    if (traffic->sessions > LOAD_SESSIONS_MAX) {
        return "more than 100000 sessions on this machine";
    }
    if (traffic->classes_count > LOAD_CLASSES_MAX) {
        return "more than 64 classes of requests";
    }
    for (uint32_t i = 0; i < traffic->classes_count; i++) {
        const char *refusal = traffic_class_refusal(&traffic->classes[i]);
        if (refusal != NULL) {
            return refusal;
        }
    }
    return NULL;
}

bool
docker_traffic_can(const struct scenario *scenario, const char *file)
{
    bool good = true;
    for (uint32_t i = 0; i < scenario->traffic_count; i++) {
        const char *refusal = traffic_refusal(&scenario->traffic[i]);
        if (refusal != NULL) {
            (void)fprintf(stderr, "%s: /traffic/%u: a real backend does not do %s; it plays on "
                                  "--backend fake\n",
                          file, (unsigned)i, refusal);
            good = false;
        }
    }
    return good;
}

static void
docker_request(void *context, const struct load_result *result)
{
    struct docker_world *world = context;
    const int64_t now_ns = env_clock_now(world->run.env->clock);
    const struct request_end end = { .line = result->line,
                                     .number = result->number,
                                     .tries = result->tries,
                                     .outcome = (enum request_outcome)result->outcome,
                                     .made_at_ns = now_ns - result->latency_ns,
                                     .ended_at_ns = now_ns,
                                     .latency_ns = result->latency_ns };
    run_request_end(&world->run, &end);
}

/* Apps by id and inside names are had in the mesh alone. */
static bool
traffic_is_inside(const char *to)
{
    const char *const tails[] = { ".mesos", ".directory" };
    const size_t len = strcspn(to, ":");
    bool inside = to[0] == '/';
    for (uint32_t i = 0; i < COUNT_OF(tails); i++) {
        const size_t tail_len = strlen(tails[i]);
        inside = inside ||
                 (len > tail_len && strncmp(to + len - tail_len, tails[i], tail_len) == 0);
    }
    return inside;
}

static void
traffic_line(struct docker_world *world, const struct scenario_traffic *traffic, uint32_t index,
             struct load_line *ret_line)
{
    const bool is_app = traffic->to[0] == '/';
    struct load_class *classes =
        ARENA_ARRAY(world->arena, struct load_class, traffic->classes_count + 1);
    for (uint32_t i = 0; i < traffic->classes_count; i++) {
        const struct env_request *request = &traffic->classes[i].request;
        classes[i] = (struct load_class){ .share_ppm = traffic->classes[i].share_ppm,
                                          .method = request->method,
                                          .path = request->path,
                                          .headers = request->headers,
                                          .headers_count = request->headers_count,
                                          .body_bytes = request->body_bytes };
    }
    *ret_line = (struct load_line){
        .host = is_app ? "localhost" : traffic->to,
        .app = is_app ? traffic->to : NULL,
        .path = traffic->path,
        .port = traffic_is_inside(traffic->to) ? world->mesh_port : world->http_port,
        .rate_microhertz = 0, /* until its `from` */
        .poisson = traffic->arrivals == ARRIVALS_POISSON,
        .new_connections = traffic->connections == CONNECTIONS_NEW,
        .timeout_ns = traffic->timeout_ns,
        .classes = classes,
        .classes_count = traffic->classes_count,
        .sessions = traffic->sessions,
        .closed = traffic->closed,
        .clients = traffic->clients,
        .think = traffic->think,
        .retries = { .max = traffic->retries.max,
                     .backoff_ns = traffic->retries.backoff_ns,
                     .backoff_max_ns = traffic->retries.backoff_max_ns,
                     .factor = traffic->retries.factor,
                     .jitter_ppm = traffic->retries.jitter_ppm,
                     .budget_ppm = traffic->retries.budget_ppm },
    };
    rng_init(&ret_line->rng, world->scenario->seed, index, "arrivals");
    rng_init(&ret_line->rng_draws, world->scenario->seed, index, "draws");
}

enum status
docker_traffic_open(struct docker_world *world, struct error *err)
{
    enum status status = load_open(&world->loop->uv, docker_request, world, &world->load, err);
    world->traffic = ARENA_ARRAY(world->arena, struct docker_traffic,
                                 world->scenario->traffic_count + 1);
    for (uint32_t i = 0; status == ST_OK && i < world->scenario->traffic_count; i++) {
        const struct scenario_traffic *traffic = &world->scenario->traffic[i];
        struct load_line line;
        uint32_t index = 0;
        traffic_line(world, traffic, i, &line);
        /* a closed line has no rate: any above 0 lets it run */
        world->traffic[i].rate_microhertz = traffic->closed ? 1 : traffic->rate_microhertz;
        status = load_add(world->load, &line, &index, err);
    }
    return status;
}

/* The traffic follows the scenario's clock: a line begins at its `from` and ends at its `until`. */
void
docker_traffic_steer(struct docker_world *world)
{
    const int64_t at_ns = run_at_ns(&world->run);
    for (uint32_t i = 0; i < world->scenario->traffic_count; i++) {
        const struct scenario_traffic *traffic = &world->scenario->traffic[i];
        struct docker_traffic *state = &world->traffic[i];
        if (!state->begun && at_ns >= traffic->from_at_ns) {
            state->begun = true;
            load_set_rate(world->load, i, state->rate_microhertz);
        }
        if (!state->ended && at_ns >= traffic->until_at_ns) {
            state->ended = true;
            load_set_rate(world->load, i, 0);
        }
    }
}
