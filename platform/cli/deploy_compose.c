/* platform/cli/deploy_compose.c - the scenario that a rehearsal plays, as the text of its file. */
#include "platform/cli/deploy_compose.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "platform/base/units.h"
#include "platform/model/strategy.h"
#include "sim/scenario_file.h"
#include "sim/snapshot.h"

#define COMPOSE_WITHIN_NS MIN(30) /* a guess: longer than any plain deploy that goes well */
#define COMPOSE_QUIET_NS  MIN(1)  /* users are watched so long after the end */
#define COMPOSE_AFTER_NS  MIN(5)
#define COMPOSE_FAULT_EVERY_MIN_NS SEC(10)
enum { COMPOSE_FAULTS = 3, COMPOSE_DEPTH_MAX = 2 * SCENARIO_DEPTH_MAX + 8 }; /* faults a deploy */

const char *
deploy_compose_path(const struct deploy_options *options, struct arena *arena)
{
    return arena_printf(arena, "%s/rehearsal.json", options->out);
}

/* path as seen from the folder of the file that names it. */
static const char *
seen_from(const char *file, const char *path, struct arena *arena)
{
    struct strbuf up = { 0 };
    const char   *plain = scenario_file_beside(arena, "", file);
    if (path[0] == '/') {
        return path;
    }
    if (plain[0] == '/' || strncmp(plain, "../", 3) == 0) {
        char        whole[PATH_MAX];
        const char *found = realpath(path, whole);
        return arena_strdup(arena, found != NULL ? found : path); /* the reader says why */
    }
    for (const char *at = strchr(plain, '/'); at != NULL; at = strchr(at + 1, '/')) {
        strbuf_add(&up, "../");
    }
    const char *seen = arena_printf(arena, "%s%s", strbuf_text(&up), path);
    strbuf_fini(&up);
    return seen;
}

static json_t *
duration(int64_t ns)
{
    char text[UNITS_TEXT_BYTES];
    return json_string(units_print_duration(ns, text));
}

/* A copy in which "${" reads back as itself. */
static json_t *
literally(const json_t *json, int depth)
{
    const char   *key;
    json_t       *value;
    size_t        index;
    struct strbuf text = { 0 };
    ASSERT(depth <= COMPOSE_DEPTH_MAX);
    if (json_is_string(json)) {
        for (const char *at = json_string_value(json); *at != '\0'; at++) {
            strbuf_add(&text, at[0] == '$' && at[1] == '{' ? "$" : "");
            strbuf_add_char(&text, *at);
        }
        json_t *copy = json_string(strbuf_text(&text));
        strbuf_fini(&text);
        return copy;
    }
    if (!json_is_object(json) && !json_is_array(json)) {
        return json_deep_copy(json);
    }
    json_t *copy = json_is_array(json) ? json_array() : json_object();
    json_object_foreach ((json_t *)(uintptr_t)json, key, value) {
        (void)json_object_set_new(copy, key, literally(value, depth + 1));
    }
    json_array_foreach ((json_t *)(uintptr_t)json, index, value) {
        (void)json_array_append_new(copy, literally(value, depth + 1));
    }
    return copy;
}

int64_t
deploy_compose_within_ns(const struct deploy_compose *compose)
{
    const struct strategy_spec *spec = compose->spec;
    int64_t                     within_ns = COMPOSE_WITHIN_NS;
    uint32_t                    instances = 0;
    if (compose->options->within_ns > 0) {
        return compose->options->within_ns;
    }
    for (uint32_t i = 0; i < compose->changes->count; i++) {
        const struct deploy_change *change = vec_at(compose->changes, i);
        instances = change->spec->instances > instances ? change->spec->instances : instances;
    }
    for (uint32_t i = 0; spec != NULL && i < spec->steps_count; i++) {
        within_ns += spec->steps[i].hold_ns + spec->steps[i].pause_timeout_ns;
    }
    if (spec != NULL) {
        within_ns += spec->linger_ns + spec->step_ns * int64_min(instances, 100);
    }
    return int64_min(within_ns, HOUR(24 * 30));
}

/* --- the parts --- */

