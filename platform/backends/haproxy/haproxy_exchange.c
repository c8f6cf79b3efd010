/* platform/backends/haproxy/haproxy_exchange.c - what is said on the master socket. */
#include "platform/backends/haproxy/haproxy_machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void exchange_batch(struct haproxy *haproxy);

static void
exchange_batch_done(void *context, enum status status, const char *answer)
{
    (void)answer; /* in words; whether it worked is read from the servers' state */
    struct haproxy *haproxy = context;
    if (status != ST_OK) {
        haproxy->commands_done(haproxy, status);
        return;
    }
    exchange_batch(haproxy);
}

/* As many of the commands as one request takes: "@!PID;command;command". */
static void
exchange_batch(struct haproxy *haproxy)
{
    const char *from = strbuf_text(&haproxy->commands) + haproxy->commands_at;
    if (*from == '\0') {
        haproxy->commands_done(haproxy, ST_OK);
        return;
    }
    struct strbuf batch = { 0 };
    strbuf_printf(&batch, "@!%" PRId64, haproxy->worker_pid);
    while (*from != '\0') {
        const size_t len = strcspn(from, "\n");
        ASSERT(from[len] == '\n');
        if (batch.len + 1 + len > HAPROXY_CLI_BYTES_MAX) {
            break;
        }
        strbuf_add_char(&batch, ';');
        strbuf_add_bytes(&batch, from, len);
        from += len + 1;
    }
    haproxy->commands_at = (size_t)(from - strbuf_text(&haproxy->commands));
    haproxy_cli_send(haproxy->cli, strbuf_text(&batch), exchange_batch_done, haproxy);
    strbuf_fini(&batch);
}

void
haproxy_exchange_commands(struct haproxy *haproxy,
                          void (*done)(struct haproxy *haproxy, enum status status))
{
    ASSERT(haproxy->commands.len > 0);
    haproxy->commands_at = 0;
    haproxy->commands_done = done;
    exchange_batch(haproxy);
}

static void
exchange_rows_done(void *context, enum status status, const char *answer)
{
    struct haproxy *haproxy = context;
    if (status == ST_OK && strstr(answer, "# be_id") == NULL) {
        status = ST_UNAVAILABLE; /* the worker is gone */
    }
    if (status == ST_OK) {
        haproxy_rows_parse_state(answer, &haproxy->rows);
    }
    haproxy->commands_done(haproxy, status);
}

void
haproxy_exchange_rows(struct haproxy *haproxy,
                      void (*done)(struct haproxy *haproxy, enum status status))
{
    char text[64];
    (void)snprintf(text, sizeof(text), "@!%" PRId64 " show servers state", haproxy->worker_pid);
    haproxy->commands_done = done;
    haproxy_cli_send(haproxy->cli, text, exchange_rows_done, haproxy);
}

static void
exchange_shares_done(void *context, enum status status, const char *answer)
{
    struct haproxy *haproxy = context;
    strbuf_clear(&haproxy->shares);
    strbuf_add(&haproxy->shares, answer);
    haproxy->commands_done(haproxy, status);
}

void
haproxy_exchange_shares(struct haproxy *haproxy,
                        void (*done)(struct haproxy *haproxy, enum status status))
{
    char text[64 + HAPROXY_PATH_BYTES];
    (void)snprintf(text, sizeof(text), "@!%" PRId64 " show map %s", haproxy->worker_pid,
                   haproxy->paths.shares);
    haproxy->commands_done = done;
    haproxy_cli_send(haproxy->cli, text, exchange_shares_done, haproxy);
}

/* --- servers that have left: removed when their last request is done --- */

static void
clean_end(struct haproxy *haproxy)
{
    haproxy->busy = HAPROXY_IDLE;
    haproxy_apply_begin(haproxy);
}

static void
clean_counted(struct haproxy *haproxy, enum status status)
{
    if (status != ST_OK || haproxy_rows_leaving(&haproxy->rows, &haproxy->in_force) > 0) {
        haproxy_clean_soon(haproxy);
    }
    clean_end(haproxy);
}

static void
clean_removed(struct haproxy *haproxy, enum status status)
{
    (void)status;
    haproxy_exchange_rows(haproxy, clean_counted);
}

static void
clean_stats_done(void *context, enum status status, const char *answer)
{
    struct haproxy *haproxy = context;
    strbuf_clear(&haproxy->commands);
    if (status == ST_OK) {
        haproxy_rows_parse_stat(answer, &haproxy->rows);
        if (haproxy_rows_removals(&haproxy->rows, &haproxy->in_force, &haproxy->commands) > 0) {
            haproxy_exchange_commands(haproxy, clean_removed);
            return;
        }
    }
    haproxy_clean_soon(haproxy);
    clean_end(haproxy);
}

static void
clean_due(uv_timer_t *timer)
{
    struct haproxy *haproxy = container_of(timer, struct haproxy, clean_timer);
    if (haproxy->busy != HAPROXY_IDLE) {
        haproxy_clean_soon(haproxy);
        return;
    }
    char text[64];
    (void)snprintf(text, sizeof(text), "@!%" PRId64 " show stat -1 4 -1", haproxy->worker_pid);
    haproxy->busy = HAPROXY_CLEANING;
    haproxy_cli_send(haproxy->cli, text, clean_stats_done, haproxy);
}

void
haproxy_clean_soon(struct haproxy *haproxy)
{
    (void)uv_timer_start(&haproxy->clean_timer, clean_due, HAPROXY_CLEAN_MS, 0);
}
