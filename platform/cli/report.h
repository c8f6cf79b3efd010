/*
 * platform/cli/report.h - `rehearse report DIR...`: the reports of runs again, from their run.db.
 */
#ifndef PLATFORM_CLI_REPORT_H
#define PLATFORM_CLI_REPORT_H

/* argv[0] is "report". 0: all built; 2: bad usage or no run in a folder; 3: a file failed. */
int report_main(int argc, char **argv);

#endif
