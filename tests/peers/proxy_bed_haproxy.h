/*
 * tests/peers/proxy_bed_haproxy.h - what only the real half can do.
 */
#ifndef TESTS_PEERS_PROXY_BED_HAPROXY_H
#define TESTS_PEERS_PROXY_BED_HAPROXY_H

#include "platform/backends/haproxy/haproxy.h"
#include "platform/backends/load/load_client.h"
#include "platform/base/strbuf.h"
#include "platform/base/vec.h"
#include "tests/peers/proxy_bed.h"

struct bed_peer;

struct bed_instance {
    uv_tcp_t            tcp;
    struct haproxy_bed *half;
    uint32_t            index;
    struct bed_peer    *held_first;
    uint32_t            status;     /* what it answers; 0: 200 */
    const char         *cookie;     /* that it sets, "name=value"; NULL: none */
    char                head[2048]; /* of the newest request, a text */
};

struct haproxy_bed {
    struct proxy_bed   *bed;
    uv_loop_t           loop;
    uv_timer_t          tick;
    char                dir[64];
    uint16_t            http_port;
    uint16_t            https_port;
    uint16_t            mesh_port; /* 0 at first: see haproxy_bed_restart */
    uint16_t            stats_port;
    struct haproxy     *haproxy; /* NULL once ended */
    struct load_client *client;
    struct vec          targets; /* struct load_target *: texts of requests, until the end */
    struct bed_instance instances[BED_INSTANCES];
    uint32_t            parts_open;
    struct strbuf       printed; /* by the newest command */
};

uint16_t haproxy_bed_free_port(void);

void haproxy_bed_start(struct haproxy_bed *half); /* HAProxy in half->dir */
void haproxy_bed_end(struct haproxy_bed *half);

/* An instance ends or begins to listen, whatever the proxy thinks. */
void haproxy_bed_instance_stop(struct haproxy_bed *half, uint32_t index);
void haproxy_bed_instance_listen(struct haproxy_bed *half, uint32_t index);

/* Another HAProxy in half->dir, at the ports that are in half now. */
void haproxy_bed_restart(struct haproxy_bed *half);

/* Runs curl with a shell's words, 10 s at most; what it printed, until the next call. */
const char *haproxy_bed_curl(struct haproxy_bed *half, const char *format, ...) PRINTF_LIKE(2, 3);

/* Runs a command line of the shell; what it printed, until the next call. */
const char *haproxy_bed_run(struct haproxy_bed *half, const char *command);

/* header: "" or whole header lines. */
void haproxy_bed_send_to(struct haproxy_bed *half, uint16_t port, const char *host,
                         const char *path, const char *header);

/* A test with HAProxy alone: bed, and its real half. */
#define HAPROXY_TEST(story)                                                                        \
    static void haproxy_##story(struct proxy_bed *bed, struct haproxy_bed *half);                  \
    Test(haproxy, story, .timeout = 60)                                                            \
    {                                                                                              \
        struct proxy_bed *bed = bed_open(PROXY_BED_HAPROXY);                                       \
        haproxy_##story(bed, bed->half);                                                           \
        bed_close(bed);                                                                            \
    }                                                                                              \
    static void haproxy_##story(struct proxy_bed *bed, struct haproxy_bed *half)

#endif
