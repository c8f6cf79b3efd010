/* platform/backends/haproxy/haproxy_commands.c - from what a worker has to what it should have. */
#include <inttypes.h>
#include <string.h>

#include "platform/backends/haproxy/haproxy_render.h"
#include "platform/backends/haproxy/haproxy_state.h"

/* What takes servers away goes last: a service must not be without any in between. */
struct commands {
    struct strbuf *out;
    struct strbuf  losses; /* owned */
    uint32_t       count;
};

#define COMMANDS_SERVER HAPROXY_BACKEND_PREFIX "%s/" HAPROXY_SERVER_PREFIX "%" PRIu64

static void
commands_add(struct commands *commands, const struct haproxy_service *service,
             const struct env_endpoint *server)
{
    struct strbuf *out = commands->out;
    strbuf_printf(out, "add server " COMMANDS_SERVER " ", service->name, server->id);
    haproxy_render_server(out, service, server);
    strbuf_add_char(out, '\n');
    if (service->check_interval_ms > 0) {
        strbuf_printf(out, "enable health " COMMANDS_SERVER "\n", service->name, server->id);
    }
    if (service->sticky) { /* gives every server of the backend its cookie */
        strbuf_printf(out, "enable dynamic-cookie backend " HAPROXY_BACKEND_PREFIX "%s\n",
                      service->name);
    }
    if (server->leaving && !server->draining) { /* a new server begins in maintenance */
        strbuf_printf(out, "set server " COMMANDS_SERVER " state drain\n", service->name,
                      server->id);
    } else if (!server->draining) {
        strbuf_printf(out, "enable server " COMMANDS_SERVER "\n", service->name, server->id);
    }
    commands->count++;
}

static void
commands_change(struct commands *commands, const struct haproxy_service *service,
                const struct env_endpoint *server, const struct haproxy_row *row)
{
    struct strbuf *out = commands->out;
    if (row->ipv4 != server->ipv4 || row->port != server->port) {
        char ipv4[HAPROXY_IPV4_TEXT_BYTES];
        strbuf_printf(out, "set server " COMMANDS_SERVER " addr %s port %u\n", service->name,
                      server->id, haproxy_render_ipv4(server->ipv4, ipv4), (unsigned)server->port);
        commands->count++;
    }
    if (row->weight != server->weight) {
        strbuf_printf(out, "set server " COMMANDS_SERVER " weight %u\n", service->name, server->id,
                      (unsigned)server->weight);
        commands->count++;
    }
    static const char *const words[] = {
        [HAPROXY_ROW_READY] = "ready",
        [HAPROXY_ROW_DRAIN] = "drain",
        [HAPROXY_ROW_MAINT] = "maint",
    };
    const enum haproxy_row_state wanted = server->draining  ? HAPROXY_ROW_MAINT
                                          : server->leaving ? HAPROXY_ROW_DRAIN
                                                            : HAPROXY_ROW_READY;
    if (row->state != wanted) {
        strbuf_printf(wanted > row->state ? &commands->losses : out,
                      "set server " COMMANDS_SERVER " state %s\n", service->name, server->id,
                      words[wanted]);
        commands->count++;
    }
}

static void
commands_leave(struct commands *commands, const struct haproxy_row *row)
{
    if (row->state != HAPROXY_ROW_MAINT) {
        strbuf_printf(&commands->losses,
                      "set server %s/" HAPROXY_SERVER_PREFIX "%" PRIu64 " state maint\n",
                      row->backend, row->id);
        commands->count++;
    }
}

/* Where the rows of a service begin; rows->count when it has none. */
static uint32_t
commands_first_row(const struct vec *rows, const char *service_name)
{
    const size_t prefix_len = strlen(HAPROXY_BACKEND_PREFIX);
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct haproxy_row *row = vec_at(rows, i);
        if (strcmp(row->backend + prefix_len, service_name) == 0) {
            return i;
        }
    }
    return rows->count;
}

/* One walk through both lists, which are in order of id. */
static void
commands_service(const struct vec *rows, const struct haproxy_service *service,
                 struct commands *commands)
{
    uint32_t at = commands_first_row(rows, service->name);
    const uint32_t backend_index =
        at < rows->count ? ((const struct haproxy_row *)vec_at(rows, at))->backend_index : 0;
    uint32_t server_at = 0;

    for (;;) {
        const struct haproxy_row *row = at < rows->count ? vec_at(rows, at) : NULL;
        if (row != NULL && row->backend_index != backend_index) {
            row = NULL;
        }
        const struct env_endpoint *server =
            server_at < service->servers_count ? &service->servers[server_at] : NULL;
        if (row == NULL && server == NULL) {
            return;
        }
        if (row == NULL || (server != NULL && server->id < row->id)) {
            commands_add(commands, service, server);
            server_at++;
        } else if (server == NULL || row->id < server->id) {
            commands_leave(commands, row);
            at++;
        } else {
            commands_change(commands, service, server, row);
            server_at++;
            at++;
        }
    }
}

static const struct haproxy_service *
commands_service_of(const struct haproxy_generation *generation, const struct haproxy_row *row)
{
    const char *name = row->backend + strlen(HAPROXY_BACKEND_PREFIX);
    for (uint32_t i = 0; i < generation->services.count; i++) {
        const struct haproxy_service *service = haproxy_generation_at(generation, i);
        if (strcmp(service->name, name) == 0) {
            return service;
        }
    }
    return NULL;
}

static bool
commands_names(const struct haproxy_service *service, uint64_t id)
{
    uint32_t low = 0;
    uint32_t high = service != NULL ? service->servers_count : 0;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (service->servers[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return service != NULL && low < service->servers_count && service->servers[low].id == id;
}

uint32_t
haproxy_rows_commands(const struct vec *rows, const struct haproxy_generation *generation,
                      struct strbuf *out)
{
    struct commands commands = { .out = out };
    for (uint32_t i = 0; i < generation->services.count; i++) {
        commands_service(rows, haproxy_generation_at(generation, i), &commands);
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct haproxy_row *row = vec_at(rows, i);
        if (commands_service_of(generation, row) == NULL) {
            commands_leave(&commands, row);
        }
    }
    strbuf_add(out, strbuf_text(&commands.losses));
    strbuf_fini(&commands.losses);
    return commands.count;
}

uint32_t
haproxy_rows_leaving(const struct vec *rows, const struct haproxy_generation *generation)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct haproxy_row *row = vec_at(rows, i);
        count += commands_names(commands_service_of(generation, row), row->id) ? 0 : 1;
    }
    return count;
}

uint32_t
haproxy_rows_removals(const struct vec *stats, const struct haproxy_generation *generation,
                      struct strbuf *out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < stats->count; i++) {
        const struct haproxy_row *row = vec_at(stats, i);
        if (row->open == 0 && !commands_names(commands_service_of(generation, row), row->id)) {
            strbuf_printf(out,
                          "set server %s/" HAPROXY_SERVER_PREFIX "%" PRIu64 " state maint\n"
                          "del server %s/" HAPROXY_SERVER_PREFIX "%" PRIu64 "\n",
                          row->backend, row->id, row->backend, row->id);
            count++;
        }
    }
    return count;
}
