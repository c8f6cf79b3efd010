/* platform/cli/import.c - which kind of trace is imported. */
#include "platform/cli/import.h"

#include <stdio.h>
#include <string.h>

static void
import_help(FILE *out)
{
    (void)fprintf(out, "usage: rehearse import WHAT ...\n\n"
                       "  openb  machines and pods of the OpenB GPU traces, as a scenario\n\n"
                       "rehearse import WHAT --help says more.\n");
}

int
import_main(int argc, char **argv)
{
    if (argc < 2) {
        import_help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        import_help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "openb") == 0) {
        return import_openb_main(argc - 1, argv + 1);
    }
    (void)fprintf(stderr, "rehearse import: no import '%s', expected openb\n\n", argv[1]);
    import_help(stderr);
    return 2;
}
