/* platform/balancer/policies.c - finds a policy by its label. */
#include "platform/balancer/policy.h"

#include <string.h>

#define BALANCE_POLICY(name) extern const struct env_balance_policy balance_policy_##name;
#include "platform/balancer/policies.def"
#undef BALANCE_POLICY

static const struct env_balance_policy *const policies[] = {
#define BALANCE_POLICY(name) &balance_policy_##name,
#include "platform/balancer/policies.def"
#undef BALANCE_POLICY
};

static const struct env_balance_policy *
policy_find_bytes(const char *name, size_t len)
{
    for (uint32_t i = 0; i < COUNT_OF(policies); i++) {
        if (strlen(policies[i]->name) == len && memcmp(policies[i]->name, name, len) == 0) {
            return policies[i];
        }
    }
    return NULL;
}

/* "(N)" and nothing after it. */
static bool
policy_read_argument(const char *text, uint32_t *ret_argument)
{
    uint32_t value = 0;
    uint32_t digits = 0;
    const char *at = text + 1;
    for (; *at >= '0' && *at <= '9' && digits < 5; at++, digits++) {
        value = value * 10 + (uint32_t)(*at - '0');
    }
    if (text[0] != '(' || digits == 0 || at[0] != ')' || at[1] != '\0') {
        return false;
    }
    *ret_argument = value;
    return value > 0 && value <= BALANCE_ARGUMENT_MAX;
}

const struct env_balance_policy *
balance_policy_find(const char *label_value, uint32_t *ret_argument)
{
    ASSERT(label_value != NULL);
    const size_t name_len = strcspn(label_value, "(");
    const struct env_balance_policy *policy = policy_find_bytes(label_value, name_len);
    if (policy == NULL) {
        return NULL;
    }
    uint32_t argument = policy->argument_default;
    if (label_value[name_len] != '\0') {
        if (!policy->takes_argument || !policy_read_argument(label_value + name_len, &argument)) {
            return NULL;
        }
    }
    *ret_argument = argument;
    return policy;
}

const struct env_balance_policy *
balance_policy_named(const char *name)
{
    return policy_find_bytes(name, strlen(name));
}
