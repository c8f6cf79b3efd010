/* platform/cli/deploy.h - `rehearse deploy FILE`: a deploy, rehearsed before it is done. */
#ifndef PLATFORM_CLI_DEPLOY_H
#define PLATFORM_CLI_DEPLOY_H

/* argv[0] is "deploy". The exit code: 0 acceptable, 1 too risky, 2 bad input, 3 environment. */
int deploy_main(int argc, char **argv);

#endif
