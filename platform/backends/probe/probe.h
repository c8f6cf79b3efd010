/*
 * platform/backends/probe/probe.h - the probe port: HTTP(S) by libcurl, TCP by libuv, commands by
 * the container engine's exec.
 *
 * HTTP: each probe makes a connection of its own; redirects are answers, not followed; a
 * certificate is not verified, since it is made out to a name and asked for by an address.
 */
#ifndef PLATFORM_BACKENDS_PROBE_PROBE_H
#define PLATFORM_BACKENDS_PROBE_PROBE_H

#include "platform/backends/loop/loop.h"

/* It goes with the process. containers: the same process' port; NULL: commands are ST_UNSUPPORTED.
 */
struct env_probe *probe_port_open(struct real_process *process, struct env_containers *containers);

#endif
