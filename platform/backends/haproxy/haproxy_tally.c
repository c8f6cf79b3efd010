/* platform/backends/haproxy/haproxy_tally.c - lines of HAProxy's log, added up by version. */
#include "platform/backends/haproxy/haproxy_tally.h"

#include <string.h>
#include <unistd.h>

#include "platform/backends/haproxy/haproxy_values.h"
#include "platform/base/map.h"
#include "platform/base/memory.h"

enum {
    TALLY_WORKERS_MAX = 64, /* waiting to be accepted */
    TALLY_WORDS = 7
};

enum tally_whose { TALLY_OLDER, TALLY_NEWER, TALLY_NOBODY };

struct tally_sum {
    uint64_t         measured;
    bool             named; /* by the generation in force */
    struct env_tally tallies[2];
    struct sketch    latencies[2];
};

struct tally_service {
    char             name[HAPROXY_NAME_LEN_MAX + 1];
    uint64_t         measured;
    enum tally_whose whose; /* requests that no server was there for */
};

/* A worker's connection. */
struct tally_worker {
    uv_pipe_t             pipe;
    struct haproxy_tally *tally;
    struct tally_worker  *next, *previous;
    uint32_t              len; /* of the line that has begun */
    char                  line[HAPROXY_TALLY_LINE_MAX];
    char                  bytes[16 * 1024];
};

struct haproxy_tally {
    uv_loop_t               *loop; /* borrowed */
    uv_pipe_t                listener;
    bool                     listens;
    struct tally_worker     *workers; /* owned by libuv once closing */
    struct vec               sums;     /* struct tally_sum *, owned */
    struct vec               services; /* struct tally_service */
    struct map64             newer;    /* endpoint id -> enum tally_whose + 1 */
    uint32_t                 handles_count;
    haproxy_tally_closed_fn *closed;
    void                    *closed_context;
};

/* --- what is measured --- */

static struct tally_sum *
tally_sum_find(const struct haproxy_tally *tally, uint64_t measured)
{
    for (uint32_t i = 0; i < tally->sums.count; i++) {
        struct tally_sum *sum = *(struct tally_sum **)vec_at(&tally->sums, i);
        if (sum->measured == measured) {
            return sum;
        }
    }
    return NULL;
}

static struct tally_service *
tally_service_find(const struct haproxy_tally *tally, const char *name)
{
    for (uint32_t i = 0; i < tally->services.count; i++) {
        struct tally_service *service = vec_at(&tally->services, i);
        if (strcmp(service->name, name) == 0) {
            return service;
        }
    }
    return NULL;
}

static void
tally_expect_service(struct haproxy_tally *tally, const struct haproxy_service *from)
{
    struct tally_service *service = tally_service_find(tally, from->name);
    struct tally_sum *sum = tally_sum_find(tally, from->measured);
    uint32_t newer_count = 0;
    if (service == NULL) {
        service = vec_push(&tally->services);
        memcpy(service->name, from->name, strlen(from->name) + 1);
    }
    if (sum == NULL) {
        sum = memory_alloc_zero(1, sizeof *sum);
        sum->measured = from->measured;
        *(struct tally_sum **)vec_push(&tally->sums) = sum;
    }
    sum->named = true;
    for (uint32_t i = 0; i < from->servers_count; i++) {
        const struct env_endpoint *server = &from->servers[i];
        newer_count += server->newer ? 1 : 0;
        map64_put(&tally->newer, server->id, server->newer ? TALLY_NEWER + 1 : TALLY_OLDER + 1);
    }
    service->measured = from->measured;
    service->whose = newer_count == 0                     ? TALLY_OLDER
                     : newer_count == from->servers_count ? TALLY_NEWER
                                                          : TALLY_NOBODY;
}

void
haproxy_tally_expect(struct haproxy_tally *tally, const struct haproxy_generation *generation)
{
    for (uint32_t i = 0; i < generation->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(generation, i);
        if (service->measured != 0) {
            tally_expect_service(tally, service);
        }
    }
}

void
haproxy_tally_in_force(struct haproxy_tally *tally, const struct haproxy_generation *generation)
{
    vec_clear(&tally->services);
    map64_fini(&tally->newer);
    tally->newer = (struct map64){ 0 };
    for (uint32_t i = 0; i < tally->sums.count; i++) {
        (*(struct tally_sum **)vec_at(&tally->sums, i))->named = false;
    }
    haproxy_tally_expect(tally, generation);
    for (uint32_t i = 0; i < tally->sums.count;) {
        struct tally_sum *sum = *(struct tally_sum **)vec_at(&tally->sums, i);
        if (sum->named) {
            i++;
        } else {
            memory_free(sum);
            vec_remove_at(&tally->sums, i);
        }
    }
}

