/*
 * platform/cli/check.c - `rehearse check FILE...`: everything that is wrong with scenarios and
 * apps.
 */
#include "platform/cli/check.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "platform/cli/check_app.h"
#include "platform/cli/check_gateway.h"
#include "platform/cli/check_scenario.h"
#include "platform/cli/check_snapshot.h"
#include "platform/cli/files.h"
#include "sim/snapshot.h"

enum check_kind { CHECK_SCENARIO, CHECK_APP, CHECK_GATEWAY, CHECK_SNAPSHOT };

static const struct option options[] = {
    { "app", no_argument, NULL, 'a' },    { "gateway", no_argument, NULL, 'g' },
    { "job", no_argument, NULL, 'j' },    { "snapshot", no_argument, NULL, 'n' },
    { "print", no_argument, NULL, 'p' },  { "schema", no_argument, NULL, 's' },
    { "set", required_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static void
check_help(void)
{
    (void)puts("usage: rehearse check [--app|--gateway] [--print] FILE...\n"
               "       rehearse check --snapshot FILE...\n"
               "       rehearse check --schema [--snapshot]\n"
               "\n"
               "Reads scenario files and says everything that is wrong with them, each as\n"
               "file:line:column: pointer: what is wrong, what was expected.\n"
               "\n"
               "  --app      the files are Marathon app definitions: an app, a group or a list\n"
               "  --gateway  the files are API gateways in Kong's declarative format, as YAML\n"
               "             or JSON\n"
               "  --print    print what was read in canonical shape: defaults filled in,\n"
               "             deprecated fields turned into their successors\n"
               "  --set K=V  give a variable of a scenario another value (again and again)\n"
               "  --snapshot the files are states of a cluster, for rehearse deploy\n"
               "  --schema   print the JSON Schema of scenario files, or of snapshots\n"
               "\n"
               "Exit: 0 all in order (warnings do not count), 2 mistakes.");
}

static int
check_schema(bool snapshot)
{
    struct strbuf schema = { 0 };
    if (snapshot) {
        snapshot_print_schema(&schema);
    } else {
        scenario_print_schema(&schema);
    }
    const bool written = fputs(strbuf_text(&schema), stdout) >= 0;
    strbuf_fini(&schema);
    return written ? 0 : 3;
}

static int
check_scenarios(const char *const *files, uint32_t count, const struct scenario_options *asked,
                bool print)
{
    struct files_io io;
    int code = 0;
    files_io_init(&io);
    for (uint32_t i = 0; i < count; i++) {
        if (check_scenario(&io.io, files[i], asked, print) != 0) {
            code = 2;
        }
    }
    return code;
}

static int
check_files(enum check_kind kind, const char *const *files, uint32_t count,
            const struct scenario_options *asked, bool print)
{
    switch (kind) {
    case CHECK_SCENARIO:
        return check_scenarios(files, count, asked, print);
    case CHECK_APP:
        return check_app_files(files, count, print, stdout, stderr);
    case CHECK_GATEWAY:
        return check_gateway_files(files, count, print, stdout, stderr);
    case CHECK_SNAPSHOT:
        return check_snapshots(files, count, stdout);
    }
    return 2;
}

int
check_main(int argc, char **argv)
{
    enum check_kind kind = CHECK_SCENARIO;
    bool print = false;
    bool schema = false;
    bool snapshot = false;
    const char *sets[64];
    uint32_t sets_count = 0;
    int option = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'a':
            kind = CHECK_APP;
            break;
        case 'g':
            kind = CHECK_GATEWAY;
            break;
        case 'p':
            print = true;
            break;
        case 's':
            schema = true;
            break;
        case 'n':
            snapshot = true;
            break;
        case 'v':
            if (sets_count == sizeof sets / sizeof sets[0]) {
                (void)fprintf(stderr, "rehearse check: at most 64 --set\n");
                return 2;
            }
            sets[sets_count++] = optarg;
            break;
        case 'h':
            check_help();
            return 0;
        case 'j':
            (void)fprintf(stderr, "rehearse check: job definitions come later\n");
            return 2;
        default:
            (void)fprintf(stderr, "rehearse check: see rehearse check --help\n");
            return 2;
        }
    }
    if (schema) {
        return check_schema(snapshot);
    }
    if (optind == argc) {
        (void)fprintf(stderr, "rehearse check: name a file\n");
        return 2;
    }
    const struct scenario_options asked = { .sets = sets, .sets_count = sets_count };
    const char *const *files = (const char *const *)(argv + optind);
    return check_files(snapshot ? CHECK_SNAPSHOT : kind, files, (uint32_t)(argc - optind), &asked,
                       print);
}
