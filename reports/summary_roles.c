/* reports/summary_roles.c - roles as JSON. */
#include "reports/summary_roles.h"

#include "reports/roles.h"

/* Those below `from` are left out: no guarantee, no limit. */
static json_t *
summary_amounts(const int64_t amounts[ROLE_AMOUNT_COUNT], int64_t from)
{
    static const char *const keys[ROLE_AMOUNT_COUNT] = { "cpus", "mem_bytes", "disk_bytes",
                                                         "gpus" };
    json_t *json = json_object();
    for (uint32_t i = 0; i < ROLE_AMOUNT_COUNT; i++) {
        if (amounts[i] >= from) {
            (void)json_object_set_new(json, keys[i],
                                      i == ROLE_MEMORY || i == ROLE_DISK
                                          ? json_integer(amounts[i])
                                          : json_real((double)amounts[i] / 1000.0));
        }
    }
    return json;
}

static json_t *
summary_role(const struct role_row *row)
{
    json_t *json = json_object();
    (void)json_object_set_new(json, "weight", json_real((double)row->weight_milli / 1000.0));
    (void)json_object_set_new(json, "guarantee", summary_amounts(row->guarantee, 1));
    (void)json_object_set_new(json, "limit", summary_amounts(row->limit, 0));
    (void)json_object_set_new(json, "has", summary_amounts(row->has, 0));
    (void)json_object_set_new(json, "share", json_real((double)row->share_ppm / PPM));
    (void)json_object_set_new(json, "share_max", json_real((double)row->share_most_ppm / PPM));
    (void)json_object_set_new(json, "waiting", json_integer(row->waiting));
    (void)json_object_set_new(json, "waiting_max", json_integer(row->waiting_most));
    return json;
}

json_t *
summary_roles(struct reader *reader)
{
    json_t    *json = json_object();
    struct vec rows;
    roles_read(reader, &rows);
    for (uint32_t i = 0; i < rows.count; i++) {
        const struct role_row *row = vec_at(&rows, i);
        (void)json_object_set_new(json, row->name, summary_role(row));
    }
    vec_fini(&rows);
    return json;
}
