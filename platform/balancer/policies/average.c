/* platform/balancer/policies/average.c - how a moving average ages, and the load it stands for. */
#include "platform/balancer/policies/average.h"

#include "platform/base/dist.h"

static const double average_decay_ns = 10e9;
static const double average_penalty = 140737488355327.0; /* Finagle's: 2^63 - 1 shifted by 16 */

double
average_kept(int64_t dt_ns)
{
    return dt_ns > 0 ? fixed_exp(-(double)dt_ns / average_decay_ns) : 1.0;
}

double
average_load(double cost_ns, const struct env_balance_server *server)
{
    const double open = (double)server->open;
    const double load =
        cost_ns == 0 && server->open > 0 ? average_penalty + open : cost_ns * (open + 1);
    return load / (double)server->weight;
}
