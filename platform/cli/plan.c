/* platform/cli/plan.c - which question of a planner was asked. */
#include "platform/cli/plan.h"

#include <stdio.h>
#include <string.h>

static void
plan_help(FILE *out)
{
    (void)fprintf(out, "usage: rehearse plan WHAT ...\n\n"
                       "  staffing  how many servers a load wants, from Erlang's formulas\n\n"
                       "rehearse plan WHAT --help says more.\n");
}

int
plan_main(int argc, char **argv)
{
    if (argc < 2) {
        plan_help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        plan_help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "staffing") == 0) {
        return plan_staffing_main(argc - 1, argv + 1);
    }
    (void)fprintf(stderr, "rehearse plan: no plan '%s', expected staffing\n\n", argv[1]);
    plan_help(stderr);
    return 2;
}
