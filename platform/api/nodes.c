/*
 * platform/api/nodes.c - the front door for machines: one is drained, or taken back; a group of
 * them goes to another machine image.
 *
 * A request is answered when what it asks for is durable; the rest goes on after that, and the
 * journal tells how far it is. The same request asked again is not done again.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "platform/model/cluster_drain.h"
#include "platform/model/cluster_refresh.h"
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
    if (node->draining && cluster_drain_get(node)->record.request == request->request) {
        nodes_answer(cluster, from, request, ST_OK, "");
        return;
    }
    if (request->deadline_ns < 0) {
        nodes_answer(cluster, from, request, ST_INVALID, "a deadline cannot lie in the past");
        return;
    }
    if (node->draining && cluster_drain_get(node)->record.refresh != 0) {
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
    if (cluster_drain_get(node)->record.refresh != 0) {
        nodes_answer(cluster, from, request, ST_CONFLICT,
                     "the refresh of its group drains it: cancel that");
        return;
    }
    cluster_node_undrain(node, "");
    nodes_answer(cluster, from, request, ST_OK, "");
}

static void
nodes_of_machine(struct cluster *cluster, env_address from, const struct msg_api_request *request)
{
    struct cluster_node *node = cluster_node_named(cluster, request->app);
    if (node == NULL) {
        char text[200];
        (void)snprintf(text, sizeof text, "no machine '%.120s' has registered", request->app);
        nodes_answer(cluster, from, request, ST_NOT_FOUND, text);
    } else if (request->control == NODE_DRAIN) {
        nodes_drain(cluster, from, request, node);
    } else {
        nodes_undrain(cluster, from, request, node);
    }
}

/* --- groups --- */

static void
nodes_refresh_spec(struct cluster *cluster, env_address from,
                   const struct msg_api_request *request, const struct refresh_spec *spec)
{
    const struct cluster_refresh *running = cluster_refresh_find(cluster, spec->group);
    char text[200];
    if (running != NULL && running->record->request == request->request) {
        nodes_answer(cluster, from, request, ST_OK, "");
        return;
    }
    if (running != NULL && !refresh_is_over((enum refresh_state)running->record->state)) {
        (void)snprintf(text, sizeof text, "a refresh of %.60s to %.60s is %s", spec->group,
                       running->spec->image,
                       refresh_state_name((enum refresh_state)running->record->state));
        nodes_answer(cluster, from, request, ST_CONFLICT, text);
        return;
    }
    (void)cluster_refresh_begin(cluster, spec->json, strlen(spec->json), request->request);
    nodes_answer(cluster, from, request, ST_OK, "");
}

static void
nodes_refresh(struct cluster *cluster, env_address from, const struct msg_api_request *request)
{
    struct arena scratch;
    struct diag_list diags;
    json_error_t error;
    char text[200];
    if (cluster->env->cloud == NULL || cluster->env->cloud->ops->fixed) {
        nodes_answer(cluster, from, request, ST_UNSUPPORTED,
                     "the machines of this run are as they are: there is no cloud that could start "
                     "others from an image");
        return;
    }
    arena_init(&scratch, cluster->env->memory_poison);
    diag_list_init(&diags, &scratch);
    json_t *json = json_loadb(request->tail, request->tail_len, 0, &error);
    const struct refresh_spec *spec =
        json != NULL ? refresh_read(json, NULL, "", &scratch, &diags) : NULL;
    if (spec != NULL) {
        nodes_refresh_spec(cluster, from, request, spec);
    } else if (diags.items.count > 0) {
        const struct diag *first = vec_at(&diags.items, 0);
        (void)snprintf(text, sizeof text, "%.40s: %.150s", first->pointer, first->text);
        nodes_answer(cluster, from, request, ST_INVALID, text);
    } else {
        nodes_answer(cluster, from, request, ST_INVALID, "Invalid JSON");
    }
    json_decref(json);
    diag_list_fini(&diags);
    arena_fini(&scratch);
}

static const char *
nodes_hold(struct cluster_refresh *refresh, bool holds)
{
    struct refresh_record *record = refresh->record;
    if ((record->held != 0) == holds) {
        return holds ? "is paused already" : "is not paused";
    }
    record->held = holds;
    cluster_refresh_state(refresh, (enum refresh_state)record->state,
                          holds ? "paused by hand" : "resumed by hand");
    return NULL;
}

/* What cannot be said to it now, or NULL when it was done. */
static const char *
nodes_control(struct cluster_refresh *refresh, enum api_node what)
{
    struct refresh_record *record = refresh->record;
    if (record->state == REFRESH_ENDING || record->turn != 0) {
        return "is ending, or goes back";
    }
    if (what == GROUP_PAUSE || what == GROUP_RESUME) {
        return nodes_hold(refresh, what == GROUP_PAUSE);
    }
    if (what == GROUP_ROLL_BACK &&
        (record->state == REFRESH_ROLLING_BACK || !record->begun ||
         strcmp(record->image_old, refresh->spec->image) == 0)) {
        return record->state == REFRESH_ROLLING_BACK ? "goes back already"
               : !record->begun                      ? "has not begun"
                                                     : "has no other image to go back to";
    }
    record->turn = what == GROUP_CANCEL ? REFRESH_CANCELLED : REFRESH_ROLLING_BACK;
    return NULL;
}

static void
nodes_of_group(struct cluster *cluster, env_address from, const struct msg_api_request *request)
{
    struct cluster_refresh *refresh = cluster_refresh_find(cluster, request->app);
    char text[200];
    if (refresh != NULL && refresh->record->request == request->request) {
        nodes_answer(cluster, from, request, ST_OK, ""); /* done before, its answer was lost */
        return;
    }
    if (refresh == NULL || refresh_is_over((enum refresh_state)refresh->record->state)) {
        (void)snprintf(text, sizeof text, "no refresh of '%.60s' is running", request->app);
        nodes_answer(cluster, from, request, ST_CONFLICT, text);
        return;
    }
    const char *refused = nodes_control(refresh, (enum api_node)request->control);
    if (refused != NULL) {
        (void)snprintf(text, sizeof text, "the refresh of %.60s %s", request->app, refused);
        nodes_answer(cluster, from, request, ST_CONFLICT, text);
        return;
    }
    refresh->record->request = request->request;
    cluster_refresh_changed(refresh);
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
    switch ((enum api_node)request->control) {
    case NODE_DRAIN:
    case NODE_UNDRAIN:
        nodes_of_machine(cluster, from, request);
        break;
    case GROUP_REFRESH:
        nodes_refresh(cluster, from, request);
        break;
    case GROUP_PAUSE:
    case GROUP_RESUME:
    case GROUP_CANCEL:
    case GROUP_ROLL_BACK:
        nodes_of_group(cluster, from, request);
        break;
    }
    return true;
}

const struct controller nodes_controller = { .name = "nodes", .message = nodes_message };
