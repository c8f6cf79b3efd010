/*
 * platform/gateway/cors.c - browsers ask before they send: the gateway answers for the app.
 *
 * The headers of answers are the business of who renders them; whether an origin is allowed does
 * not change what happens to a request.
 */
#include "platform/gateway/admit.h"

#include <string.h>

bool
cors_act(struct gateway_call *call, const struct env_gateway_plugin *plugin)
{
    const bool is_preflight =
        strcmp(call->request->method, "OPTIONS") == 0 &&
        gateway_header(call->request, "origin") != NULL &&
        gateway_header(call->request, "access-control-request-method") != NULL;
    if (!is_preflight || plugin->cors.preflight_continue) {
        return false;
    }
    return gateway_answer(call, 200, "");
}
