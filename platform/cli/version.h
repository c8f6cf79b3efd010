/* platform/cli/version.h - the version of the program. */
#ifndef PLATFORM_CLI_VERSION_H
#define PLATFORM_CLI_VERSION_H

#define REHEARSE_VERSION "0.1.0"

#endif
