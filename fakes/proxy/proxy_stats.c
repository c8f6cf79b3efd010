/* fakes/proxy/proxy_stats.c - what servers have done, for the port and for the observer. */
#include "fakes/proxy/inner.h"

#include "platform/base/memory.h"

/* --- the observer --- */

void
fake_datapath_set_observer(struct fake_datapath *datapath, fake_datapath_server_fn *told,
                           void *context)
{
    datapath->told = told;
    datapath->told_context = context;
}

/* What has happened since the last time, and from now on anew. */
void
proxy_stats_tell(const struct fake_proxy *proxy, struct proxy_server *server)
{
    const struct fake_datapath *datapath = proxy->datapath;
    if (datapath->told == NULL) {
        return;
    }
    const struct proxy_counts *now = &server->counts;
    const struct proxy_counts *before = &server->told;
    const struct fake_server_stats stats = {
        .app = intern_text(&datapath->names, server->app),
        .service = intern_text(&datapath->names, server->name),
        .endpoint_id = server->endpoint_id,
        .node = proxy->node,
        .requests = now->requests - before->requests,
        .errors = now->errors - before->errors,
        .failures = now->failures - before->failures,
        .ejections = now->ejections - before->ejections,
        .latency_sum_ns = now->latency_sum_ns - before->latency_sum_ns,
    };
    server->told = server->counts;
    datapath->told(datapath->told_context, &stats);
}

void
fake_datapath_servers_tell(struct fake_datapath *datapath)
{
    for (uint32_t i = 0; i < datapath->proxies.count; i++) {
        const struct fake_proxy *proxy = *(struct fake_proxy **)vec_at(&datapath->proxies, i);
        const struct proxy_config *config = proxy->config;
        for (uint32_t k = 0; config != NULL && k < config->services_count; k++) {
            const struct proxy_service *service = &config->services[k];
            for (uint32_t at = 0; at < service->count; at++) {
                proxy_stats_tell(proxy, datapath_server(datapath, service->slots[at]));
            }
        }
    }
}

/* --- the port --- */

/* Merges two neighbouring sorted stretches of from into to. */
static void
proxy_stats_merge(const struct env_endpoint_stats *from, struct env_endpoint_stats *to,
                  uint32_t first, uint32_t middle, uint32_t end)
{
    uint32_t left = first;
    uint32_t right = middle;
    for (uint32_t at = first; at < end; at++) {
        const bool take_left =
            left < middle &&
            (right == end || from[left].endpoint_id <= from[right].endpoint_id);
        to[at] = take_left ? from[left++] : from[right++];
    }
}

/* Sorted by id: in items, or in spare. */
static struct env_endpoint_stats *
proxy_stats_sort(struct env_endpoint_stats *items, struct env_endpoint_stats *spare,
                 uint32_t count)
{
    struct env_endpoint_stats *from = items;
    struct env_endpoint_stats *to = spare;
    for (uint32_t width = 1; width < count; width *= 2) {
        for (uint32_t first = 0; first < count; first += 2 * width) {
            const uint32_t middle = count - first < width ? count : first + width;
            const uint32_t end = count - first < 2 * width ? count : first + 2 * width;
            proxy_stats_merge(from, to, first, middle, end);
        }
        struct env_endpoint_stats *const swapped = from;
        from = to;
        to = swapped;
    }
    return from;
}

/* One entry a server of the generation in force. */
static uint32_t
proxy_stats_collect(const struct fake_proxy *proxy, struct env_endpoint_stats *items)
{
    const struct proxy_config *config = proxy->config;
    uint32_t count = 0;
    for (uint32_t i = 0; i < config->services_count; i++) {
        const struct proxy_service *service = &config->services[i];
        for (uint32_t at = 0; at < service->count; at++) {
            const struct proxy_server *server =
                datapath_server(proxy->datapath, service->slots[at]);
            items[count] = (struct env_endpoint_stats){
                .endpoint_id = server->endpoint_id,
                .requests = server->counts.requests,
                .errors = server->counts.errors,
                .failures = server->counts.failures,
                .latency_mean_ns = server->counts.latency_sum_ns, /* still the sum */
                .open = server->open,
                .up = server->up && !proxy_server_is_ejected(service, server),
            };
            count++;
        }
    }
    return count;
}

static uint32_t
proxy_stats_servers(const struct proxy_config *config)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < config->services_count; i++) {
        count += config->services[i].count;
    }
    return count;
}

/* Servers of one endpoint in several services become one entry. */
static uint32_t
proxy_stats_join(struct env_endpoint_stats *items, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct env_endpoint_stats *last = kept > 0 ? &items[kept - 1] : NULL;
        if (last == NULL || last->endpoint_id != items[i].endpoint_id) {
            items[kept] = items[i];
            kept++;
            continue;
        }
        last->requests += items[i].requests;
        last->errors += items[i].errors;
        last->failures += items[i].failures;
        last->latency_mean_ns += items[i].latency_mean_ns;
        last->open += items[i].open;
        last->up = last->up || items[i].up;
    }
    return kept;
}

void
proxy_stats_list(const struct fake_proxy *proxy, struct env_proxy_stats *stats)
{
    stats->ret_count = 0;
    const uint32_t room = proxy->config != NULL ? proxy_stats_servers(proxy->config) : 0;
    if (room == 0) {
        return;
    }
    struct env_endpoint_stats *items = memory_alloc_zero(2 * (size_t)room, sizeof *items);
    const uint32_t count = proxy_stats_collect(proxy, items);
    struct env_endpoint_stats *sorted = proxy_stats_sort(items, items + room, count);
    const uint32_t kept = proxy_stats_join(sorted, count);
    for (uint32_t i = 0; i < kept && i < stats->stats_max; i++) {
        const uint64_t answered = sorted[i].requests - sorted[i].failures;
        stats->ret_stats[i] = sorted[i];
        stats->ret_stats[i].latency_mean_ns =
            answered > 0 ? sorted[i].latency_mean_ns / (int64_t)answered : 0;
        stats->ret_count++;
    }
    memory_free(items);
}
