/*
 * platform/cli/check.h - `rehearse check FILE...`: everything that is wrong with scenarios, apps,
 * jobs.
 */
#ifndef PLATFORM_CLI_CHECK_H
#define PLATFORM_CLI_CHECK_H

/* argv[0] is "check". 0: all in order; 2: mistakes, or bad usage. */
int check_main(int argc, char **argv);

#endif
