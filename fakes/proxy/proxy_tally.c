/*
 * fakes/proxy/proxy_tally.c - what the servers of measured services do, counted under the number
 * that a generation gives them, the newer version apart.
 *
 * A request that no server was there for counts for a version only when all servers of its service
 * are of that one: else nobody knows whose fault it was.
 */
#include "fakes/proxy/inner.h"

#include "platform/base/memory.h"

enum { TALLY_OLDER, TALLY_NEWER, TALLY_NOBODY };

static struct proxy_tally *
proxy_tally_find(const struct fake_proxy *proxy, uint64_t measured)
{
    for (uint32_t i = 0; i < proxy->tallies.count; i++) {
        struct proxy_tally *tally = *(struct proxy_tally **)vec_at(&proxy->tallies, i);
        if (tally->measured == measured) {
            return tally;
        }
    }
    return NULL;
}

static struct proxy_tally *
proxy_tally_get(struct fake_proxy *proxy, uint64_t measured)
{
    struct proxy_tally *tally = proxy_tally_find(proxy, measured);
    if (tally == NULL) {
        tally = memory_alloc_zero(1, sizeof *tally);
        tally->measured = measured;
        *(struct proxy_tally **)vec_push(&proxy->tallies) = tally;
    }
    return tally;
}

static void
proxy_tally_free(struct proxy_tally *tally)
{
    memory_free(tally->latencies);
    memory_free(tally);
}

static uint8_t
proxy_tally_whose(const struct proxy_service *service)
{
    uint32_t newer_count = 0;
    for (uint32_t i = 0; i < service->count; i++) {
        newer_count += service->endpoints[i].newer ? 1 : 0;
    }
    return newer_count == 0                ? TALLY_OLDER
           : newer_count == service->count ? TALLY_NEWER
                                           : TALLY_NOBODY;
}

void
proxy_tally_begin(struct fake_proxy *proxy)
{
    const uint64_t serial = proxy->serial;
    for (uint32_t i = 0; i < proxy->config->services_count; i++) {
        struct proxy_service *service = &proxy->config->services[i];
        if (service->measured != 0) {
            service->tally = proxy_tally_get(proxy, service->measured);
            service->tally->serial = serial;
            service->tally_whose = proxy_tally_whose(service);
        }
    }
    for (uint32_t i = 0; i < proxy->tallies.count;) {
        struct proxy_tally *tally = *(struct proxy_tally **)vec_at(&proxy->tallies, i);
        if (tally->serial == serial) {
            i++;
        } else {
            proxy_tally_free(tally);
            vec_remove_at(&proxy->tallies, i);
        }
    }
}

void
proxy_tally_end(struct fake_proxy *proxy)
{
    for (uint32_t i = 0; i < proxy->tallies.count; i++) {
        proxy_tally_free(*(struct proxy_tally **)vec_at(&proxy->tallies, i));
    }
    vec_clear(&proxy->tallies);
}

void
proxy_tally_count(struct proxy_tally *tally, bool newer, enum request_outcome outcome,
                  int64_t latency_ns)
{
    struct env_tally *counts = &tally->tallies[newer ? TALLY_NEWER : TALLY_OLDER];
    counts->requests++;
    if (outcome != REQUEST_OK && outcome != REQUEST_ERROR) {
        counts->failures++;
        return;
    }
    counts->errors += outcome == REQUEST_ERROR ? 1U : 0U;
    if (tally->latencies == NULL) { /* most proxies of a mesh never send one to this app */
        tally->latencies = memory_alloc_zero(2, sizeof *tally->latencies);
    }
    sketch_add(&tally->latencies[newer ? TALLY_NEWER : TALLY_OLDER], latency_ns);
}

void
proxy_tally_refused(struct proxy_service *service)
{
    if (service->tally != NULL && service->tally_whose != TALLY_NOBODY) {
        service->tally->tallies[service->tally_whose].requests++;
        service->tally->tallies[service->tally_whose].failures++;
    }
}

bool
proxy_tally_read(const struct fake_proxy *proxy, struct env_proxy_tally *tally)
{
    const struct proxy_tally *found = proxy_tally_find(proxy, tally->measured);
    for (uint32_t i = 0; i < 2; i++) {
        tally->ret_tallies[i] = found != NULL ? found->tallies[i] : (struct env_tally){ 0 };
        sketch_clear(&tally->ret_latencies[i]);
        if (found != NULL && found->latencies != NULL) {
            tally->ret_latencies[i] = found->latencies[i];
        }
    }
    return found != NULL;
}
