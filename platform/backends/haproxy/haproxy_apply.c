/* platform/backends/haproxy/haproxy_apply.c - one generation after the other, into force. */
#include "platform/backends/haproxy/haproxy_machine.h"

#include <stdlib.h>
#include <string.h>

#include "platform/backends/haproxy/haproxy_files.h"
#include "platform/backends/haproxy/haproxy_split.h"

static void apply_prepare(struct haproxy *haproxy);
static void apply_sync(struct haproxy *haproxy);

/* Ends the chain. The operation may be gone: then its process has died and nobody is told. */
static void
apply_end(struct haproxy *haproxy, enum status status, const char *message)
{
    struct env_proxy_apply *apply = haproxy->work_op;
    haproxy->work_op = NULL;
    haproxy->busy = HAPROXY_IDLE;
    if (apply != NULL) {
        haproxy_late_answer(haproxy, &apply->op, status, message);
    }
    haproxy_apply_begin(haproxy);
}

static void
apply_in_force(struct haproxy *haproxy)
{
    struct haproxy_generation before = haproxy->in_force;
    haproxy->in_force = haproxy->work;
    haproxy->work = (struct haproxy_generation){ 0 };
    haproxy_generation_fini(&before);
    haproxy_tally_in_force(haproxy->tally, &haproxy->in_force);
    if (haproxy_rows_leaving(&haproxy->rows, &haproxy->in_force) > 0) {
        haproxy_clean_soon(haproxy);
    }

    const struct haproxy_generation *now = &haproxy->in_force;
    if (now->refused_count == 0) {
        apply_end(haproxy, ST_OK, "");
    } else {
        struct error message = now->refused;
        if (now->refused_count > 1) {
            (void)error_set(&message, ST_INVALID, "%.200s (and %u more)", now->refused.text,
                            (unsigned)now->refused_count - 1);
        }
        apply_end(haproxy, ST_INVALID, message.text);
    }
}

/* --- settling: the old worker's idle connections --- */

static void apply_settle(struct haproxy *haproxy);

static void
apply_settle_workers(void *context, enum status status, const char *answer)
{
    struct haproxy *haproxy = context;
    struct haproxy_workers workers;
    haproxy_workers_parse(answer, &workers);
    if (status == ST_OK && workers.known && workers.old_count == 0) {
        apply_in_force(haproxy);
        return;
    }
    haproxy_step_in(haproxy, HAPROXY_POLL_MS, apply_settle);
}

static void
apply_settle(struct haproxy *haproxy)
{
    const uint64_t since_ms = uv_now(haproxy->loop) - haproxy->reloaded_at_ms;
    if (haproxy->reloads_count == 0 || since_ms >= HAPROXY_OLD_IDLE_MS ||
        !haproxy_generation_loses(&haproxy->in_force, &haproxy->work)) {
        apply_in_force(haproxy);
        return;
    }
    haproxy_cli_send(haproxy->cli, "show proc", apply_settle_workers, haproxy);
}

/* --- comparing servers and commanding --- */

static void
apply_commanded(struct haproxy *haproxy, enum status status)
{
    if (status != ST_OK) {
        apply_end(haproxy, status, "HAProxy does not answer");
        return;
    }
    haproxy->sync_rounds++;
    apply_sync(haproxy);
}

static void
apply_compare(struct haproxy *haproxy, enum status status)
{
    if (status != ST_OK) {
        apply_end(haproxy, status, "HAProxy does not answer");
        return;
    }
    strbuf_clear(&haproxy->commands);
    const uint32_t shares_count = haproxy_split_commands(
        strbuf_text(&haproxy->shares), &haproxy->work, haproxy->paths.shares, &haproxy->commands);
    if (haproxy_rows_commands(&haproxy->rows, &haproxy->work, &haproxy->commands) +
            shares_count ==
        0) {
        apply_settle(haproxy);
    } else if (haproxy->sync_rounds < HAPROXY_SYNC_ROUNDS_MAX) {
        haproxy_exchange_commands(haproxy, apply_commanded);
    } else if (!haproxy->reloaded_for_this) {
        strbuf_clear(&haproxy->loaded_shape); /* what commands cannot reach, a reload can */
        apply_prepare(haproxy);
    } else {
        apply_end(haproxy, ST_UNAVAILABLE, "HAProxy does not take the endpoints");
    }
}

