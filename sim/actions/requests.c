/* sim/actions/requests.c - definitions as handed in so far, and requests to the front door. */
#include "sim/actions/requests.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "platform/base/memory.h"
#include "sim/run_private.h"
#include "sim/scenario_file.h"

static struct definition *
definitions_find(struct run *run, const char *app)
{
    for (uint32_t i = 0; i < run->definitions.count; i++) {
        struct definition *definition = vec_at(&run->definitions, i);
        if (strcmp(definition->app, app) == 0) {
            return definition;
        }
    }
    return NULL;
}

static struct definition *
definitions_get(struct run *run, const char *app)
{
    struct definition *definition = definitions_find(run, app);
    if (definition == NULL) {
        definition = vec_push(&run->definitions);
        definition->app = arena_strdup(run->arena, app);
        definition->json = "{}";
    }
    return definition;
}

/* What was handed in, changed by set (may be NULL), is kept. */
static enum status
definitions_change(struct run *run, const char *app, const json_t *set, struct error *err)
{
    struct definition *definition = definitions_get(run, app);
    json_t            *json = json_loads(definition->json, 0, NULL);
    if (json == NULL || !json_is_object(json)) {
        json_decref(json);
        return error_set(err, ST_INVALID, "the definition of %s cannot be read", app);
    }
    json_t *merged = set != NULL ? scenario_merge(json, set) : json_incref(json);
    (void)json_object_set_new(merged, "id", json_string(app));
    const size_t len = json_dumpb(merged, NULL, 0, JSON_COMPACT);
    char        *text = arena_alloc(run->arena, len + 1);
    (void)json_dumpb(merged, text, len, JSON_COMPACT);
    text[len] = '\0';
    definition->json = text;
    json_decref(merged);
    json_decref(json);
    return ST_OK;
}

enum status
definitions_merge(struct run *run, const char *app, const struct json_t *set, const char **ret_json,
                  struct error *err)
{
    const enum status status = definitions_change(run, app, set, err);
    if (status == ST_OK) {
        *ret_json = definitions_find(run, app)->json;
    }
    return status;
}

void
definitions_scaled(struct run *run, const char *app, uint32_t instances)
{
    json_t           *set = json_pack("{s:I}", "instances", (json_int_t)instances);
    const enum status status = definitions_change(run, app, set, NULL);
    ASSERT(status == ST_OK); /* a definition of ours with one number replaced */
    json_decref(set);
}

const char *
requests_json(struct run *run, const struct json_t *json)
{
    const size_t flags = JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY;
    const size_t len = json_dumpb(json, NULL, 0, flags);
    char        *text = arena_alloc(run->arena, len + 1);
    (void)json_dumpb(json, text, len, flags);
    text[len] = '\0';
    return text;
}

void
requests_put_app(struct run *run, const struct requests_app *put, run_answer_fn *answer,
                 void *context)
{
    const size_t            len = strlen(put->json);
    const size_t            strategy_len = put->strategy != NULL ? strlen(put->strategy) : 0;
    struct msg_api_request *request = memory_alloc_zero(1, sizeof(*request) + len + strategy_len);
    request->call = put->is_group ? API_PUT_GROUP : API_PUT_APP;
    request->force = put->force;
    request->strategy_len = (uint32_t)strategy_len;
    request->tail_len = (uint32_t)(len + strategy_len);
    (void)snprintf(request->app, sizeof request->app, "%s", put->app);
    memcpy(request->tail, put->json, len);
    if (strategy_len > 0) {
        memcpy(request->tail + len, put->strategy, strategy_len);
    }
    run_call(run, request, answer, context);
    memory_free(request);
}

/* --- what has been taken --- */

void
requests_taken(struct run *run, const struct msg_api_request *request,
               const struct msg_api_answer *answer)
{
    const bool makes = request->call == API_PUT_APP ||
                       (request->call == API_CONTROL && request->control == CONTROL_RESTART);
    if (!makes || answer->status != ST_OK || answer->version == 0) {
        return;
    }
    struct taken_version *taken = vec_push(&run->taken);
    *taken = (struct taken_version){ .app = intern_id(&run->results.names, request->app),
                                     .version = answer->version,
                                     .deployment = answer->deployment };
    if (request->strategy_len > 0) {
        char *text = arena_alloc(run->arena, request->strategy_len + 1);
        memcpy(text, request->tail + request->tail_len - request->strategy_len,
               request->strategy_len);
        text[request->strategy_len] = '\0';
        taken->strategy = text;
    }
}

uint64_t
requests_version(const struct run *run, const char *app, uint64_t number)
{
    const uint32_t name = intern_find(&run->results.names, app);
    uint64_t       count = 0;
    uint64_t       last = 0;
    for (uint32_t i = 0; name != 0 && i < run->taken.count; i++) {
        const struct taken_version *taken = vec_at(&run->taken, i);
        if (taken->app != name || taken->version <= last) {
            continue; /* of another app, or the same one once more: ids grow */
        }
        last = taken->version;
        count++;
        if (count == number) {
            return taken->version;
        }
    }
    return 0;
}

const char *
requests_strategy(const struct run *run, uint64_t deployment)
{
    for (uint32_t i = 0; deployment != 0 && i < run->taken.count; i++) {
        const struct taken_version *taken = vec_at(&run->taken, i);
        if (taken->deployment == deployment && taken->strategy != NULL) {
            return taken->strategy;
        }
    }
    return NULL;
}

void
requests_put_gateway(struct run *run, const char *text, run_answer_fn *answer, void *context)
{
    const size_t            len = strlen(text);
    struct msg_api_request *request = memory_alloc_zero(1, sizeof(*request) + len);
    request->call = API_PUT_GATEWAY;
    request->tail_len = (uint32_t)len;
    memcpy(request->tail, text, len);
    run_call(run, request, answer, context);
    memory_free(request);
}

void *
requests_name(struct run *run, const struct scenario_step *step, const struct action_scope *scope)
{
    return arena_printf(run->arena, "%s: %s %s", step->pointer, step->action->verb, scope->target);
}

void
requests_warn(struct run *run, const char *format, ...)
{
    char    text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    recorder_warning(run, text);
}

void
requests_may_fail(struct run *run, const struct msg_api_answer *answer, void *context)
{
    if (answer->status != ST_OK) {
        requests_warn(run, "%s was refused, as it may be: %s (%s)", (const char *)context,
                      answer->text, status_name((enum status)answer->status));
    }
}

void
requests_answered(struct run *run, const struct msg_api_answer *answer, void *context)
{
    if (answer->status != ST_OK) {
        run_fail(run, "%s was refused: %s (%s)", (const char *)context, answer->text,
                 status_name((enum status)answer->status));
    }
}
