/*
 * platform/backends/haproxy/haproxy_files.h - the few small files in HAProxy's folder, and what the
 * kernel says of a process. Short synchronous calls on local files.
 */
#ifndef PLATFORM_BACKENDS_HAPROXY_HAPROXY_FILES_H
#define PLATFORM_BACKENDS_HAPROXY_HAPROXY_FILES_H

#include "platform/base/strbuf.h"

/* Written beside and renamed: there is never half a file. Readable by its owner alone. */
enum status haproxy_files_write(const char *path, const char *text, struct error *err) MUST_USE;

/* The first limit bytes of a file; false when it cannot be read. */
bool haproxy_files_read(const char *path, size_t limit, struct strbuf *out);

/* The sentence of the last alert in HAProxy's output, or of its last line. */
void haproxy_files_alert(const char *output, struct error *ret);

/* Whether a file has a certificate and a private key in PEM's words. */
bool haproxy_files_certificate(const char *path);

/* When a process started, in clock ticks since boot; 0 when there is none or it is a zombie. */
uint64_t haproxy_files_started(int64_t pid);

/* Whether a process has an argument that ends in this text. */
bool haproxy_files_mentions(int64_t pid, const char *argument);

/* Whether somebody listens on a port of 127.0.0.1. */
bool haproxy_files_port_taken(uint16_t port);

#endif