/* A worker without a split knows no map. */
static void
apply_sync_shares(struct haproxy *haproxy, enum status status)
{
    if (status == ST_OK && haproxy->rendered.shares.len > 0) {
        haproxy_exchange_shares(haproxy, apply_compare);
    } else {
        strbuf_clear(&haproxy->shares);
        apply_compare(haproxy, status);
    }
}

static void
apply_sync(struct haproxy *haproxy)
{
    haproxy_exchange_rows(haproxy, apply_sync_shares);
}

/* --- reloading --- */

static void apply_reload_poll(struct haproxy *haproxy);

static void
apply_reload_polled(void *context, enum status status, const char *answer)
{
    struct haproxy *haproxy = context;
    struct haproxy_workers workers;
    haproxy_workers_parse(answer, &workers);
    const bool known = status == ST_OK && workers.known;
    if (known && workers.failed_count > 0) {
        haproxy_log_reason(haproxy);
        apply_end(haproxy, ST_UNAVAILABLE, haproxy->why.text);
    } else if (known && workers.current_pid != 0 && workers.current_pid != haproxy->worker_pid) {
        haproxy->worker_pid = workers.current_pid;
        haproxy->reloaded_at_ms = uv_now(haproxy->loop);
        haproxy->reloads_count++;
        haproxy->sync_rounds = 0;
        haproxy_config_loaded(haproxy);
        apply_sync(haproxy);
    } else if (!haproxy->child.running || uv_now(haproxy->loop) > haproxy->step_deadline_ms) {
        haproxy_log_reason(haproxy);
        apply_end(haproxy, ST_UNAVAILABLE, haproxy->why.text);
    } else {
        haproxy_step_in(haproxy, HAPROXY_POLL_MS, apply_reload_poll);
    }
}

static void
apply_reload_poll(struct haproxy *haproxy)
{
    haproxy_cli_send(haproxy->cli, "show proc", apply_reload_polled, haproxy);
}

static void
apply_reload_asked(void *context, enum status status, const char *answer)
{
    (void)status; /* the connection just ends */
    (void)answer;
    struct haproxy *haproxy = context;
    haproxy->step_deadline_ms = uv_now(haproxy->loop) + HAPROXY_START_MS;
    apply_reload_poll(haproxy);
}

static void
apply_reload(struct haproxy *haproxy)
{
    haproxy_cli_send_once(haproxy->cli, "reload", apply_reload_asked, haproxy);
}

/* Whose fault it is, from "[ALERT] (7) : config : parsing [/path/next.cfg:31] : ..."; or 0. */
static uint32_t
apply_culprit(const struct haproxy *haproxy, const char *output)
{
    const size_t path_len = strlen(haproxy->paths.next);
    for (const char *at = strstr(output, "[ALERT]"); at != NULL; at = strstr(at + 1, "[ALERT]")) {
        const char *place = strstr(at, haproxy->paths.next);
        if (place != NULL && place[path_len] == ':') {
            const long line = strtol(place + path_len + 1, NULL, 10);
            const struct vec *owners = &haproxy->rendered.owners;
            if (line > 0 && line <= (long)owners->count) {
                const uint32_t owner = *(uint32_t *)vec_at(owners, (uint32_t)line - 1);
                if (owner > 0) {
                    return owner;
                }
            }
        }
    }
    return 0;
}

/* Whether an alert names the file, and not only one whose name goes on. */
static bool
apply_complains_of(const char *output, const char *path)
{
    const size_t len = strlen(path);
    for (const char *at = strstr(output, path); at != NULL; at = strstr(at + 1, path)) {
        if (!haproxy_value_is_path((const char[]){ '/', at[len], '\0' }) || at[len] == '\0' ||
            strchr(":.,", at[len]) != NULL) {
            return true;
        }
    }
    return false;
}

/* Certificates that are not there, or that HAProxy's output complains of: their services do
 * without. output: NULL before HAProxy was asked. */