/* Several apps are handed in as one plan, as a platform takes them: in layers of dependencies. */
static json_t *
compose_step(const struct deploy_compose *compose)
{
    json_t *apps = json_array();
    for (uint32_t i = 0; i < compose->changes->count; i++) {
        const struct deploy_change *change = vec_at(compose->changes, i);
        (void)json_array_append_new(apps, json_pack("{s:s, s:o}", "app", change->spec->id, "set",
                                                    literally(change->patch, 0)));
    }
    if (json_array_size(apps) > 1) {
        return json_pack("{s:s, s:o}", "do", "deploy-group", "apps", apps);
    }
    json_t *step = json_incref(json_array_get(apps, 0));
    (void)json_object_set_new(step, "do", json_string("deploy"));
    json_decref(apps);
    return step;
}

static json_t *
compose_timeline(const struct deploy_compose *compose)
{
    json_t *step = compose_step(compose);
    bool    replaces = false; /* a strategy says how the new version takes the old one's place */
    for (uint32_t i = 0; i < compose->changes->count; i++) {
        replaces = replaces || ((struct deploy_change *)vec_at(compose->changes, i))->old != NULL;
    }
    (void)json_object_set_new(step, "at", duration(compose->cluster->snapshot->warm_up_ns));
    if (compose->strategy != NULL && replaces) {
        (void)json_object_set_new(step, "strategy", literally(compose->strategy, 0));
    }
    if (compose->options->force) {
        (void)json_object_set_new(step, "force", json_true());
    }
    return json_pack("[o]", step);
}

static bool
image_is_known(const struct scenario *cluster, const char *image)
{
    for (uint32_t i = 0; i < cluster->behaviors_count; i++) {
        if (strcmp(cluster->behaviors[i].image, image) == 0) {
            return true;
        }
    }
    return false;
}

bool
deploy_compose_guesses(const struct deploy_compose *compose, const struct deploy_change *change)
{
    const char *image = change->spec->image;
    return image[0] != '\0' && !image_is_known(compose->cluster, image);
}

/* New images that the snapshot does not describe behave as those that they replace. */
static json_t *
compose_images(const struct deploy_compose *compose)
{
    json_t *images = json_object();
    for (uint32_t i = 0; i < compose->changes->count; i++) {
        const struct deploy_change *change = vec_at(compose->changes, i);
        if (deploy_compose_guesses(compose, change) && change->old != NULL &&
            image_is_known(compose->cluster, change->old->image)) {
            (void)json_object_set_new(images, change->spec->image,
                                      json_pack("{s:s}", "like", change->old->image));
        }
    }
    return images;
}

/* Healthy instances that an app may not fall below while nothing but the deploy happens to it. */
static uint32_t
compose_floor(const struct deploy_compose *compose, const struct deploy_change *change)
{
    const bool stops_all = compose->spec != NULL && compose->spec->kind == STRATEGY_RECREATE;
    if (change->old == NULL || stops_all) {
        return 0;
    }
    const uint64_t instances = change->old->instances < change->spec->instances
                                   ? change->old->instances
                                   : change->spec->instances;
    return (uint32_t)((instances * change->spec->minimum_health_ppm + PPM - 1) / PPM);
}

static void
expect_of_app(const struct deploy_compose *compose, const struct deploy_change *change,
              json_t *expect)
{
    const char    *app = change->spec->id;
    const uint32_t least = compose_floor(compose, change);
    (void)json_array_append_new(
        expect, json_pack("{s:s, s:s, s:o, s:s}", "deployment", app, "outcome",
                          compose->options->outcome, "within",
                          duration(deploy_compose_within_ns(compose)), "about",
                          "The deployment ends as it should, and in time."));
    if (compose->faults_ns == 0 && least > 0) {
        (void)json_array_append_new(
            expect, json_pack("{s:s, s:s, s:I, s:o, s:s}", "always", "healthy", "app", app,
                              "at_least", (json_int_t)least, "from",
                              duration(compose->cluster->snapshot->warm_up_ns), "about",
                              "The app keeps its minimum health."));
    }
}

/* Once a host, however many lines go there. */
static bool
expect_is_first(const struct scenario *cluster, uint32_t line)
{
    for (uint32_t i = 0; i < line; i++) {
        if (strcmp(cluster->traffic[i].to, cluster->traffic[line].to) == 0) {
            return false;
        }
    }
    return true;
}

