/*
 * platform/backends/haproxy/haproxy_parts.h - what a service may have beyond its routes and
 * servers, in HAProxy's terms.
 *
 * A part that HAProxy lacks is noted by name and left out. Where leaving it out would open what was
 * to be closed, or answer something else than was asked for (networks, a password, a rewritten
 * path), the whole service is refused instead.
 */
#ifndef PLATFORM_BACKENDS_HAPROXY_HAPROXY_PARTS_H
#define PLATFORM_BACKENDS_HAPROXY_HAPROXY_PARTS_H

#include "platform/backends/haproxy/haproxy_generation.h"

/* NULL, or why the service cannot be had at all. Its name, http and checks are set already. */
const char *haproxy_parts_take(struct haproxy_generation *generation,
                               const struct env_service *from, struct haproxy_service *service);

#endif
