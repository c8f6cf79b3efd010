/* platform/model/cluster_gateway.c - the gateway that is wanted: one text, for all edges. */
#include <string.h>

#include "platform/base/memory.h"
#include "platform/model/cluster.h"

static void
cluster_gateway_keep(struct cluster *cluster, const char *text, size_t len, uint64_t request)
{
    memory_free(cluster->gateway);
    cluster->gateway = NULL;
    cluster->gateway_request = request;
    cluster->routes_dirty = true;
    if (len > 0) {
        cluster->gateway = memory_alloc(len + 1);
        memcpy(cluster->gateway, text, len);
        cluster->gateway[len] = '\0';
    }
}

void
cluster_gateway_set(struct cluster *cluster, const char *text, size_t len, uint64_t request)
{
    cluster_gateway_keep(cluster, text, len, request);
    cluster_write(cluster, WRITE_GATEWAY, 0, NULL);
    cluster->wake(cluster);
}

void
cluster_gateway_load(struct cluster *cluster, const struct gateway_record *record)
{
    cluster_gateway_keep(cluster, record->tail, record->tail_len, record->request);
}