static json_t *
compose_expect(const struct deploy_compose *compose)
{
    const struct scenario *cluster = compose->cluster;
    json_t                *expect = json_array();
    for (uint32_t i = 0; i < compose->changes->count; i++) {
        expect_of_app(compose, vec_at(compose->changes, i), expect);
    }
    for (uint32_t i = 0; i < cluster->traffic_count; i++) {
        if (!expect_is_first(cluster, i)) {
            continue;
        }
        const char *to = cluster->traffic[i].to;
        if (compose->faults_ns == 0) {
            (void)json_array_append_new(
                expect, json_pack("{s:s, s:s, s:i, s:s}", "slo", "lost", "to", to, "at_most", 0,
                                  "about", "No request is lost to what the platform does itself."));
        }
        if (compose->expect == NULL) {
            (void)json_array_append_new(
                expect, json_pack("{s:s, s:s, s:s, s:s}", "slo", "availability", "to", to,
                                  "at_least", "99.9%", "about", "Users are served."));
        }
    }
    if (compose->expect != NULL) {
        (void)json_array_extend(expect, (json_t *)(uintptr_t)compose->expect);
    }
    return expect;
}

/* "random" or a list of kinds. NULL after a mistake was printed. */
static json_t *
compose_faults(const struct deploy_compose *compose)
{
    static const char *const kinds[] = { "kill-task", "kill-node", "restart-agent",
                                         "restart-master", "partition" };
    const char   *rest = compose->options->faults;
    const int64_t from_ns = compose->cluster->snapshot->warm_up_ns;
    const int64_t every_ns =
        int64_max(compose->faults_ns / COMPOSE_FAULTS, COMPOSE_FAULT_EVERY_MIN_NS);
    json_t *faults = json_pack("{s:o, s:o, s:o}", "from", duration(from_ns), "until",
                               duration(from_ns + compose->faults_ns), "every",
                               duration(every_ns / NS_PER_MS * NS_PER_MS));
    if (strcmp(rest, "random") == 0) {
        (void)json_object_set_new(faults, "swarm", json_true());
        return faults;
    }
    json_t *list = json_array();
    (void)json_object_set_new(faults, "kinds", list);
    for (;;) {
        const size_t len = strcspn(rest, ",");
        size_t       kind = 0;
        while (kind < COUNT_OF(kinds) &&
               (strlen(kinds[kind]) != len || strncmp(kinds[kind], rest, len) != 0)) {
            kind++;
        }
        if (kind == COUNT_OF(kinds)) {
            (void)fprintf(stderr, "rehearse deploy: --faults %.*s: expected none, random, or some "
                                  "of kill-task, kill-node, restart-agent, restart-master and "
                                  "partition\n", (int)len, rest);
            json_decref(faults);
            return NULL;
        }
        (void)json_array_append_new(list, json_string(kinds[kind]));
        if (rest[len] == '\0') {
            return faults;
        }
        rest += len + 1;
    }
}

static const char *
text_of(const json_t *json, struct arena *arena)
{
    char       *dumped = json_dumps(json, JSON_INDENT(2));
    const char *text = arena_printf(arena, "%s\n", dumped);
    free(dumped);
    return text;
}

enum status
deploy_compose(const struct deploy_compose *compose, struct arena *arena, const char **ret_text)
{
    const char *snapshot = seen_from(compose->path, compose->options->from, arena);
    json_t     *out = json_pack("{s:s}", "extends", snapshot);
    enum status status = ST_OK;
    if (compose->cluster == NULL) { /* to know what the snapshot holds */
        (void)json_object_set_new(out, "duration", duration(HOUR(24)));
    } else {
        const struct scenario *cluster = compose->cluster;
        const int64_t          deploy_ns = cluster->snapshot->warm_up_ns;
        const int64_t          lasts_ns =
            int64_max(deploy_compose_within_ns(compose), compose->faults_ns);
        (void)json_object_set_new(
            out, "name", json_string(arena_printf(arena, "deploy to %s", cluster->name)));
        (void)json_object_set_new(out, "about",
                                  json_string("The rehearsal of a deploy: what may go wrong."));
        (void)json_object_set_new(out, "duration",
                                  duration(deploy_ns + lasts_ns + COMPOSE_AFTER_NS));
        (void)json_object_set_new(out, "quiet", duration(COMPOSE_QUIET_NS));
        (void)json_object_set_new(out, "timeline", compose_timeline(compose));
        (void)json_object_set_new(out, "expect", compose_expect(compose));
        (void)json_object_set_new(out, "images", compose_images(compose));
        if (compose->faults_ns > 0) {
            json_t *faults = compose_faults(compose);
            status = faults != NULL ? ST_OK : ST_INVALID;
            (void)json_object_set_new(out, "faults", faults);
        }
    }
    *ret_text = text_of(out, arena);
    json_decref(out);
    return status;
}
