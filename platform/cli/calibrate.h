/*
 * platform/cli/calibrate.h - the command `rehearse calibrate`: how a real container behaves on this
 * machine, as a scenario says it of an image.
 */
#ifndef PLATFORM_CLI_CALIBRATE_H
#define PLATFORM_CLI_CALIBRATE_H

int calibrate_main(int argc, char **argv);

#endif
