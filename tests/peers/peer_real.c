/*
 * tests/peers/peer_real.c - the real half: a libuv loop, a Docker Engine, a SQLite file, sockets.
 *
 * The engine is looked for, or started, once for the whole test program (the tests are processes of
 * their own, and find its socket in their environment), and ended with it.
 */
#include "tests/peers/peers.h"

#include <arpa/inet.h>
#include <criterion/hooks.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/backends/docker/docker.h"
#include "platform/backends/probe/probe.h"
#include "platform/backends/sqlite/store.h"
#include "platform/base/memory.h"

static const char socket_variable[] = "REHEARSAL_DOCKER_SOCKET";
static const char missing_variable[] = "REHEARSAL_DOCKER_MISSING"; /* why there is none */

/* --- the engine --- */

/* Runs a command of ours; its last line of output, without the line end, or false. */
static bool
run_script(const char *command, char *line, size_t line_bytes)
{
    FILE *pipe = popen(command, "r");
    if (pipe == NULL) {
        return false;
    }
    line[0] = '\0';
    while (fgets(line, (int)line_bytes, pipe) != NULL) {
        line[strcspn(line, "\n")] = '\0';
    }
    return pclose(pipe) == 0;
}

static char engine_folder[64]; /* of an engine that we started ourselves */

static void
engine_missing(const char *why)
{
    (void)setenv(missing_variable, why, 1);
    (void)fprintf(stderr, "peers: no Docker Engine to test against: %s\n", why);
}

static void
engine_start(void)
{
    char command[256];
    char line[256];
    (void)snprintf(engine_folder, sizeof engine_folder, "/tmp/rehearsal-peers-XXXXXX");
    if (mkdtemp(engine_folder) == NULL) {
        engine_folder[0] = '\0';
        engine_missing("no temporary folder");
        return;
    }
    (void)snprintf(command, sizeof command, "tests/peers/dockerd.sh start %s", engine_folder);
    if (!run_script(command, line, sizeof line)) {
        (void)rmdir(engine_folder);
        engine_folder[0] = '\0';
        engine_missing("tests/peers/dockerd.sh could not start one");
        return;
    }
    (void)setenv(socket_variable, line, 1);
}

static void
engine_prepare(void)
{
    char command[256];
    char line[256];
    if (getenv(socket_variable) == NULL) {
        engine_start();
    }
    if (getenv(socket_variable) != NULL) {
        (void)snprintf(command, sizeof command, "tests/peers/images.sh %s",
                       getenv(socket_variable));
        if (!run_script(command, line, sizeof line)) {
            engine_missing("tests/peers/images.sh could not make the images");
        }
    }
}

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
    (void)tests;
    engine_prepare();
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
    (void)stats;
    if (engine_folder[0] != '\0') {
        char command[256];
        char line[256];
        (void)snprintf(command, sizeof command, "tests/peers/dockerd.sh stop %s", engine_folder);
        (void)run_script(command, line, sizeof line);
    }
}

/* Skips the test, or fails it where everything must be there. */
static void
engine_demand(void)
{
    const char *missing = getenv(missing_variable);
    const char *ci = getenv("CI");
    if (missing != NULL && ci != NULL && strcmp(ci, "true") == 0) {
        cr_assert(false, "no Docker Engine: %s", missing);
    }
    if (missing != NULL) {
        cr_skip_test("no Docker Engine: %s", missing);
    }
}

/* --- the world --- */

struct peer_world {
    struct real_loop *loop;
    struct real_process *process;
    struct sqlite_store *store;
    char folder[64];
    char run_id[32];
    struct container_port port;
};

/* A port that nobody has just now. */
static uint16_t
free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(fd >= 0);
    cr_assert(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    cr_assert(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    (void)close(fd);
    return ntohs(address.sin_port);
}

static void
real_born(struct peer *peer)
{
    struct peer_world *world = peer->world;
    const struct docker_options options = {.socket_path = getenv(socket_variable),
                                           .run_id = world->run_id,
                                           .agent = "agent-0",
                                           .default_image = "rehearsal/shell:1"};
    struct error err;
    world->process = real_process_open(world->loop, env_address_of(ENV_PROCESS_AGENT, 0));
    struct env *env = &world->process->env;
    cr_assert(docker_port_open(world->process, &options, &env->containers, &err) == ST_OK, "%s",
              err.text);
    env->store = sqlite_store_port(world->store, world->process);
    env->probe = probe_port_open(world->process, env->containers);
    peer->env = env;
}

static void
real_open(struct peer *peer)
{
    engine_demand();
    struct peer_world *world = memory_alloc_zero(1, sizeof *world);
    const struct real_loop_options options = {.seed_given = true, .seed = 1};
    char path[96];
    struct error err;
    peer->world = world;
    (void)snprintf(world->folder, sizeof world->folder, "/tmp/rehearsal-peer-XXXXXX");
    cr_assert(mkdtemp(world->folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/store.db", world->folder);
    (void)snprintf(world->run_id, sizeof world->run_id, "peers-%d", (int)getpid());
    cr_assert(real_loop_open(&options, &world->loop, &err) == ST_OK, "%s", err.text);
    cr_assert(sqlite_store_open(world->loop, path, &world->store, &err) == ST_OK, "%s", err.text);
    peer->host_ipv4 = INADDR_LOOPBACK;
    peer->port = free_port();
    peer->port_closed = 1;
    real_born(peer);
}

static void
real_close(struct peer *peer)
{
    struct peer_world *world = peer->world;
    struct error err;
    char command[128];
    uint32_t removed_count = 0;
    real_process_close(world->process);
    sqlite_store_close(world->store);
    real_loop_close(world->loop);
    cr_assert(docker_backend_sweep(getenv(socket_variable), world->run_id, &removed_count, &err) ==
                  ST_OK,
              "%s", err.text);
    (void)snprintf(command, sizeof command, "rm -rf %s", world->folder);
    cr_assert(system(command) == 0);
    memory_free(world);
}

static void
real_restart(struct peer *peer)
{
    real_process_close(peer->world->process);
    real_born(peer);
}

static void
real_spec(struct peer *peer, enum peer_app app, struct container_spec *ret_spec)
{
    ret_spec->image = "rehearsal/shell:1";
    switch (app) {
    case PEER_APP_STAYS:
        break;
    case PEER_APP_STUBBORN:
        ret_spec->shell = "trap '' TERM; while true; do sleep 1; done";
        break;
    case PEER_APP_EXITS:
        ret_spec->shell = "sleep 0.3; exit 3";
        break;
    case PEER_APP_WEB:
        ret_spec->image = "rehearsal/web:1";
        peer->world->port = (struct container_port){.container_port = 80, .host_port = peer->port};
        ret_spec->ports = &peer->world->port;
        ret_spec->ports_count = 1;
        break;
    case PEER_APP_MISSING:
        ret_spec->image = "rehearsal/missing:1";
        break;
    }
}

static bool
real_run_until(struct peer *peer, bool (*done)(void *context), void *context, int64_t bound_ns)
{
    return real_loop_run_until(peer->world->loop, done, context, bound_ns);
}

const struct peer_half peer_half_real = {
    .open = real_open,
    .close = real_close,
    .restart = real_restart,
    .spec = real_spec,
    .run_until = real_run_until,
};
