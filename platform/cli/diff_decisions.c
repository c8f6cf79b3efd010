/* platform/cli/diff_decisions.c - sequences of decisions, with ids replaced by their order. */
#include "platform/cli/diff_decisions.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "platform/base/arena.h"
#include "platform/base/map.h"

enum { DECISION_BEFORE = 5 }; /* lines of context in a report */

struct decision {
    const char *what;     /* copied to the arena */
    uint32_t    version;  /* all numbered by first appearance, from 1; 0: none */
    uint32_t    instance;
    int64_t     at_ns;    /* for people only */
};

struct decision_numbers { /* ids to 1, 2, 3.. */
    struct map64 ids;
};

struct decision_deployment {
    struct vec              steps; /* struct decision; in the end the kills stand behind the rest */
    struct vec              kills; /* struct decision */
    struct decision_numbers instances;
};

struct decision_app {
    const char             *name;
    struct decision_numbers deployment_numbers;
    struct decision_numbers versions;
    struct vec              deployments; /* struct decision_deployment, by number */
};

struct decision_run {
    struct arena  arena;
    struct intern names;
    struct vec    apps; /* struct decision_app, by interned name - 1 */
    uint64_t      count;
};

static uint32_t
decision_number(struct decision_numbers *numbers, int64_t id)
{
    uint32_t number = map64_get(&numbers->ids, (uint64_t)id);
    if (number == 0 && id != 0) {
        number = numbers->ids.count + 1;
        map64_put(&numbers->ids, (uint64_t)id, number);
    }
    return number;
}

static void
decision_run_init(struct decision_run *run)
{
    *run = (struct decision_run){ 0 };
    arena_init(&run->arena, 0);
    intern_init(&run->names);
    vec_init(&run->apps, sizeof(struct decision_app));
}

static void
decision_run_fini(struct decision_run *run)
{
    for (uint32_t i = 0; i < run->apps.count; i++) {
        struct decision_app *app = vec_at(&run->apps, i);
        for (uint32_t d = 0; d < app->deployments.count; d++) {
            struct decision_deployment *deployment = vec_at(&app->deployments, d);
            vec_fini(&deployment->steps);
            vec_fini(&deployment->kills);
            map64_fini(&deployment->instances.ids);
        }
        vec_fini(&app->deployments);
        map64_fini(&app->deployment_numbers.ids);
        map64_fini(&app->versions.ids);
    }
    vec_fini(&run->apps);
    intern_fini(&run->names);
    arena_fini(&run->arena);
}

static struct decision_app *
decision_run_app(struct decision_run *run, const char *name)
{
    const uint32_t id = intern_id(&run->names, name);
    if (id > run->apps.count) {
        struct decision_app *app = vec_push(&run->apps);
        app->name = intern_text(&run->names, id);
        vec_init(&app->deployments, sizeof(struct decision_deployment));
    }
    return vec_at(&run->apps, id - 1);
}

/* Index 0 holds what no deployment asked for. */
static struct decision_deployment *
decision_app_deployment(struct decision_app *app, int64_t id)
{
    const uint32_t number = decision_number(&app->deployment_numbers, id);
    while (app->deployments.count <= number) {
        struct decision_deployment *deployment = vec_push(&app->deployments);
        vec_init(&deployment->steps, sizeof(struct decision));
        vec_init(&deployment->kills, sizeof(struct decision));
    }
    return vec_at(&app->deployments, number);
}

static int
decision_order_kills(const void *a, const void *b)
{
    const struct decision *x = a;
    const struct decision *y = b;
    if (x->instance != y->instance) {
        return x->instance < y->instance ? -1 : 1;
    }
    return x->at_ns < y->at_ns ? -1 : x->at_ns > y->at_ns;
}

static void
decision_run_append_kills(struct decision_run *run)
{
    for (uint32_t i = 0; i < run->apps.count; i++) {
        const struct decision_app *app = vec_at(&run->apps, i);
        for (uint32_t d = 0; d < app->deployments.count; d++) {
            struct decision_deployment *deployment = vec_at(&app->deployments, d);
            if (deployment->kills.count > 0) {
                qsort(deployment->kills.items, deployment->kills.count, sizeof(struct decision),
                      decision_order_kills);
            }
            for (uint32_t k = 0; k < deployment->kills.count; k++) {
                *(struct decision *)vec_push(&deployment->steps) =
                    *(struct decision *)vec_at(&deployment->kills, k);
            }
        }
    }
}

static const char *
decision_column_text(sqlite3_stmt *query, int column)
{
    const unsigned char *text = sqlite3_column_text(query, column);
    return text == NULL ? "" : (const char *)text;
}

static void
decision_run_add(struct decision_run *run, sqlite3_stmt *query)
{
    struct decision_app *app = decision_run_app(run, decision_column_text(query, 1));
    const uint32_t version = decision_number(&app->versions, sqlite3_column_int64(query, 2));
    struct decision_deployment *deployment =
        decision_app_deployment(app, sqlite3_column_int64(query, 3));
    const struct decision step = {
        .what = arena_strdup(&run->arena, decision_column_text(query, 0)),
        .version = version,
        .instance = decision_number(&deployment->instances, sqlite3_column_int64(query, 4)),
        .at_ns = sqlite3_column_int64(query, 5),
    };
    const bool is_kill = strcmp(step.what, "kill") == 0;
    *(struct decision *)vec_push(is_kill ? &deployment->kills : &deployment->steps) = step;
    run->count++;
}

