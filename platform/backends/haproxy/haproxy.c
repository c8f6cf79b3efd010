/* platform/backends/haproxy/haproxy.c - opening, the port itself, closing. */
#include "platform/backends/haproxy/haproxy_machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "platform/backends/haproxy/haproxy_files.h"
#include "platform/backends/haproxy/haproxy_version.h"
#include "platform/base/memory.h"

enum { HAPROXY_PORT_WAITS = 100 };

/* --- answers and steps --- */

static void
haproxy_late_due(uv_timer_t *timer)
{
    struct haproxy *haproxy = container_of(timer, struct haproxy, late_timer);
    /* an answer may bring new calls and with them new late answers: those have the next turn */
    struct vec late = haproxy->late;
    vec_init(&haproxy->late, sizeof(struct haproxy_late));
    for (uint32_t i = 0; i < late.count && !haproxy->closing; i++) {
        const struct haproxy_late *answer = vec_at(&late, i);
        if (answer->op != NULL) {
            env_op_complete(answer->op, answer->status, answer->message.text);
        }
    }
    vec_fini(&late);
}

void
haproxy_late_answer(struct haproxy *haproxy, struct env_op *op, enum status status,
                    const char *message)
{
    struct haproxy_late *late = vec_push(&haproxy->late);
    late->op = op;
    late->status = status;
    (void)error_set(&late->message, status, "%s", message);
    (void)uv_timer_start(&haproxy->late_timer, haproxy_late_due, 0, 0);
}

static void
haproxy_step_due(uv_timer_t *timer)
{
    struct haproxy *haproxy = container_of(timer, struct haproxy, step_timer);
    haproxy->step(haproxy);
}

void
haproxy_step_in(struct haproxy *haproxy, uint32_t delay_ms, void (*step)(struct haproxy *haproxy))
{
    haproxy->step = step;
    (void)uv_timer_start(&haproxy->step_timer, haproxy_step_due, delay_ms, 0);
}

/* --- the port --- */

static void
haproxy_apply(struct env_proxy *port, struct env_proxy_apply *apply)
{
    struct haproxy *haproxy = container_of(port, struct haproxy, port);
    ASSERT(!haproxy->closing);
    struct error err;
    if (apply->generation < haproxy->newest) {
        (void)error_set(&err, ST_STALE, "generation %" PRIu64 " is older than %" PRIu64,
                        apply->generation, haproxy->newest);
        haproxy_late_answer(haproxy, &apply->op, ST_STALE, err.text);
        return;
    }

    struct haproxy_generation copy = { 0 };
    const enum status status = haproxy_generation_copy(&copy, apply, haproxy->ports, &err);
    if (status != ST_OK) {
        haproxy_late_answer(haproxy, &apply->op, status, err.text);
        return;
    }
    if (haproxy->next_op != NULL) {
        haproxy_late_answer(haproxy, &haproxy->next_op->op, ST_STALE,
                            "replaced by a newer generation before it was in force");
    }
    haproxy_generation_fini(&haproxy->next);
    haproxy->next = copy;
    haproxy->next_op = apply;
    haproxy->next_waits = true;
    haproxy->newest = apply->generation;
    haproxy_apply_begin(haproxy);
}

static void
haproxy_open_requests(struct env_proxy *port, struct env_proxy_open *open)
{
    struct haproxy *haproxy = container_of(port, struct haproxy, port);
    ASSERT(!haproxy->closing);
    *(struct env_proxy_open **)vec_push(&haproxy->questions.opens_next) = open;
    haproxy_questions_ask(haproxy);
}

static void
haproxy_stats(struct env_proxy *port, struct env_proxy_stats *stats)
{
    struct haproxy *haproxy = container_of(port, struct haproxy, port);
    ASSERT(!haproxy->closing);
    *(struct env_proxy_stats **)vec_push(&haproxy->questions.stats_next) = stats;
    haproxy_questions_ask(haproxy);
}

