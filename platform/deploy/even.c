/* platform/deploy/even.c - which instances can go while GROUP_BY stays even. */
#include "platform/deploy/even.h"

#include "platform/model/attribute.h"

static const char *
even_value(const struct even_field *field, const struct cluster_task *task,
           char room[NODE_ATTRIBUTES_BYTES])
{
    const struct cluster_node *node =
        cluster_node_find(task->app->cluster, task->record.node - 1);
    const char *value = node != NULL ? attribute_field(&node->spec, field->field, room) : NULL;
    return value != NULL ? value : "";
}

static void
even_count(struct even_field *field, const struct cluster_app *app)
{
    char room[NODE_ATTRIBUTES_BYTES];
    for (const struct cluster_task *task = app->tasks_first; task != NULL; task = task->app_next) {
        if (task->record.node == 0 || !cluster_task_is_active(task)) {
            continue;
        }
        const uint32_t number = intern_id(&field->values, even_value(field, task, room));
        if (number > field->counts.count) {
            *(uint32_t *)vec_push(&field->counts) = 0;
        }
        *(uint32_t *)vec_at(&field->counts, number - 1) += 1;
    }
    field->least = UINT32_MAX;
    for (uint32_t i = 0; i < field->counts.count; i++) {
        const uint32_t count = *(uint32_t *)vec_at(&field->counts, i);
        field->least = count < field->least ? count : field->least;
        field->most_count = count > field->most ? 0 : field->most_count;
        field->most = count > field->most ? count : field->most;
        field->most_count += count == field->most ? 1U : 0U;
    }
}

void
even_begin(struct even *even, const struct cluster_app *app)
{
    const struct app_spec *spec = app->version->spec;
    vec_init(&even->fields, sizeof(struct even_field));
    for (uint32_t i = 0; i < spec->constraints_count; i++) {
        if (spec->constraints[i].op != APP_GROUP_BY) {
            continue;
        }
        struct even_field *field = vec_push(&even->fields);
        *field = (struct even_field){ .field = spec->constraints[i].field };
        intern_init(&field->values);
        vec_init(&field->counts, sizeof(uint32_t));
        even_count(field, app);
    }
}

void
even_fini(struct even *even)
{
    for (uint32_t i = 0; i < even->fields.count; i++) {
        struct even_field *field = vec_at(&even->fields, i);
        intern_fini(&field->values);
        vec_fini(&field->counts);
    }
    vec_fini(&even->fields);
}

uint32_t
even_rank(const struct even *even, const struct cluster_task *task)
{
    char room[NODE_ATTRIBUTES_BYTES];
    uint32_t rank = even->fields.count > 0 ? 1 : 0;
    for (uint32_t i = 0; i < even->fields.count; i++) {
        const struct even_field *field = vec_at(&even->fields, i);
        const uint32_t number = intern_find(&field->values, even_value(field, task, room));
        ASSERT(number > 0); /* it was counted */
        const uint32_t there = *(uint32_t *)vec_at(&field->counts, number - 1);
        const uint32_t most =
            there == field->most && field->most_count == 1 ? field->most - 1 : field->most;
        const uint32_t least = there - 1 < field->least ? there - 1 : field->least;
        const uint32_t before = field->most - field->least;
        if (most - least > 1 && most - least >= before) {
            return 2;
        }
        rank = before > 0 && there == field->most ? 0 : rank;
    }
    return rank;
}
