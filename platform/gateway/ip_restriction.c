/* platform/gateway/ip_restriction.c - where a request comes from lets it in or not. */
#include "platform/gateway/admit.h"

static bool
ip_in(const struct env_gateway_networks *networks, uint32_t ipv4)
{
    for (uint32_t i = 0; i < networks->count; i++) {
        if ((ipv4 & networks->items[i].mask) == networks->items[i].ipv4) {
            return true;
        }
    }
    return false;
}

bool
ip_restriction_act(struct gateway_call *call, const struct env_gateway_plugin *plugin)
{
    const struct env_gateway_ip_restriction *ip = &plugin->ip_restriction;
    const uint32_t source = call->request->source_ipv4;
    if (ip_in(&ip->deny, source) || (ip->has_allow && !ip_in(&ip->allow, source))) {
        return gateway_answer(call, ip->status, ip->message);
    }
    return false;
}
