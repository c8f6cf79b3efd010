/* platform/gateway/acl.c - the groups of a consumer let its requests in or not. */
#include "platform/gateway/admit.h"

#include <string.h>

static bool
acl_in(const struct env_gateway_texts *wanted, const struct env_gateway_texts *groups)
{
    for (uint32_t i = 0; i < wanted->count; i++) {
        for (uint32_t k = 0; k < groups->count; k++) {
            if (strcmp(wanted->items[i], groups->items[k]) == 0) {
                return true;
            }
        }
    }
    return false;
}

bool
acl_act(struct gateway_call *call, const struct env_gateway_plugin *plugin)
{
    if (call->consumer == ENV_GATEWAY_NONE) {
        return gateway_answer(call, 401, "Unauthorized");
    }
    const struct env_gateway_consumer *consumer = &call->gateway->consumers[call->consumer];
    if (acl_in(&plugin->acl.groups, &consumer->groups) == plugin->acl.deny) {
        return gateway_answer(call, 403, "You cannot consume this service");
    }
    return false;
}
