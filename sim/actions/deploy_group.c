/* sim/actions/deploy_group.c - somebody hands in several definitions at once: one plan, in
 * layers. */
#include <string.h>

#include <jansson.h>

#include "platform/base/memory.h"
#include "platform/model/strategy.h"
#include "sim/actions/data.h"
#include "sim/actions/requests.h"
#include "sim/run.h"

static const struct field fields[] = {
    { .name = "apps", .kind = FIELD_JSON, .offset = offsetof(struct deploy_group_data, apps),
      .flags = FIELD_REQUIRED,
      .about = "A list of {\"app\": id, \"set\": what is merged into its definition}." },
    { .name = "strategy", .kind = FIELD_JSON,
      .offset = offsetof(struct deploy_group_data, strategy),
      .about = "For each of them, as in deploy." },
    { .name = "force", .kind = FIELD_BOOL, .offset = offsetof(struct deploy_group_data, force),
      .about = "Take the place of deployments that are running." },
    { .name = "may_fail", .kind = FIELD_BOOL,
      .offset = offsetof(struct deploy_group_data, may_fail),
      .about = "A refusal is then no mistake: it is noted as a warning." },
};

static void
group_check_entry(const struct scenario *scenario, const json_t *entry,
                  const struct fields_read *read, const char *pointer)
{
    const char   *app = json_string_value(json_object_get(entry, "app"));
    const json_t *set = json_object_get(entry, "set");
    const char   *key;
    json_t       *value;
    if (app == NULL) {
        diag_add(read->diags, read->source, DIAG_ERROR, pointer,
                 "expected an object with \"app\" and \"set\"");
        return;
    }
    action_check_app(scenario, app, read, pointer);
    if (set != NULL && !json_is_object(set)) {
        diag_add(read->diags, read->source, DIAG_ERROR,
                 fields_pointer(read->arena, pointer, "set"),
                 "expected an object that is merged into the app's definition");
    }
    json_object_foreach ((json_t *)(uintptr_t)entry, key, value) {
        if (strcmp(key, "app") != 0 && strcmp(key, "set") != 0) {
            diag_add(read->diags, read->source, DIAG_ERROR,
                     fields_pointer(read->arena, pointer, key),
                     "unknown key, expected \"app\" or \"set\"");
        }
    }
}

static void
group_check(const struct scenario *scenario, const void *data, const struct fields_read *read,
            const char *pointer)
{
    const struct deploy_group_data *group = data;
    const char *place = fields_pointer(read->arena, pointer, "apps");
    if (!json_is_array(group->apps) || json_array_size(group->apps) == 0) {
        diag_add(read->diags, read->source, DIAG_ERROR, place,
                 "expected a list of {\"app\": id, \"set\": {...}}");
        return;
    }
    for (uint32_t i = 0; i < json_array_size(group->apps); i++) {
        group_check_entry(scenario, json_array_get(group->apps, i), read,
                          fields_pointer_at(read->arena, place, i));
    }
    if (group->strategy != NULL) {
        (void)strategy_read(group->strategy, read->source,
                            fields_pointer(read->arena, pointer, "strategy"), read->arena,
                            read->diags);
    }
}

static enum status
group_act(struct run *run, const struct scenario_step *step, struct action_scope *scope,
          struct error *err)
{
    const struct deploy_group_data *data = step->data;
    struct strbuf list = { 0 };
    struct strbuf names = { 0 };
    enum status status = ST_OK;
    for (uint32_t i = 0; i < json_array_size(data->apps) && status == ST_OK; i++) {
        const json_t *entry = json_array_get(data->apps, i);
        const char   *app = json_string_value(json_object_get(entry, "app"));
        const char   *json = NULL;
        status = definitions_merge(run, app, json_object_get(entry, "set"), &json, err);
        strbuf_printf(&names, "%s%s", i > 0 ? ", " : "", app);
        strbuf_printf(&list, "%s%s", i > 0 ? "," : "[", status == ST_OK ? json : "");
    }
    if (status == ST_OK) {
        strbuf_add(&list, "]");
        scope->target = arena_strdup(run->arena, names.text);
        const struct requests_app request = {
            .app = json_string_value(json_object_get(json_array_get(data->apps, 0), "app")),
            .json = list.text,
            .strategy = data->strategy != NULL ? requests_json(run, data->strategy) : "",
            .force = data->force,
            .is_group = true,
        };
        requests_put_app(run, &request, data->may_fail ? requests_may_fail : requests_answered,
                         requests_name(run, step, scope));
    }
    strbuf_fini(&list);
    strbuf_fini(&names);
    return status;
}

const struct action action_deploy_group = {
    .verb = "deploy-group",
    .about = "Several definitions are handed in at once: in layers of their dependencies.",
    .fields = fields,
    .fields_count = COUNT_OF(fields),
    .data_bytes = sizeof(struct deploy_group_data),
    .real = true,
    .check = group_check,
    .act = group_act,
};