enum status
haproxy_tally_read(const struct haproxy_tally *tally, struct env_proxy_tally *ask)
{
    const struct tally_sum *sum = tally_sum_find(tally, ask->measured);
    if (!tally->listens || sum == NULL) {
        return tally->listens ? ST_NOT_FOUND : ST_UNAVAILABLE;
    }
    for (uint32_t i = 0; i < 2; i++) {
        ask->ret_tallies[i] = sum->tallies[i];
        ask->ret_latencies[i] = sum->latencies[i];
    }
    return ST_OK;
}

/* --- lines: "be_web e7 200 0 12 0 --" --- */

/* Decimal digits behind an optional sign; "+2" tells of a try at another server. */
static bool
tally_number(const char *word, int64_t *ret_number)
{
    const bool minus = *word == '-';
    int64_t number = 0;
    word += *word == '-' || *word == '+' ? 1 : 0;
    for (uint32_t i = 0; word[i] != '\0' || i == 0; i++) {
        if (word[i] < '0' || word[i] > '9' || i == 18) {
            return false;
        }
        number = number * 10 + (word[i] - '0');
    }
    *ret_number = minus ? -number : number;
    return true;
}

static bool
tally_cut(char *line, char *words[TALLY_WORDS])
{
    for (uint32_t i = 0; i < TALLY_WORDS; i++) {
        words[i] = line;
        const size_t len = strcspn(line, " ");
        if (len == 0 || (line[len] == ' ') != (i + 1 < TALLY_WORDS)) {
            return false;
        }
        line += len;
        *line++ = '\0';
    }
    return true;
}

/* Whose the request was: its server's, or its service's when it had none. */
static enum tally_whose
tally_whose_of(const struct haproxy_tally *tally, const struct tally_service *service,
               const char *server)
{
    int64_t id = 0;
    if (strncmp(server, HAPROXY_SERVER_PREFIX, strlen(HAPROXY_SERVER_PREFIX)) == 0 &&
        tally_number(server + strlen(HAPROXY_SERVER_PREFIX), &id)) {
        const uint32_t found = map64_get(&tally->newer, (uint64_t)id);
        return found != 0 ? (enum tally_whose)(found - 1) : TALLY_NOBODY;
    }
    return service->whose;
}

static void
tally_count(struct tally_sum *sum, uint32_t whose, const int64_t numbers[4])
{
    const int64_t status = numbers[0];
    const int64_t connect_ms = numbers[1];
    const int64_t answer_ms = numbers[2];
    const uint64_t tries = (uint64_t)int64_max(numbers[3], 0);
    struct env_tally *counts = &sum->tallies[whose];
    counts->requests += tries + 1;
    counts->failures += tries;
    if (answer_ms < 0) {
        counts->failures++;
        return;
    }
    counts->errors += status >= 500 ? 1 : 0;
    sketch_add(&sum->latencies[whose], MS(int64_max(connect_ms, 0) + answer_ms));
}

void
haproxy_tally_line(struct haproxy_tally *tally, const char *line)
{
    char copy[HAPROXY_TALLY_LINE_MAX];
    char *words[TALLY_WORDS];
    int64_t numbers[4];
    const size_t prefix_len = strlen(HAPROXY_BACKEND_PREFIX);
    if (strlen(line) >= sizeof(copy)) {
        return;
    }
    memcpy(copy, line, strlen(line) + 1);
    if (!tally_cut(copy, words) || strncmp(words[0], HAPROXY_BACKEND_PREFIX, prefix_len) != 0) {
        return;
    }
    for (uint32_t i = 0; i < COUNT_OF(numbers); i++) {
        if (!tally_number(words[2 + i], &numbers[i])) {
            return;
        }
    }
    const struct tally_service *service = tally_service_find(tally, words[0] + prefix_len);
    const char by = words[6][0]; /* who ended it: P and L are answers of HAProxy's own */
    if (service == NULL || by == 'P' || by == 'L') {
        return;
    }
    const enum tally_whose whose = tally_whose_of(tally, service, words[1]);
    if (whose != TALLY_NOBODY) {
        tally_count(tally_sum_find(tally, service->measured), whose, numbers);
    }
}

