/*
 * platform/cli/free_port.h - a port for HAProxy or a container on this machine.
 */
#ifndef PLATFORM_CLI_FREE_PORT_H
#define PLATFORM_CLI_FREE_PORT_H

#include "platform/base/common.h"

/* A TCP port of 127.0.0.1 that nobody has at this instant; 0 when the system gives none. */
uint16_t free_port(void);

#endif
