/* platform/gateway/request_size.c - the plugin request-size-limiting: a body may be so large. */
#include "platform/gateway/admit.h"

bool
request_size_act(struct gateway_call *call, const struct env_gateway_plugin *plugin)
{
    const struct env_gateway_request_size *size = &plugin->request_size;
    if (call->request->body_bytes <= size->bytes_max) {
        return false; /* a simulated request always says how long it is */
    }
    const char *expects = gateway_header(call->request, "expect");
    const bool asks = expects != NULL && gateway_same(expects, "100-continue");
    return gateway_answer(call, asks ? 417 : 413, "Request size limit exceeded");
}
