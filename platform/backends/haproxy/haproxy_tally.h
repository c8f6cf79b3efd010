/*
 * platform/backends/haproxy/haproxy_tally.h - what measured services do, read from HAProxy's log.
 *
 * HAProxy keeps no histogram, so it writes a line about each request of a measured service into a
 * ring, which it sends to a unix socket of ours: nothing is lost while we are busy for less than
 * the ring holds (some 5,000 requests). Workers on their way out send theirs too.
 * Units:  HAProxy counts whole milliseconds; a latency is the time to connect and to answer.
 * Tries:  a line is one request; its retries count as attempts that failed, at the version of the
 *         server that had the last one.
 */
#ifndef PLATFORM_BACKENDS_HAPROXY_HAPROXY_TALLY_H
#define PLATFORM_BACKENDS_HAPROXY_HAPROXY_TALLY_H

#include "platform/backends/loop/uv_words.h"

#include "platform/backends/haproxy/haproxy_generation.h"
#include "platform/backends/haproxy/haproxy_render.h"

enum { HAPROXY_TALLY_LINE_MAX = 512 };

struct haproxy_tally;
typedef void haproxy_tally_closed_fn(void *context);

/* Listens at path, which is borrowed until closed. When it cannot, there is nothing to read. */
struct haproxy_tally *haproxy_tally_open(uv_loop_t *loop, const char *path);
void haproxy_tally_close(struct haproxy_tally *tally, haproxy_tally_closed_fn *closed,
                         void *context);

/* A generation is about to come into force: what it measures is counted from now on. */
void haproxy_tally_expect(struct haproxy_tally *tally, const struct haproxy_generation *generation);

/* It has: what it does not measure is forgotten. */
void haproxy_tally_in_force(struct haproxy_tally *tally,
                            const struct haproxy_generation *generation);

/* ST_NOT_FOUND: nothing is counted under this number. ST_UNAVAILABLE: it does not listen. */
enum status haproxy_tally_read(const struct haproxy_tally *tally, struct env_proxy_tally *ask);

/* One line without its end; what is not understood is no request of ours. For tests too. */
void haproxy_tally_line(struct haproxy_tally *tally, const char *line);

/* --- the configuration: haproxy_tally_render.c --- */

bool haproxy_tally_is_needed(const struct haproxy_generation *generation);
/* The ring, once; the log of a frontend of HTTP; what keeps a backend that is not measured out. */
void haproxy_tally_ring(const struct haproxy_generation *generation, const char *path,
                        struct haproxy_rendered *rendered);
void haproxy_tally_front(const struct haproxy_generation *generation,
                         struct haproxy_rendered *rendered, uint32_t owner);
void haproxy_tally_backend(const struct haproxy_generation *generation,
                           struct haproxy_rendered *rendered, uint32_t owner);

#endif
