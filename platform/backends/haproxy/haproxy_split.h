/*
 * platform/backends/haproxy/haproxy_split.h - a service that sends some of its requests to another
 * one.
 *
 * Shape:  txn.split_draw is a number below a million, drawn once a request; the shares stand in a
 *         map file, name and parts per million a line, so that a share changes at run time.
 *         Sessions stay with their version by a cookie of its own, which the other service hands
 *         out.
 * Source: HAProxy 2.6 configuration manual (rand, nbsrv, connslots, map_str_int, sub), management
 *         guide (show map, set map).
 */
#ifndef PLATFORM_BACKENDS_HAPROXY_HAPROXY_SPLIT_H
#define PLATFORM_BACKENDS_HAPROXY_HAPROXY_SPLIT_H

#include "platform/backends/haproxy/haproxy_render.h"

#define HAPROXY_SPLIT_COOKIE "rehearsal_version"

/* Takes over what can be had of it; the rest is noted. */
void haproxy_split_take(struct haproxy_generation *generation, const struct env_service *from,
                        struct haproxy_service *service);

/* Where some of its requests go; NULL: nowhere, or it is not in the generation. */
const struct haproxy_service *haproxy_split_target(const struct haproxy_generation *generation,
                                                   const struct haproxy_service *service);

/* In a frontend, before its use_backend lines: the draw, and who is up. only: of this service
 * alone, NULL: of all. */
void haproxy_split_draw(const struct haproxy_generation *generation,
                        struct haproxy_rendered *rendered, uint32_t owner,
                        const struct haproxy_service *only, bool http);

/* use_backend for what meets the condition, "{ ... } { ... }" or "" for everything: the service, or
 * the other one by header, session and chance. */
void haproxy_split_use(const struct haproxy_generation *generation,
                       struct haproxy_rendered *rendered, uint32_t owner,
                       const struct haproxy_service *service, const char *condition);

/* In the backend of a service: clients that are sent there come back. */
void haproxy_split_mark(const struct haproxy_generation *generation,
                        struct haproxy_rendered *rendered, uint32_t owner,
                        const struct haproxy_service *service);

/* The text of the map file; "" when nothing is split. */
void haproxy_split_shares(const struct haproxy_generation *generation, struct strbuf *out);

/* From the answer to `show map` to what the generation wants. Returns how many commands. */
uint32_t haproxy_split_commands(const char *answer, const struct haproxy_generation *generation,
                                const char *path, struct strbuf *out);

#endif