static void
haproxy_tell_tally(struct env_proxy *port, struct env_proxy_tally *tally)
{
    struct haproxy *haproxy = container_of(port, struct haproxy, port);
    ASSERT(!haproxy->closing);
    const enum status status = haproxy_tally_read(haproxy->tally, tally);
    haproxy_late_answer(haproxy, &tally->op, status,
                        status == ST_OK          ? ""
                        : status == ST_NOT_FOUND ? "nothing is counted under this number"
                                                 : "HAProxy's log cannot be listened to");
}

static const struct env_proxy_ops haproxy_ops = {
    .name = "haproxy",
    .apply = haproxy_apply,
    .open = haproxy_open_requests,
    .stats = haproxy_stats,
    .tally = haproxy_tell_tally,
};

struct env_proxy *
haproxy_port(struct haproxy *haproxy)
{
    return &haproxy->port;
}

int64_t
haproxy_pid(const struct haproxy *haproxy)
{
    return haproxy->child.running ? haproxy->child.pid : 0;
}

uint32_t
haproxy_reloads_count(const struct haproxy *haproxy)
{
    return haproxy->reloads_count;
}

/* --- dropping and closing --- */

void
haproxy_drop(struct haproxy *haproxy)
{
    haproxy->work_op = NULL; /* its generation still comes into force */
    haproxy->next_op = NULL;
    haproxy_questions_drop(haproxy);
    vec_clear(&haproxy->late);
    (void)uv_timer_stop(&haproxy->late_timer);
}

static void
haproxy_scope_dropped(struct real_item *item)
{
    struct haproxy *haproxy = container_of(item, struct haproxy, drop_item);
    haproxy->drop_item_linked = false;
    haproxy_drop(haproxy);
}

void
haproxy_drop_with(struct haproxy *haproxy, struct real_scope *scope)
{
    ASSERT(!haproxy->drop_item_linked);
    real_scope_add(scope, &haproxy->drop_item, haproxy_scope_dropped);
    haproxy->drop_item_linked = true;
}

static void
haproxy_free(struct haproxy *haproxy)
{
    haproxy_closed_fn *closed = haproxy->closed;
    void *context = haproxy->closed_context;

    haproxy_paths_unlink(&haproxy->paths);
    haproxy_generation_fini(&haproxy->in_force);
    haproxy_generation_fini(&haproxy->work);
    haproxy_generation_fini(&haproxy->next);
    haproxy_rendered_fini(&haproxy->rendered);
    strbuf_fini(&haproxy->loaded_shape);
    strbuf_fini(&haproxy->commands);
    strbuf_fini(&haproxy->shares);
    vec_fini(&haproxy->late);
    vec_fini(&haproxy->rows);
    haproxy_questions_fini(&haproxy->questions);
    memory_free(haproxy->ports_ours);
    memory_free(haproxy->binary);
    memory_free(haproxy);
    closed(context);
}

void
haproxy_part_closed(struct haproxy *haproxy)
{
    ASSERT(haproxy->parts_open > 0);
    haproxy->parts_open--;
    if (haproxy->parts_open == 0) {
        haproxy_free(haproxy);
    }
}

static void
haproxy_timer_closed(uv_handle_t *handle)
{
    haproxy_part_closed(handle->data);
}

static void
haproxy_cli_closed(void *context)
{
    haproxy_part_closed(context);
}

static void
haproxy_child_closed(struct haproxy_child *child)
{
    haproxy_part_closed(container_of(child, struct haproxy, child));
}

void
haproxy_close(struct haproxy *haproxy, haproxy_closed_fn *closed, void *context)
{
    ASSERT(!haproxy->closing);
    haproxy->closing = true;
    haproxy->closed = closed;
    haproxy->closed_context = context;
    haproxy_drop(haproxy);
    if (haproxy->drop_item_linked) {
        real_item_remove(&haproxy->drop_item);
    }
    haproxy_check_drop(haproxy);
    haproxy_cli_close(haproxy->cli, haproxy_cli_closed, haproxy);
    haproxy_tally_close(haproxy->tally, haproxy_cli_closed, haproxy);
    haproxy_child_close(&haproxy->child, haproxy_child_closed);
    uv_close((uv_handle_t *)&haproxy->step_timer, haproxy_timer_closed);
    uv_close((uv_handle_t *)&haproxy->clean_timer, haproxy_timer_closed);
    uv_close((uv_handle_t *)&haproxy->late_timer, haproxy_timer_closed);
}

