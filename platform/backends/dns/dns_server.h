/*
 * platform/backends/dns/dns_server.h - the names port for real: DNS on 127.0.0.1, UDP and TCP.
 *
 * Calling: dns_server_open on the run's loop; give dns_server_port to the process that answers;
 *          dns_server_close, and go on turning the loop until closed() was called.
 * Errors:  ST_UNAVAILABLE the port is taken or may not be used, with a sentence.
 * Limits:  DNS_CLIENTS_MAX connections at a time, each closed when it has said nothing for
 *          DNS_IDLE_MS; a question of more than DNS_QUESTION_MAX bytes is no question.
 */
#ifndef PLATFORM_BACKENDS_DNS_DNS_SERVER_H
#define PLATFORM_BACKENDS_DNS_DNS_SERVER_H

#include "platform/backends/loop/uv_words.h"
#include "platform/env/names.h"

enum { DNS_CLIENTS_MAX = 32, DNS_IDLE_MS = 10000, DNS_QUESTION_MAX = 1024 };

struct dns_server; /* opaque */

/* port 0: any that is free. */
enum status dns_server_open(uv_loop_t *uv, uint16_t port, struct dns_server **ret_server,
                            struct error *err) MUST_USE;

/* The port that it got. */
uint16_t dns_server_number(const struct dns_server *server);

struct env_names *dns_server_port(struct dns_server *server);

/* Frees the server, then calls closed. Nobody is answered any more. */
void dns_server_close(struct dns_server *server, void (*closed)(void *context), void *context);

#endif