/* --- the socket --- */

static void
tally_handle_closed(struct haproxy_tally *tally)
{
    ASSERT(tally->handles_count > 0);
    tally->handles_count--;
    if (tally->handles_count > 0) {
        return;
    }
    haproxy_tally_closed_fn *closed = tally->closed;
    void *context = tally->closed_context;
    for (uint32_t i = 0; i < tally->sums.count; i++) {
        memory_free(*(struct tally_sum **)vec_at(&tally->sums, i));
    }
    vec_fini(&tally->sums);
    vec_fini(&tally->services);
    map64_fini(&tally->newer);
    memory_free(tally);
    closed(context);
}

static void
tally_worker_closed(uv_handle_t *handle)
{
    struct tally_worker *worker = container_of(handle, struct tally_worker, pipe);
    struct haproxy_tally *tally = worker->tally;
    memory_free(worker);
    tally_handle_closed(tally);
}

static void
tally_listener_closed(uv_handle_t *handle)
{
    tally_handle_closed(container_of(handle, struct haproxy_tally, listener));
}

static void
tally_worker_end(struct tally_worker *worker)
{
    if (worker->previous != NULL) {
        worker->previous->next = worker->next;
    } else {
        worker->tally->workers = worker->next;
    }
    if (worker->next != NULL) {
        worker->next->previous = worker->previous;
    }
    uv_close((uv_handle_t *)&worker->pipe, tally_worker_closed);
}

static void
tally_room(uv_handle_t *handle, size_t wanted, uv_buf_t *ret_buf)
{
    (void)wanted;
    struct tally_worker *worker = container_of(handle, struct tally_worker, pipe);
    *ret_buf = uv_buf_init(worker->bytes, sizeof(worker->bytes));
}

/* A line that is too long is cut, and then no line of ours. */
static void
tally_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct tally_worker *worker = container_of(stream, struct tally_worker, pipe);
    if (len < 0) {
        tally_worker_end(worker);
        return;
    }
    for (ssize_t i = 0; i < len; i++) {
        const char byte = buf->base[i];
        if (byte == '\n' || byte == '\0') {
            worker->line[worker->len] = '\0';
            haproxy_tally_line(worker->tally, worker->line);
            worker->len = 0;
        } else if (worker->len + 1 < sizeof(worker->line)) {
            worker->line[worker->len++] = byte;
        }
    }
}

static void
tally_connected(uv_stream_t *listener, int status)
{
    struct haproxy_tally *tally = container_of(listener, struct haproxy_tally, listener);
    if (status < 0) {
        return;
    }
    struct tally_worker *worker = memory_alloc_zero(1, sizeof(*worker));
    worker->tally = tally;
    worker->next = tally->workers;
    if (worker->next != NULL) {
        worker->next->previous = worker;
    }
    tally->workers = worker;
    (void)uv_pipe_init(tally->loop, &worker->pipe, 0);
    tally->handles_count++;
    if (uv_accept(listener, (uv_stream_t *)&worker->pipe) < 0 ||
        uv_read_start((uv_stream_t *)&worker->pipe, tally_room, tally_read) < 0) {
        tally_worker_end(worker);
    }
}

struct haproxy_tally *
haproxy_tally_open(uv_loop_t *loop, const char *path)
{
    struct haproxy_tally *tally = memory_alloc_zero(1, sizeof(*tally));
    tally->loop = loop;
    tally->handles_count = 1;
    vec_init(&tally->sums, sizeof(struct tally_sum *));
    vec_init(&tally->services, sizeof(struct tally_service));
    (void)uv_pipe_init(loop, &tally->listener, 0);
    (void)unlink(path); /* a killed run left it: nobody listens there any more */
    tally->listens = uv_pipe_bind(&tally->listener, path) == 0 &&
                     uv_listen((uv_stream_t *)&tally->listener, TALLY_WORKERS_MAX,
                               tally_connected) == 0;
    return tally;
}

void
haproxy_tally_close(struct haproxy_tally *tally, haproxy_tally_closed_fn *closed, void *context)
{
    tally->closed = closed;
    tally->closed_context = context;
    while (tally->workers != NULL) {
        tally_worker_end(tally->workers);
    }
    uv_close((uv_handle_t *)&tally->listener, tally_listener_closed);
}
