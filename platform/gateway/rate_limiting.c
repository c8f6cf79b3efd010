/*
 * platform/gateway/rate_limiting.c - so many requests in a window: fixed windows that begin with
 * the second, minute, hour, day, month or year (UTC), as Kong's policy "local" counts them.
 *
 * A request that is refused is not counted.
 */
#include "platform/gateway/admit.h"

#include <string.h>

#include "platform/base/record.h"

#define DAY_NS HOUR(24)

/* Days since the epoch as a year and month. Source: Howard Hinnant, "chrono-compatible low-level
 * date algorithms", civil_from_days and days_from_civil. */
static void
rate_civil(int64_t days, int64_t *ret_year, int64_t *ret_month)
{
    const int64_t shifted = days + 719468;
    const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const int64_t day_of_era = shifted - era * 146097;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month = (5 * day_of_year + 2) / 153;
    *ret_month = month < 10 ? month + 3 : month - 9;
    *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

/* The first day of a month as days since the epoch; month 13 is the next year's first. */
static int64_t
rate_days(int64_t year, int64_t month)
{
    if (month > 12) {
        year++;
        month -= 12;
    }
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* When the window that now lies in ends. */
static int64_t
rate_window_end(enum env_gateway_period period, int64_t now_ns)
{
    static const int64_t lengths_ns[] = { SEC(1), MIN(1), HOUR(1), DAY_NS };
    int64_t year;
    int64_t month;
    if (period <= ENV_GATEWAY_DAY) {
        return now_ns - now_ns % lengths_ns[period] + lengths_ns[period];
    }
    rate_civil(now_ns / DAY_NS, &year, &month);
    return DAY_NS * (period == ENV_GATEWAY_MONTH ? rate_days(year, month + 1)
                                                 : rate_days(year + 1, 1));
}

/* Who is counted; whoever is not known by what was asked for is known by the address. */
static uint64_t
rate_identity(const struct gateway_call *call, const struct env_gateway_rate_limiting *rate)
{
    const struct env_gateway *gateway = call->gateway;
    const struct env_gateway_route *route = &gateway->routes[call->route];
    const char *text = NULL;
    switch (rate->limit_by) {
    case ENV_GATEWAY_BY_CONSUMER:
        text = call->consumer != ENV_GATEWAY_NONE ? gateway->consumers[call->consumer].name : NULL;
        break;
    case ENV_GATEWAY_BY_CREDENTIAL:
        text = call->credential != NULL ? call->credential->name : NULL;
        break;
    case ENV_GATEWAY_BY_SERVICE:
        text = route->service != ENV_GATEWAY_NONE ? gateway->services[route->service].name : NULL;
        break;
    case ENV_GATEWAY_BY_HEADER:
        text = gateway_header(call->request, rate->header_name);
        break;
    case ENV_GATEWAY_BY_PATH:
        if (strncmp(call->request->path, rate->path, strlen(rate->path)) == 0 &&
            (call->request->path[strlen(rate->path)] == '\0' ||
             call->request->path[strlen(rate->path)] == '?')) {
            text = rate->path;
        }
        break;
    case ENV_GATEWAY_BY_IP:
        break;
    }
    return text != NULL ? hash_bytes(rate->key, text, strlen(text))
                        : hash_step(rate->key, (UINT64_C(1) << 32) | call->request->source_ipv4);
}

bool
rate_limiting_act(struct gateway_call *call, const struct env_gateway_plugin *plugin)
{
    const struct env_gateway_rate_limiting *rate = &plugin->rate_limiting;
    struct gateway_memory *memory = gateway_memory(call->gateway, call->state);
    const uint64_t         identity = rate_identity(call, rate);
    uint64_t               keys[ENV_GATEWAY_PERIOD_COUNT];
    int64_t                ends_ns[ENV_GATEWAY_PERIOD_COUNT];
    if (memory->counters == NULL) {
        memory->counters = counters_open();
    }
    for (uint32_t i = 0; i < ENV_GATEWAY_PERIOD_COUNT; i++) {
        if (rate->limits[i] == 0) {
            continue;
        }
        keys[i] = hash_step(identity, i + 1);
        ends_ns[i] = rate_window_end((enum env_gateway_period)i, call->now_ns);
        if (*counters_at(memory->counters, keys[i], ends_ns[i], call->now_ns) >=
            rate->limits[i]) {
            return gateway_answer(call, rate->status, rate->message);
        }
    }
    for (uint32_t i = 0; i < ENV_GATEWAY_PERIOD_COUNT; i++) {
        if (rate->limits[i] > 0) {
            ++*counters_at(memory->counters, keys[i], ends_ns[i], call->now_ns);
        }
    }
    return false;
}
