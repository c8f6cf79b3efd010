/* platform/cli/check_snapshot.c - reads snapshots as a scenario that extends them would. */
#include "platform/cli/check_snapshot.h"

#include <string.h>

#include <jansson.h>
#include <stdlib.h>

#include "platform/cli/check_scenario.h"
#include "platform/cli/files.h"
#include "sim/scenario_file.h"
#include "sim/snapshot.h"

static const char *
plural(uint32_t count)
{
    return count == 1 ? "" : "s";
}

static bool
check_snapshot(const char *path, FILE *out)
{
    struct arena         arena;
    struct diag_list     diags;
    struct files_overlay io;
    arena_init(&arena, 0);
    diag_list_init(&diags, &arena);
    /* a file that is nowhere, in the same folder as the snapshot */
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    const char *around = scenario_file_beside(&arena, path, ".snapshot-being-checked.json");
    json_t     *json = json_pack("{s:s, s:s}", "extends", name, "duration", "24h");
    char       *text = json_dumps(json, 0);
    files_overlay_init(&io, around, text);
    const struct scenario *scenario =
        json != NULL ? scenario_read(&io.io, around, NULL, &arena, &diags) : NULL;
    check_print_diags(&diags, stderr);
    bool right = scenario != NULL;
    if (right && scenario->snapshot == NULL) {
        (void)fprintf(stderr, "%s: /state: is missing, expected the machines, apps and tasks of a "
                              "cluster\n", path);
        right = false;
    } else if (right) {
        const struct snapshot *snapshot = scenario->snapshot;
        (void)fprintf(out, "%s: ok (%u node%s, %u app%s, %u task%s)\n", path,
                      scenario->nodes_count, plural(scenario->nodes_count), snapshot->apps_count,
                      plural(snapshot->apps_count), snapshot->tasks_count,
                      plural(snapshot->tasks_count));
    }
    free(text);
    json_decref(json);
    scenario_close(scenario);
    diag_list_fini(&diags);
    arena_fini(&arena);
    return right;
}

int
check_snapshots(const char *const *files, uint32_t count, FILE *out)
{
    bool right = true;
    for (uint32_t i = 0; i < count; i++) {
        right = check_snapshot(files[i], out) && right;
    }
    return right ? 0 : 2;
}
