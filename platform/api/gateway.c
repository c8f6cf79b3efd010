/*
 * platform/api/gateway.c - the front door for the gateway: a whole file replaces the one in force.
 *
 * A file with mistakes changes nothing: every mistake is journaled, the first is in the answer. The
 * same gateway again is answered and makes no new generation. What is said here holds no secret.
 */
#include <stdio.h>
#include <string.h>

#include "platform/base/diag.h"
#include "platform/model/cluster.h"
#include "platform/wire/messages.h"

static void
gateway_answer(struct cluster *cluster, env_address to, const struct msg_api_request *request,
               enum status status, const char *text)
{
    struct msg_api_answer answer = { .request = request->request, .status = (uint8_t)status };
    (void)snprintf(answer.text, sizeof answer.text, "%s", text);
    cluster_send(cluster, to, &msg_api_answer_type, &answer);
}

/* Errors and warnings into the journal; the first error, or NULL. */
static const struct diag *
gateway_tell(struct cluster *cluster, const struct diag_list *diags)
{
    const struct diag *first = NULL;
    struct strbuf      line = { 0 };
    for (uint32_t i = 0; i < diags->items.count; i++) {
        const struct diag *diag = vec_at(&diags->items, i);
        strbuf_clear(&line);
        diag_print(diag, &line);
        cluster_journal(cluster, &(struct env_event){ .kind = ENV_EVENT_WARNING,
                                                      .old_state = -1,
                                                      .new_state = -1,
                                                      .app = "",
                                                      .text = strbuf_text(&line) });
        first = first == NULL && diag->level == DIAG_ERROR ? diag : first;
    }
    strbuf_fini(&line);
    return first;
}

static void
gateway_put(struct cluster *cluster, env_address from, const struct msg_api_request *request)
{
    const struct gateway_format *format = cluster->config->gateway;
    struct arena     scratch;
    struct diag_list diags;
    const char      *text = "";
    if (format == NULL) {
        gateway_answer(cluster, from, request, ST_UNSUPPORTED, "this master takes no gateways");
        return;
    }
    arena_init(&scratch, cluster->env->memory_poison);
    diag_list_init(&diags, &scratch);
    if (request->tail_len > 0) {
        text = format->read(request->tail, request->tail_len, "gateway", &scratch, &diags);
    }
    const struct diag *first = gateway_tell(cluster, &diags);
    if (text == NULL) {
        ASSERT(first != NULL);
        gateway_answer(cluster, from, request, ST_INVALID,
                       arena_printf(&scratch, "%s%s%.150s (%u mistakes in all)", first->pointer,
                                    first->pointer[0] != '\0' ? ": " : "", first->text,
                                    diags.errors_count));
    } else if (strcmp(text, cluster->gateway != NULL ? cluster->gateway : "") == 0) {
        gateway_answer(cluster, from, request, ST_OK, "nothing to change");
    } else {
        cluster_gateway_set(cluster, text, strlen(text), request->request);
        gateway_answer(cluster, from, request, ST_OK, "");
    }
    diag_list_fini(&diags);
    arena_fini(&scratch);
}

static bool
gateway_message(struct cluster *cluster, void *state, env_address from,
                const struct record_type *type, const void *record)
{
    (void)state;
    const struct msg_api_request *request = record;
    if (type != &msg_api_request_type || request->call != API_PUT_GATEWAY) {
        return false;
    }
    gateway_put(cluster, from, request);
    return true;
}

const struct controller gateway_controller = { .name = "gateway", .message = gateway_message };