static bool
apply_refuse_certificates(struct haproxy *haproxy, const char *output)
{
    bool found = false;
    for (uint32_t i = 0; i < haproxy->work.services.count; i++) {
        struct haproxy_service *service = haproxy_generation_at(&haproxy->work, i);
        if (service->certificate[0] == '\0' ||
            (output != NULL ? !apply_complains_of(output, service->certificate)
                            : haproxy_files_certificate(service->certificate))) {
            continue;
        }
        haproxy_generation_note(&haproxy->work, service->name,
                                "its certificate cannot be read, or has no private key with it");
        service->certificate = "";
        found = true;
    }
    return found;
}

static void
apply_checked(struct haproxy *haproxy, bool valid, const char *output)
{
    struct error err;
    if (valid) {
        if (haproxy_config_write(haproxy, haproxy->paths.config, &err) != ST_OK) {
            apply_end(haproxy, ST_IO, err.text);
            return;
        }
        haproxy->reloaded_for_this = true;
        haproxy_questions_last(haproxy, apply_reload);
        return;
    }
    haproxy_files_alert(output, &err);
    if (apply_refuse_certificates(haproxy, output)) {
        apply_prepare(haproxy);
        return;
    }
    const uint32_t culprit = apply_culprit(haproxy, output);
    if (culprit == 0) {
        apply_end(haproxy, ST_FAILED, err.text);
        return;
    }
    haproxy_generation_refuse(&haproxy->work, culprit - 1, err.text);
    apply_prepare(haproxy);
}

/* --- preparing --- */

/* A port that cannot be had would fail the whole reload. */
static void
apply_refuse_ports(struct haproxy *haproxy)
{
    for (uint32_t i = haproxy->work.services.count; i > 0; i--) {
        const struct haproxy_service *service = haproxy_generation_at(&haproxy->work, i - 1);
        const uint16_t port = service->external ? service->port : 0;
        const bool ours = (haproxy->ports_ours[port / 8] >> (port % 8) & 1) != 0;
        if (port != 0 && !ours && haproxy_files_port_taken(port)) {
            haproxy_generation_refuse(&haproxy->work, i - 1, "its service port is taken");
        }
    }
}

void
haproxy_apply_render(struct haproxy *haproxy, const struct haproxy_generation *generation)
{
    const struct haproxy_render_options options = {
        .http_port = haproxy->ports[0],
        .https_port = haproxy->ports[1],
        .mesh_port = haproxy->ports[2],
        .stats_port = haproxy->ports[3],
        .stats_path = haproxy->paths.stats,
        .certificates_path = haproxy->paths.certificates,
        .shares_path = haproxy->paths.shares,
        .tally_path = haproxy->paths.tally,
    };
    haproxy_render(generation, &options, &haproxy->rendered);
}

static void
apply_prepare(struct haproxy *haproxy)
{
    apply_refuse_ports(haproxy);
    (void)apply_refuse_certificates(haproxy, NULL);
    haproxy_apply_render(haproxy, &haproxy->work);
    haproxy_tally_expect(haproxy->tally, &haproxy->work);
    const char *shape = strbuf_text(&haproxy->rendered.shape);
    if (strcmp(shape, strbuf_text(&haproxy->loaded_shape)) == 0) {
        apply_sync(haproxy);
        return;
    }
    struct error err;
    if (haproxy_config_write(haproxy, haproxy->paths.next, &err) != ST_OK) {
        apply_end(haproxy, ST_IO, err.text);
        return;
    }
    haproxy_check_start(haproxy, apply_checked);
}

void
haproxy_apply_begin(struct haproxy *haproxy)
{
    if (haproxy->busy != HAPROXY_IDLE || !haproxy->next_waits || haproxy->closing) {
        return;
    }
    haproxy_generation_fini(&haproxy->work);
    haproxy->work = haproxy->next;
    haproxy->next = (struct haproxy_generation){ 0 };
    haproxy->work_op = haproxy->next_op;
    haproxy->next_op = NULL;
    haproxy->next_waits = false;

    haproxy->busy = HAPROXY_APPLYING;
    haproxy->reloaded_for_this = false;
    haproxy->sync_rounds = 0;
    apply_prepare(haproxy);
}
