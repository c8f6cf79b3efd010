/*
 * platform/api/nodes.c - the front door for machines: one is drained, or taken back.
 *
 * A request is answered when what it asks for is durable; the drain itself goes on after that, and
 * the journal tells how far it is. The same request asked again is not done again.
 */
#include <stdio.h>
#include <string.h>

#include "platform/model/cluster.h"
#include "platform/wire/messages.h"

static void
nodes_answer(struct cluster *cluster, env_address to, const struct msg_api_request *request,
             enum status status, const char *text)
{
    struct msg_api_answer answer = { .request = request->request, .status = (uint8_t)status };
    (void)snprintf(answer.text, sizeof answer.text, "%s", text);
    cluster_send(cluster, to, &msg_api_answer_type, &answer);
    cluster->wake(cluster); /* an answer to what changed nothing goes too */
}

static void
nodes_drain(struct cluster *cluster, env_address from, const struct msg_api_request *request,
            struct cluster_node *node)
{
    if (node->draining && node->drain.request == request->request) {
        nodes_answer(cluster, from, request, ST_OK, "");
        return;
    }
    if (request->deadline_ns < 0) {
        nodes_answer(cluster, from, request, ST_INVALID, "a deadline cannot lie in the past");
        return;
    }
    if (node->draining && node->drain.refresh != 0) {
        nodes_answer(cluster, from, request, ST_CONFLICT,
                     "the refresh of its group drains it already");
        return;
    }
    const int64_t now_ns = cluster_now(cluster);
    const struct node_record asked = {
        .request = request->request,
        .started_at_ns = now_ns,
        .deadline_at_ns = request->deadline_ns > 0 ? now_ns + request->deadline_ns : 0,
    };
    cluster_node_drain(node, &asked);
    nodes_answer(cluster, from, request, ST_OK, "");
}

static void
nodes_undrain(struct cluster *cluster, env_address from, const struct msg_api_request *request,
              struct cluster_node *node)
{
    if (!node->draining) {
        nodes_answer(cluster, from, request, ST_OK, "nothing to change");
        return;
    }
    if (node->drain.refresh != 0) {
        nodes_answer(cluster, from, request, ST_CONFLICT,
                     "the refresh of its group drains it: cancel that");
        return;
    }
    cluster_node_undrain(node, "");
    nodes_answer(cluster, from, request, ST_OK, "");
}

static bool
nodes_message(struct cluster *cluster, void *state, env_address from,
              const struct record_type *type, const void *record)
{
    (void)state;
    const struct msg_api_request *request = record;
    if (type != &msg_api_request_type || request->call != API_NODE) {
        return false;
    }
    if (request->control >= API_NODE_COUNT) {
        nodes_answer(cluster, from, request, ST_UNSUPPORTED, "no such call");
        return true;
    }
    struct cluster_node *node = cluster_node_named(cluster, request->app);
    if (node == NULL) {
        char text[200];
        (void)snprintf(text, sizeof text, "no machine '%.120s' has registered", request->app);
        nodes_answer(cluster, from, request, ST_NOT_FOUND, text);
        return true;
    }
    switch ((enum api_node)request->control) {
    case NODE_DRAIN:
        nodes_drain(cluster, from, request, node);
        break;
    case NODE_UNDRAIN:
        nodes_undrain(cluster, from, request, node);
        break;
    }
    return true;
}

const struct controller nodes_controller = { .name = "nodes", .message = nodes_message };
