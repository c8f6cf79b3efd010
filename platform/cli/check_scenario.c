/* platform/cli/check_scenario.c - reads a scenario and says what is wrong with it. */
#include "platform/cli/check_scenario.h"

#include "platform/base/units.h"

enum { EXIT_RIGHT = 0, EXIT_BAD_SCENARIO = 2 };

void
check_print_diags(const struct diag_list *diags, FILE *out)
{
    struct strbuf line = { 0 };
    for (uint32_t i = 0; i < diags->items.count; i++) {
        strbuf_clear(&line);
        diag_print(vec_at(&diags->items, i), &line);
        (void)fprintf(out, "%s\n", strbuf_text(&line));
    }
    if (diags->dropped_count > 0) {
        (void)fprintf(out, "... and %u more\n", (unsigned)diags->dropped_count);
    }
    strbuf_fini(&line);
}

static void
print_ok(const char *file, const struct scenario *scenario)
{
    char     duration[UNITS_TEXT_BYTES];
    uint64_t nodes_count = 0;
    for (uint32_t i = 0; i < scenario->groups_count; i++) {
        nodes_count += scenario->groups[i].min;
    }
    (void)printf("%s: ok (%u %s, %llu %s, %s)\n", file, (unsigned)scenario->apps_count,
                 scenario->apps_count == 1 ? "app" : "apps", (unsigned long long)nodes_count,
                 nodes_count == 1 ? "node" : "nodes",
                 units_print_duration(scenario->duration_ns, duration));
}

int
check_scenario(struct sim_io *io, const char *file, const struct scenario_options *options,
               bool print)
{
    struct arena     arena;
    struct diag_list diags;
    arena_init(&arena, 0);
    diag_list_init(&diags, &arena);
    const struct scenario *scenario = scenario_read(io, file, options, &arena, &diags);
    check_print_diags(&diags, stderr);
    const int code = scenario != NULL ? EXIT_RIGHT : EXIT_BAD_SCENARIO;
    if (scenario != NULL && print) {
        (void)fputs(scenario->canonical, stdout);
    } else if (scenario != NULL) {
        print_ok(file, scenario);
    }
    scenario_close(scenario);
    diag_list_fini(&diags);
    arena_fini(&arena);
    return code;
}
