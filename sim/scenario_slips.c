/*
 * sim/scenario_slips.c - what a scenario may say and hardly means: machines that never come, hosts
 * that no balancer serves, an image that is called otherwise in its app. Each is a warning.
 */
#include <string.h>

#include <jansson.h>

#include "sim/scenario_parts.h"

/* The group of balancers in every scenario; platform/balancer/README.md. */
static const char balancers[] = "external";
/* The role of machines that face the clients. */
static const char front_role[] = "slave_public";

/* The value of a label; NULL: the app has none of this name. */
static const char *
label_value(const struct app_spec *app, const char *key)
{
    for (uint32_t i = 0; i < app->labels_count; i++) {
        if (strcmp(app->labels[i].key, key) == 0) {
            return app->labels[i].value;
        }
    }
    return NULL;
}

/* The balancers that are asked to serve a host of an app; NULL: it does not have the host. */
static const char *
groups_of_host(struct scenario_reader *reader, const struct app_spec *app, const char *host)
{
    static const char end[] = "_VHOST";
    for (uint32_t i = 0; i < app->labels_count; i++) {
        const char  *key = app->labels[i].key;
        const size_t len = strlen(key);
        if (!scenario_label_has_host(&app->labels[i], host)) {
            continue;
        }
        const char *own =
            label_value(app, arena_printf(reader->read.arena, "%.*s_GROUP",
                                          (int)(len - (sizeof end - 1)), key));
        const char *all = label_value(app, "HAPROXY_GROUP");
        return own != NULL ? own : all != NULL ? all : "";
    }
    return NULL;
}

/* A virtual host that traffic goes to: at least one app that has it asks for our balancers. */
static void
check_balanced(struct scenario_reader *reader, const char *host, const char *pointer)
{
    const struct scenario *scenario = reader->scenario;
    const struct app_spec *app = NULL;
    const char            *groups = NULL;
    for (uint32_t i = 0; i < scenario->apps_count; i++) {
        const char *asked = groups_of_host(reader, scenario->apps[i], host);
        if (asked == NULL) {
            continue;
        }
        if (scenario_has_host(asked, balancers) || scenario_has_host(asked, "*")) {
            return;
        }
        app = scenario->apps[i];
        groups = asked;
    }
    if (app == NULL || scenario_gateway_serves(reader, host)) {
        return;
    }
    const char *why = groups[0] == '\0' ? "has no label HAPROXY_GROUP"
                                        : arena_printf(reader->read.arena,
                                                       "asks for those of group \"%s\"", groups);
    diag_add(reader->read.diags, reader->read.source, DIAG_WARNING, pointer,
             "no balancer serves \"%s\": %s %s, expected \"HAPROXY_GROUP\": \"%s\"", host, app->id,
             why, balancers);
}

static bool
is_image_of_app(const struct scenario *scenario, const char *image)
{
    bool is_one = false;
    for (uint32_t i = 0; i < scenario->apps_count && !is_one; i++) {
        is_one = strcmp(scenario->apps[i]->image, image) == 0;
    }
    return is_one;
}

/*
 * An entry of "images" that no app has, beside an app whose image has no entry and is called nearly
 * the same. Catalogues of images that many scenarios extend are not meant by that.
 */
static void
check_images(struct scenario_reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    struct arena          *arena = reader->read.arena;
    struct vec             bare; /* const char *: images of apps that have no entry */
    vec_init(&bare, sizeof(const char *));
    for (uint32_t i = 0; i < scenario->apps_count; i++) {
        const char *image = scenario->apps[i]->image;
        if (image[0] != '\0' && json_object_get(reader->top.images, image) == NULL) {
            *(const char **)vec_push(&bare) = image;
        }
    }
    for (uint32_t i = 0; bare.count > 0 && i < scenario->behaviors_count; i++) {
        const char *image = scenario->behaviors[i].image;
        if (is_image_of_app(scenario, image)) {
            continue; /* most: an imported trace has hundreds, and as many apps */
        }
        const char *nearest = diag_nearest(image, (const char *const *)bare.items, bare.count);
        if (nearest != NULL) {
            diag_add(reader->read.diags, reader->read.source, DIAG_WARNING,
                     fields_pointer(arena, "/images", image),
                     "no app has this image when the story begins, and \"%s\" has no entry (did "
                     "you mean that one?)", nearest);
        }
    }
    vec_fini(&bare);
}

static void
check_empty_groups(struct scenario_reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    const struct json_t   *groups = json_object_get(reader->top.cluster, "groups");
    for (uint32_t i = 0; i < scenario->groups_count; i++) {
        const struct scenario_group *group = &scenario->groups[i];
        const struct json_t *min = json_object_get(json_object_get(groups, group->name), "min");
        if (json_is_integer(min) && json_integer_value(min) == 0) { /* and was not misread */
            diag_add(reader->read.diags, reader->read.source, DIAG_WARNING,
                     fields_pointer(reader->read.arena,
                                    fields_pointer(reader->read.arena, "/cluster/groups",
                                                   group->name), "min"),
                     "group \"%s\" begins without a machine, and nothing adds one, expected 1 or "
                     "more", group->name);
        }
    }
}

/* Clients come in where the balancers of the outside are. */
static void
check_fronts(struct scenario_reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    for (uint32_t i = 0; i < scenario->groups_count; i++) {
        if (strcmp(scenario->groups[i].role, front_role) == 0) {
            return;
        }
    }
    if (json_array_size(reader->top.traffic) > 0 && scenario->groups_count > 0) {
        diag_add(reader->read.diags, reader->read.source, DIAG_WARNING, "/traffic",
                 "no machine has the role \"%s\", so no balancer takes these requests, expected a "
                 "group with \"role\": \"%s\"", front_role, front_role);
    }
}

void
scenario_check_slips(struct scenario_reader *reader)
{
    if (reader->scenario->apps_refused) {
        return; /* judged when the apps are right */
    }
    check_empty_groups(reader);
    check_fronts(reader);
    for (uint32_t i = 0; i < json_array_size(reader->top.traffic); i++) {
        const struct json_t *line = json_array_get(reader->top.traffic, i);
        const char          *to = json_string_value(json_object_get(line, "to"));
        if (to != NULL) {
            check_balanced(reader, to,
                           fields_pointer(reader->read.arena,
                                          fields_pointer_at(reader->read.arena, "/traffic", i),
                                          "to"));
        }
    }
    check_images(reader);
}