static enum status
decision_run_read(struct decision_run *run, const char *path, struct error *err)
{
    static const char select[] = "SELECT text, app, version, deployment, task, at_ns FROM events"
                                 " WHERE kind = 'decision' ORDER BY rowid";
    sqlite3 *db = NULL;
    sqlite3_stmt *query = NULL;
    enum status status = ST_OK;
    FILE *file = fopen(path, "rb"); /* sqlite says of any missing file "unable to open" */
    if (file == NULL) {
        return error_set(err, ST_NOT_FOUND, "%s: no such file", path);
    }
    fclose(file);
    int code = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_prepare_v2(db, select, -1, &query, NULL);
    }
    while (code == SQLITE_OK || code == SQLITE_ROW) { /* ends with the rows */
        code = sqlite3_step(query);
        if (code == SQLITE_ROW) {
            decision_run_add(run, query);
        }
    }
    if (code != SQLITE_DONE) {
        status = error_set(err, ST_INVALID, "%s: not the database of a run: %s", path,
                           sqlite3_errmsg(db));
    }
    sqlite3_finalize(query);
    sqlite3_close(db);
    decision_run_append_kills(run);
    return status;
}

/* --- comparing --- */

static bool
decision_equal(const struct decision *a, const struct decision *b)
{
    return strcmp(a->what, b->what) == 0 && a->version == b->version && a->instance == b->instance;
}

static void
decision_print(FILE *out, const char *sign, const struct vec *steps, uint32_t index)
{
    if (index >= steps->count) {
        fprintf(out, "  %s(no more decisions)\n", sign);
        return;
    }
    const struct decision *step = vec_at(steps, index);
    fprintf(out, "  %s%-10s instance %u, version %u   (at %lld.%03lld)\n", sign, step->what,
            step->instance, step->version, (long long)(step->at_ns / NS_PER_SEC),
            (long long)(step->at_ns % NS_PER_SEC / NS_PER_MS));
}

/* Whether the two sequences are one; prints the first difference. */
static bool
decision_compare_steps(const char *app, uint32_t deployment, const struct vec *a,
                       const struct vec *b, FILE *out)
{
    uint32_t equal = 0;
    while (equal < a->count && equal < b->count &&
           decision_equal(vec_at(a, equal), vec_at(b, equal))) {
        equal++;
    }
    if (equal == a->count && equal == b->count) {
        return true;
    }
    if (deployment == 0) {
        fprintf(out, "%s, outside of any deployment, decision %u:\n", app, equal + 1);
    } else {
        fprintf(out, "%s, deployment %u, decision %u:\n", app, deployment, equal + 1);
    }
    for (uint32_t i = equal > DECISION_BEFORE ? equal - DECISION_BEFORE : 0; i < equal; i++) {
        decision_print(out, "   ", a, i);
    }
    decision_print(out, "A  ", a, equal);
    decision_print(out, "B  ", b, equal);
    return false;
}

static bool
decision_compare_app(const struct decision_app *a, const struct decision_app *b, FILE *out)
{
    const struct vec none = { .item_bytes = sizeof(struct decision) };
    const uint32_t count =
        a->deployments.count > b->deployments.count ? a->deployments.count : b->deployments.count;
    for (uint32_t i = 0; i < count; i++) {
        const struct decision_deployment *side_a =
            i < a->deployments.count ? vec_at(&a->deployments, i) : NULL;
        const struct decision_deployment *side_b =
            i < b->deployments.count ? vec_at(&b->deployments, i) : NULL;
        if (!decision_compare_steps(a->name, i, side_a != NULL ? &side_a->steps : &none,
                                    side_b != NULL ? &side_b->steps : &none, out)) {
            return false;
        }
    }
    return true;
}

/* Every app of either run; the apps of a run with another name are empty here. */
static bool
decision_compare(struct decision_run *a, struct decision_run *b, FILE *out)
{
    bool same = true;
    for (uint32_t i = 0; i < b->apps.count; i++) {
        const struct decision_app *app = vec_at(&b->apps, i);
        decision_run_app(a, app->name);
    }
    for (uint32_t i = 0; i < a->apps.count; i++) {
        const struct decision_app *app = vec_at(&a->apps, i);
        const struct decision_app *other = decision_run_app(b, app->name);
        same = decision_compare_app(app, other, out) && same;
    }
    return same;
}

enum status
diff_decisions(const char *path_a, const char *path_b, FILE *out, bool *ret_same,
               struct error *err)
{
    struct decision_run a;
    struct decision_run b;
    decision_run_init(&a);
    decision_run_init(&b);
    enum status status = decision_run_read(&a, path_a, err);
    if (status == ST_OK) {
        status = decision_run_read(&b, path_b, err);
    }
    if (status == ST_OK) {
        *ret_same = decision_compare(&a, &b, out);
        if (*ret_same && a.count == 0) {
            fprintf(out, "identical: no deployment of either run decided anything; without "
                         "--decisions the whole traces are compared\n");
        } else if (*ret_same) {
            fprintf(out, "identical: %llu decisions for %u apps\n", (unsigned long long)a.count,
                    a.apps.count);
        }
    }
    decision_run_fini(&a);
    decision_run_fini(&b);
    return status;
}
