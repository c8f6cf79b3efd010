/* platform/backends/load/load_idle.c - connections that wait for their next request, or end. */
#include "platform/backends/load/load_client.h"

#include "platform/base/memory.h"

/* A kept connection is not used any more this long after its last answer: below HAProxy's
 * keep-alive of 1 s, so that a request seldom crosses with its end. */
#define LOAD_IDLE_NS_MAX MS(700)

void
load_client_handle_gone(struct load_client *client)
{
    ASSERT(client->handles_count > 0);
    client->handles_count--;
    if (client->handles_count == 0) {
        load_closed_fn *closed = client->closed;
        void *context = client->closed_context;
        memory_free(client->requests);
        memory_free(client);
        closed(context);
    }
}

static void
client_connection_closed(uv_handle_t *handle)
{
    struct load_connection *connection = container_of(handle, struct load_connection, tcp);
    struct load_client *client = connection->client;
    memory_free(connection);
    load_client_handle_gone(client);
}

/* --- idle connections --- */

static void
client_idle_unlink(struct load_connection *connection)
{
    struct load_connection **link = &connection->client->idle_first;
    while (*link != NULL && *link != connection) {
        link = &(*link)->next_idle;
    }
    if (*link == connection) {
        *link = connection->next_idle;
    }
    connection->idle = false;
}

/* With a reset: there is nothing on its way, and a port in TIME_WAIT is one less for the load. */
void
load_client_disconnect(struct load_connection *connection)
{
    if (connection->idle) {
        client_idle_unlink(connection);
    }
    if (connection->request != NULL) {
        connection->request->connection = NULL;
        connection->request = NULL;
    }
    if (!uv_is_closing((uv_handle_t *)&connection->tcp) &&
        uv_tcp_close_reset(&connection->tcp, client_connection_closed) < 0) {
        uv_close((uv_handle_t *)&connection->tcp, client_connection_closed);
    }
}

void
load_client_idle_keep(struct load_connection *connection)
{
    struct load_client *client = connection->client;
    connection->request = NULL;
    connection->idle = true;
    connection->idle_since_hr_ns = (int64_t)uv_hrtime();
    connection->next_idle = client->idle_first;
    client->idle_first = connection;
}

/* The newest idle one of the port; those that waited too long are closed on the way. */
struct load_connection *
load_client_idle_take(struct load_client *client, uint16_t port)
{
    const int64_t oldest_hr_ns = (int64_t)uv_hrtime() - LOAD_IDLE_NS_MAX;
    for (struct load_connection *at = client->idle_first; at != NULL;) {
        struct load_connection *next = at->next_idle;
        if (at->idle_since_hr_ns < oldest_hr_ns) {
            load_client_disconnect(at);
        } else if (at->port == port) {
            client_idle_unlink(at);
            return at;
        }
        at = next;
    }
    return NULL;
}
