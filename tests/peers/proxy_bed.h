/*
 * tests/peers/proxy_bed.h - a proxy with a few instances behind it and clients before it, real or
 * modelled, so that one body of a test can hold both to the same words.
 *
 * Use:  PROXY_TEST(story) { ... bed ... } makes two tests, in the suites proxy_fake and
 *       proxy_haproxy. Instance i is endpoint id 100 + i. The body changes bed->services and calls
 * bed_apply.
 */
#ifndef TESTS_PEERS_PROXY_BED_H
#define TESTS_PEERS_PROXY_BED_H

#include <criterion/criterion.h>

#include "platform/env/proxy.h"

enum proxy_bed_kind { PROXY_BED_FAKE, PROXY_BED_HAPROXY };
enum { BED_INSTANCES = 6, BED_SERVICES_MAX = 4, BED_OUTCOMES = 7, BED_REQUESTS_MAX = 4096 };

/* The numbers of fakes/service.h and platform/backends/load/load.h. */
enum { BED_OK = 0, BED_RESET = 3, BED_NO_SERVER = 5 };

struct proxy_bed_request {
    bool     ended;
    uint32_t outcome;
};

struct proxy_bed {
    enum proxy_bed_kind kind;
    struct env_proxy   *port;

    struct env_endpoint instances[BED_INSTANCES];
    uint32_t            hits[BED_INSTANCES]; /* requests that arrived there */
    uint32_t            held[BED_INSTANCES]; /* and wait for their answer */
    bool                holds[BED_INSTANCES];

    struct env_service  services[BED_SERVICES_MAX];
    struct env_endpoint endpoints[BED_SERVICES_MAX][BED_INSTANCES];
    uint32_t            services_count;
    uint64_t            generation;
    uint8_t             zone; /* the proxy's own */
    const struct env_gateway *gateway; /* of the next apply; NULL: none */
    struct env_proxy_apply apply; /* the last bed_apply's */
    struct error           message;

    bool     new_connections; /* for the requests to come */
    uint32_t sent;
    uint32_t ended;
    uint32_t outcomes[BED_OUTCOMES];
    uint32_t pumping; /* so many requests are kept on their way, by bed_pump */
    void    *half;    /* private */
};

struct proxy_bed *bed_open(enum proxy_bed_kind kind);
void              bed_close(struct proxy_bed *bed);

/* A service of round robin, at a host and path ("" for none), of the instances
 * first..first+count-1. */
struct env_service *bed_service(struct proxy_bed *bed, const char *name, const char *vhosts,
                                const char *path, uint32_t first, uint32_t count);

/* Asks for bed->services as the next generation; bed_apply waits for the answer. */
void        bed_apply_begin(struct proxy_bed *bed);
enum status bed_apply(struct proxy_bed *bed);

/* ST_OK and how many requests are open on an instance. */
enum status bed_ask_open(struct proxy_bed *bed, uint32_t instance, uint32_t *ret_open);

void     bed_send(struct proxy_bed *bed, const char *host, const char *path);
uint32_t bed_get(struct proxy_bed *bed, const char *host, const char *path); /* its outcome */
void     bed_release(struct proxy_bed *bed, uint32_t instance); /* answers what it held */

/* Keeps count requests to web.example.com on their way; 0 stops, and waits for the last. */
void bed_pump(struct proxy_bed *bed, uint32_t count);

/* Until done(context); fails the test after half a minute of the bed's time. */
void bed_wait(struct proxy_bed *bed, bool (*done)(void *context), void *context);
void bed_wait_held(struct proxy_bed *bed, uint32_t instance, uint32_t count);
void bed_wait_ended(struct proxy_bed *bed, uint32_t count);

/* Told by the halves. */
void bed_request_ended(struct proxy_bed *bed, uint32_t outcome);

extern const struct env_balance_policy bed_roundrobin;

#define PROXY_TEST(story)                                                                          \
    static void proxy_##story(struct proxy_bed *bed);                                              \
    Test(proxy_fake, story, .timeout = 60)                                                         \
    {                                                                                              \
        struct proxy_bed *bed = bed_open(PROXY_BED_FAKE);                                          \
        proxy_##story(bed);                                                                        \
        bed_close(bed);                                                                            \
    }                                                                                              \
    Test(proxy_haproxy, story, .timeout = 120)                                                     \
    {                                                                                              \
        struct proxy_bed *bed = bed_open(PROXY_BED_HAPROXY);                                       \
        proxy_##story(bed);                                                                        \
        bed_close(bed);                                                                            \
    }                                                                                              \
    static void proxy_##story(struct proxy_bed *bed)

/* private: the two halves, proxy_bed_haproxy.c and proxy_bed_fake.c */
struct proxy_bed_half {
    void (*open)(struct proxy_bed *bed);
    void (*close)(struct proxy_bed *bed);
    void (*send)(struct proxy_bed *bed, const char *host, const char *path);
    void (*release)(struct proxy_bed *bed, uint32_t instance);
    bool (*run_until)(struct proxy_bed *bed, bool (*done)(void *context), void *context,
                      int64_t bound_ns);
};

extern const struct proxy_bed_half proxy_bed_half_haproxy;
extern const struct proxy_bed_half proxy_bed_half_fake;

#endif
