/* platform/master/inbox.c - every message that reaches the master, to the one who answers it. */
#include <string.h>

#include "platform/base/memory.h"
#include "platform/master/master.h"

static void
inbox_spec_get(struct master *master, env_address from, const struct msg_spec_get *message)
{
    const struct cluster_version *version =
        cluster_version_get(&master->cluster, message->version);
    if (version == NULL) {
        return; /* the launch that named it is void too */
    }
    const uint32_t len = version->spec->json_len;
    struct msg_spec *spec = memory_alloc_zero(1, sizeof *spec + len);
    spec->term = master->cluster.term;
    spec->version = version->id;
    spec->tail_len = len;
    memcpy(spec->tail, version->spec->json, len);
    cluster_send(&master->cluster, from, &msg_spec_type, spec);
    memory_free(spec);
}

static void
inbox_edge_state(struct master *master, const struct msg_edge_state *message)
{
    struct cluster *cluster = &master->cluster;
    if (message->node >= NODE_COUNT_MAX) {
        return; /* no such node can be */
    }
    struct cluster_edge *edge = cluster_edge_get(cluster, message->node);
    if (message->incarnation < edge->incarnation && cluster_edge_is_there(cluster, edge)) {
        return; /* late, of an earlier life */
    }
    if (edge->incarnation != message->incarnation) {
        edge->incarnation = message->incarnation;
        edge->sent_generation = 0;
    }
    edge->generation = message->generation;
    edge->seen_at_ns = cluster_now(cluster);
    vec_clear(&edge->busy);
    for (uint32_t i = 0; i < message->tail_len / sizeof(uint64_t); i++) {
        *(uint64_t *)vec_push(&edge->busy) = message->tail[i];
    }
    master_wake(cluster); /* a drain may be over, or it needs newer routes */
}

void
master_receive(struct env_receiver *receiver, env_address from, const struct record_type *type,
               const void *record)
{
    struct master *master = container_of(receiver, struct master, receiver);
    if (!master->cluster.leading) {
        return; /* who needs an answer asks again */
    }
    if (type == &msg_heartbeat_type) {
        nodes_heartbeat(master, record);
    } else if (type == &msg_status_type) {
        statuses_take(master, record);
    } else if (type == &msg_register_type) {
        nodes_register(master, record);
    } else if (type == &msg_spec_get_type) {
        inbox_spec_get(master, from, record);
    } else if (type == &msg_edge_state_type) {
        inbox_edge_state(master, record);
    } else {
        (void)master_controllers_message(master, from, type, record);
    }
}