enum status
haproxy_clean(const char *dir, struct error *err)
{
    struct haproxy_paths paths;
    const enum status status = haproxy_paths_set(dir, &paths, err);
    return status != ST_OK ? status : haproxy_child_clean(&paths, err);
}

static void
haproxy_timer_init(struct haproxy *haproxy, uv_timer_t *timer)
{
    (void)uv_timer_init(haproxy->loop, timer);
    timer->data = haproxy;
    haproxy->parts_open++;
}

static struct haproxy *
haproxy_new(uv_loop_t *loop, const struct haproxy_paths *paths, const char *binary,
            const struct haproxy_options *options)
{
    struct haproxy *haproxy = memory_alloc_zero(1, sizeof(*haproxy));
    haproxy->port.ops = &haproxy_ops;
    haproxy->loop = loop;
    haproxy->paths = *paths;
    haproxy->ports[0] = options->http_port;
    haproxy->ports[1] = options->https_port;
    haproxy->ports[2] = options->mesh_port;
    haproxy->ports[3] = options->stats_port;
    haproxy->binary = memory_alloc(strlen(binary) + 1);
    memcpy(haproxy->binary, binary, strlen(binary) + 1);
    haproxy->restart_ms = HAPROXY_RESTART_MS_MIN;
    haproxy->ports_ours = memory_alloc_zero(65536 / 8, 1);

    haproxy_generation_init(&haproxy->in_force);
    haproxy_rendered_init(&haproxy->rendered);
    vec_init(&haproxy->late, sizeof(struct haproxy_late));
    vec_init(&haproxy->rows, sizeof(struct haproxy_row));
    haproxy_questions_init(&haproxy->questions);

    haproxy_timer_init(haproxy, &haproxy->step_timer);
    haproxy_timer_init(haproxy, &haproxy->clean_timer);
    haproxy_timer_init(haproxy, &haproxy->late_timer);
    haproxy_child_init(&haproxy->child, loop, &haproxy->paths, haproxy_start_again);
    haproxy->cli = haproxy_cli_open(loop, haproxy->paths.master);
    haproxy->tally = haproxy_tally_open(loop, haproxy->paths.tally);
    haproxy->parts_open += 3;
    return haproxy;
}

enum status
haproxy_open(uv_loop_t *loop, const struct haproxy_options *options, struct haproxy **ret_haproxy,
             struct error *err)
{
    char binary[HAPROXY_BINARY_BYTES];
    enum status status = haproxy_version_find(options->binary, binary, err);
    if (status != ST_OK) {
        return status;
    }
    struct haproxy_paths paths;
    status = haproxy_paths_set(options->dir, &paths, err);
    if (status != ST_OK) {
        return status;
    }
    const bool left_over = haproxy_child_left(&paths);
    status = haproxy_child_clean(&paths, err);
    if (status != ST_OK) {
        return status;
    }
    /* the workers of a dead master let go of the port when they notice */
    for (uint32_t i = 0; left_over && i < HAPROXY_PORT_WAITS; i++) {
        if (!haproxy_files_port_taken(options->http_port)) {
            break;
        }
        haproxy_child_nap();
    }
    const uint16_t ports[] = { options->http_port, options->https_port, options->mesh_port,
                               options->stats_port };
    for (uint32_t i = 0; i < COUNT_OF(ports); i++) {
        if ((i == 0 && ports[i] == 0) || (ports[i] != 0 && haproxy_files_port_taken(ports[i]))) {
            return error_set(err, ST_UNAVAILABLE, "port %u of 127.0.0.1 is taken: HAProxy needs it",
                             (unsigned)ports[i]);
        }
    }
    *ret_haproxy = haproxy_new(loop, &paths, binary, options);
    haproxy_start(*ret_haproxy);
    return ST_OK;
}
