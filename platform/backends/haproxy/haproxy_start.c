/* platform/backends/haproxy/haproxy_start.c - from a dead HAProxy to one that answers. */
#include "platform/backends/haproxy/haproxy_machine.h"

#include "platform/backends/haproxy/haproxy_files.h"

enum { HAPROXY_LOG_BYTES_READ = 256 * 1024 };

void
haproxy_log_reason(struct haproxy *haproxy)
{
    struct strbuf log = { 0 };
    if (haproxy_files_read(haproxy->paths.log, HAPROXY_LOG_BYTES_READ, &log)) {
        haproxy_files_alert(strbuf_text(&log), &haproxy->why);
    } else {
        (void)error_set(&haproxy->why, ST_UNAVAILABLE, "HAProxy is not running");
    }
    strbuf_fini(&log);
}

enum status
haproxy_config_write(struct haproxy *haproxy, const char *path, struct error *err)
{
    const struct haproxy_rendered *rendered = &haproxy->rendered;
    enum status status =
        haproxy_files_write(haproxy->paths.certificates, strbuf_text(&rendered->certificates), err);
    if (status == ST_OK) {
        status = haproxy_files_write(haproxy->paths.shares, strbuf_text(&rendered->shares), err);
    }
    return status != ST_OK ? status
                           : haproxy_files_write(path, strbuf_text(&rendered->text), err);
}

void
haproxy_config_loaded(struct haproxy *haproxy)
{
    strbuf_clear(&haproxy->loaded_shape);
    strbuf_add(&haproxy->loaded_shape, strbuf_text(&haproxy->rendered.shape));

    const struct haproxy_generation *generation =
        haproxy->busy == HAPROXY_APPLYING ? &haproxy->work : &haproxy->in_force;
    for (uint32_t i = 0; i < generation->services.count; i++) {
        const uint16_t port = haproxy_generation_at(generation, i)->port;
        haproxy->ports_ours[port / 8] |= (uint8_t)(1U << (port % 8));
    }
}

static void haproxy_start_poll(struct haproxy *haproxy);

static void
haproxy_start_polled(void *context, enum status status, const char *answer)
{
    struct haproxy *haproxy = context;
    struct haproxy_workers workers;
    haproxy_workers_parse(answer, &workers);
    if (status == ST_OK && workers.known && workers.current_pid != 0) {
        haproxy->worker_pid = workers.current_pid;
        haproxy->restart_ms = HAPROXY_RESTART_MS_MIN;
        haproxy_config_loaded(haproxy);
        haproxy->busy = HAPROXY_IDLE;
        haproxy_questions_ask(haproxy);
        haproxy_apply_begin(haproxy);
    } else if (uv_now(haproxy->loop) > haproxy->step_deadline_ms) {
        haproxy_child_kill(&haproxy->child); /* its exit starts another one */
    } else {
        haproxy_step_in(haproxy, HAPROXY_POLL_MS, haproxy_start_poll);
    }
}

static void
haproxy_start_poll(struct haproxy *haproxy)
{
    haproxy_cli_send(haproxy->cli, "show proc", haproxy_start_polled, haproxy);
}

void
haproxy_start(struct haproxy *haproxy)
{
    struct error err = { "" };
    haproxy_apply_render(haproxy, &haproxy->in_force);
    if (haproxy_config_write(haproxy, haproxy->paths.config, &haproxy->why) != ST_OK) {
        haproxy_step_in(haproxy, HAPROXY_RESTART_MS_MAX, haproxy_start);
        return;
    }
    haproxy->spawned = true;
    haproxy_child_start(&haproxy->child, haproxy->binary, &err);
    if (err.text[0] != '\0') {
        haproxy->why = err;
        return; /* its exit is told all the same */
    }
    haproxy->step_deadline_ms = uv_now(haproxy->loop) + HAPROXY_START_MS;
    haproxy_step_in(haproxy, HAPROXY_POLL_MS, haproxy_start_poll);
}

/* Nothing that waits for HAProxy will be answered: say so, and leave nothing of the chain. */
static void
haproxy_abandon(struct haproxy *haproxy)
{
    haproxy_cli_drop(haproxy->cli);
    haproxy_check_drop(haproxy);
    (void)uv_timer_stop(&haproxy->step_timer);
    (void)uv_timer_stop(&haproxy->clean_timer);

    struct env_proxy_apply *applies[] = { haproxy->work_op, haproxy->next_op };
    for (uint32_t i = 0; i < COUNT_OF(applies); i++) {
        if (applies[i] != NULL) {
            haproxy_late_answer(haproxy, &applies[i]->op, ST_UNAVAILABLE, haproxy->why.text);
        }
    }
    haproxy->work_op = NULL;
    haproxy->next_op = NULL;
    haproxy->next_waits = false;

    haproxy_questions_fail(haproxy);
}

void
haproxy_start_again(struct haproxy_child *child)
{
    struct haproxy *haproxy = container_of(child, struct haproxy, child);
    haproxy->spawned = false;
    if (haproxy->closing) {
        return;
    }
    haproxy_log_reason(haproxy);
    haproxy_abandon(haproxy);
    haproxy->busy = HAPROXY_STARTING;
    haproxy->worker_pid = 0;
    haproxy_step_in(haproxy, haproxy->restart_ms, haproxy_start);
    haproxy->restart_ms = (uint32_t)int64_min((int64_t)haproxy->restart_ms * 2,
                                              HAPROXY_RESTART_MS_MAX);
}
