/*
 * platform/backends/dns/dns_inner.h - what dns_server.c and dns_client.c share.
 */
#ifndef PLATFORM_BACKENDS_DNS_DNS_INNER_H
#define PLATFORM_BACKENDS_DNS_DNS_INNER_H

#include "platform/backends/dns/dns_server.h"

struct dns_server {
    struct env_names           port;
    struct env_names_answerer *answerer; /* borrowed; NULL: nobody answers */
    uv_udp_t                   udp;
    uv_tcp_t                   tcp;
    uint16_t                   number;
    struct dns_client         *clients; /* owned */
    uint32_t                   clients_count;
    uint32_t                   handles; /* that libuv has not let go of, clients' included */
    bool                       closing;
    void (*closed)(void *context);
    void    *closed_context;
    uint8_t  question[DNS_QUESTION_MAX];    /* over UDP: one at a time */
    uint8_t  answer[ENV_NAMES_PACKET_MAX];  /* over UDP */
};

/* libuv lets go of a handle; the last one of a server that closes ends it. */
void dns_server_let_go(struct dns_server *server);

/* dns_client.c: a connection came; the server's clients all go. */
void dns_client_accept(uv_stream_t *listener, int status);
void dns_client_close_all(struct dns_server *server);

#endif
