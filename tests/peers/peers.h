/*
 * tests/peers/peers.h - one world with one process in it, real or simulated, so that one body of a
 * test can hold both to the same words.
 *
 * Use:  PEER_TEST(containers, a_repeated_start_is_the_same_start) { ... peer ... } makes two tests,
 *       in the suites containers_fake and containers_real; the body asks peer->env and waits with
 *       peer_wait. What only one side can show is an ordinary Test with peer_open(PEER_REAL).
 * Real: the Docker Engine at REHEARSAL_DOCKER_SOCKET, or one of our own that runs as long as the
 *       test program. Without Docker those tests are skipped, and fail where CI=true.
 */
#ifndef TESTS_PEERS_PEERS_H
#define TESTS_PEERS_PEERS_H

#include <criterion/criterion.h>

#include "platform/env/env.h"

enum peer_kind { PEER_FAKE, PEER_REAL };

/* What a container of the tests does. */
enum peer_app {
    PEER_APP_STAYS,    /* runs; ends soon after SIGTERM */
    PEER_APP_STUBBORN, /* runs, whatever SIGTERM says */
    PEER_APP_EXITS,    /* ends by itself with PEER_EXIT_CODE, within seconds */
    PEER_APP_WEB,      /* answers HTTP on its first port */
    PEER_APP_MISSING   /* no registry has its image */
};
enum { PEER_EXIT_CODE = 3 };

struct peer {
    enum peer_kind kind;
    struct env *env;          /* clock, containers, store, probe */
    uint32_t host_ipv4;       /* where published ports are */
    uint64_t token_next;      /* unused so far */
    uint16_t port;            /* free on the host */
    uint16_t port_closed;     /* nobody listens there */
    struct peer_world *world; /* private */
};

struct peer *peer_open(enum peer_kind kind);
void peer_close(struct peer *peer); /* removes every container */

/* The process dies, with all it has pending, and is born again: peer->env is a new one. */
void peer_restart(struct peer *peer);

/* A spec of an app; the texts live as long as the program. Port peer->port for the web app. */
void peer_spec(struct peer *peer, enum peer_app app, struct container_spec *ret_spec);

/* Runs the world until done(context), at most bound_ns of its time. */
bool peer_run_until(struct peer *peer, bool (*done)(void *context), void *context,
                    int64_t bound_ns);
void peer_run_for(struct peer *peer, int64_t ns);

/* An operation that a test waits for: set op.done = peer_done, then peer_wait. */
env_op_done_fn peer_done;
enum status peer_wait(struct peer *peer, struct env_op *op); /* fails the test after a minute */

/* The usual calls, waited for. */
enum status peer_start(struct peer *peer, const struct container_spec *spec);
enum status peer_stop(struct peer *peer, uint64_t token, int64_t grace_ns);
enum status peer_remove(struct peer *peer, uint64_t token);
/* The info's pointers are gone by then. */
enum status peer_inspect(struct peer *peer, uint64_t token, struct container_info *ret_info);

#define PEER_TEST(suite, story)                                                                    \
    static void suite##_##story(struct peer *peer);                                                \
    Test(suite##_fake, story, .timeout = 60)                                                       \
    {                                                                                              \
        struct peer *peer = peer_open(PEER_FAKE);                                                  \
        suite##_##story(peer);                                                                     \
        peer_close(peer);                                                                          \
    }                                                                                              \
    Test(suite##_real, story, .timeout = 120)                                                      \
    {                                                                                              \
        struct peer *peer = peer_open(PEER_REAL);                                                  \
        suite##_##story(peer);                                                                     \
        peer_close(peer);                                                                          \
    }                                                                                              \
    static void suite##_##story(struct peer *peer)

/* private: the two halves, tests/peers/peer_real.c and peer_fake.c */
struct peer_half {
    void (*open)(struct peer *peer);
    void (*close)(struct peer *peer);
    void (*restart)(struct peer *peer);
    void (*spec)(struct peer *peer, enum peer_app app, struct container_spec *ret_spec);
    bool (*run_until)(struct peer *peer, bool (*done)(void *context), void *context,
                      int64_t bound_ns);
};

extern const struct peer_half peer_half_real;
extern const struct peer_half peer_half_fake;

#endif
