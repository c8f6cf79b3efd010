/*
 * platform/balancer/policy.h - balancer policies by the name that a label gives them.
 *
 * Values: HAProxy's own words ("roundrobin", "leastconn", "random(3)", "source", "uri"), and "p2c",
 *         which a real proxy refuses. One policy a file in policies/, listed in policies.def.
 */
#ifndef PLATFORM_BALANCER_POLICY_H
#define PLATFORM_BALANCER_POLICY_H

#include "platform/env/proxy.h"

enum { BALANCE_ARGUMENT_MAX = 1000 }; /* a limit of ours for N of random(N) */

/* The policy of HAPROXY_n_BALANCE, or NULL when there is none of that name or its argument is
 * wrong. ret_argument: what the label says, or the policy's default; 0 for a policy without one. */
const struct env_balance_policy *balance_policy_find(const char *label_value,
                                                     uint32_t *ret_argument);

/* The policy of a bare name: what routes_decode asks for. */
const struct env_balance_policy *balance_policy_named(const char *name);

#endif
