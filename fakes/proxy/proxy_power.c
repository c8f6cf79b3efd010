/* fakes/proxy/proxy_power.c - the node's power: a proxy without it forgets everything. */
#include "fakes/proxy/inner.h"

/* Attempts of its own first: instances work on at them for nobody. */
static void
proxy_drop_attempts(struct fake_proxy *proxy)
{
    struct fake_datapath *datapath = proxy->datapath;
    for (uint32_t index = 1; index <= datapath->requests_used; index++) {
        struct world_request *request = datapath_request(datapath, index);
        if (request->stage == REQUEST_SERVED && request->way == WAY_ATTEMPT &&
            request->proxy == proxy->index + 1) {
            proxy_server_dropped(proxy, request->server);
            request->server = 0;
            request->proxy = 0;
            request->other = 0;
            request->client_gone = true;
        }
    }
}

/* An instance that works on a client's own request does so to its end. */
static void
proxy_reset_served(struct fake_proxy *proxy, struct world_request *request)
{
    struct fake_datapath *datapath = proxy->datapath;
    proxy_server_dropped(proxy, request->server);
    request->server = 0;
    request->proxy = 0;
    if (!request->client_gone) {
        request->client_gone = true;
        const struct proxy_client *client = datapath_client(datapath, request);
        client->done(client->context, request, REQUEST_RESET,
                     world_now(datapath->world) - request->arrived_at_ns);
    }
}

/* Clients are reset. They may make new requests meanwhile, but not to this proxy. */
static void
proxy_reset_requests(struct fake_proxy *proxy)
{
    struct fake_datapath *datapath = proxy->datapath;
    for (uint32_t index = 1; index <= datapath->requests_used; index++) {
        struct world_request *request = datapath_request(datapath, index);
        if (request->stage == REQUEST_FREE || request->proxy != proxy->index + 1) {
            continue;
        }
        if (request->stage == REQUEST_SERVED) {
            proxy_reset_served(proxy, request);
            continue;
        }
        if (request->stage == REQUEST_CONNECTING) {
            proxy_server_dropped(proxy, request->server);
            world_cancel(datapath->world, request->event);
            request->event = 0;
        }
        request->server = 0;
        request->proxy = 0;
        proxy_finish(datapath, request, REQUEST_RESET);
    }
}

void
fake_proxy_power_off(struct fake_proxy *proxy)
{
    if (!proxy->powered) {
        return;
    }
    proxy->powered = false; /* before any reset: a client may try again at once */
    datapath_listening_changed(proxy->datapath);
    proxy_checks_stop(proxy);
    struct proxy_config *config = proxy->config;
    proxy_servers_stop(proxy);
    proxy->config = NULL;
    proxy_drop_attempts(proxy);
    proxy_reset_requests(proxy);
    proxy_servers_forget(proxy, config);
    proxy_tally_end(proxy);
    proxy->serial++;
    proxy->generation_newest = 0;
    for (struct proxy_config *pending = proxy->pending_first; pending != NULL;
         pending = pending->next) {
        pending->generation = 0; /* never comes into force; its event frees it */
    }
}

void
fake_proxy_power_on(struct fake_proxy *proxy)
{
    proxy->powered = true;
    datapath_listening_changed(proxy->datapath);
}
