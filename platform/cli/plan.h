/*
 * platform/cli/plan.h - `rehearse plan WHAT`: what a load wants, before anything runs.
 */
#ifndef PLATFORM_CLI_PLAN_H
#define PLATFORM_CLI_PLAN_H

/* argv[0] is "plan". 0: answered; 2: a mistake in the question; 3: the answer cannot be written. */
int plan_main(int argc, char **argv);

/* argv[0] is "staffing". The same exit codes. */
int plan_staffing_main(int argc, char **argv);

#endif
