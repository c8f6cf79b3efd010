/*
 * fakes/proxy/proxy_gateway.c - requests that an API gateway's route matches.
 *
 * The gateway is for clients outside: calls of containers and requests for an app's id pass it by.
 * An admitted request goes to the service that the verdict names and meets no rules of its virtual
 * host. What the gateway's route costs is nothing: it answers at once.
 */
#include "fakes/proxy/inner.h"

static enum request_outcome
gateway_outcome(uint32_t status)
{
    if (status == 429) {
        return REQUEST_LIMITED;
    }
    if (status >= 400 && status < 500) {
        return REQUEST_DENIED;
    }
    if (status >= 500) {
        return status == 503 ? REQUEST_NO_SERVER : REQUEST_ERROR;
    }
    return REQUEST_OK; /* a preflight answered, a redirect */
}

struct proxy_service *
proxy_gateway_admit(struct fake_proxy *proxy, uint32_t route, const struct env_request *request,
                    enum request_outcome *ret_outcome)
{
    const struct fake_datapath *datapath = proxy->datapath;
    const struct env_gateway *gateway = proxy->config->gateway;
    struct env_gateway_verdict verdict = { 0 };
    gateway->ops->admit(gateway, &proxy->gateway_state, route, request, world_now(datapath->world),
                        &verdict);
    if (verdict.status != 0) {
        *ret_outcome = gateway_outcome(verdict.status);
        return NULL;
    }
    struct proxy_service *service =
        proxy_service_named(proxy, intern_find(&datapath->names, verdict.service));
    *ret_outcome = REQUEST_NO_SERVER; /* Kong: no peer behind that name */
    return service;
}

void
proxy_gateway_forget(struct fake_proxy *proxy, const struct proxy_config *config)
{
    if (proxy->gateway_state.memory != NULL) {
        ASSERT(config->gateway != NULL);
        config->gateway->ops->release(&proxy->gateway_state);
        proxy->gateway_state.memory = NULL;
    }
}
