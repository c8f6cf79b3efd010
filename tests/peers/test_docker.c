/*
 * tests/peers/test_docker.c
 *
 * Goal:   what only a real engine can show: what it refuses, what it says of memory and commands,
 * how agents share it, and that no exit is lost with the connection. Method: the port on a real
 * Docker Engine; connections are lost by a relay that is killed.
 */
#include "tests/peers/peers.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/backends/docker/docker.h"

static struct container_info
inspected(struct peer *peer, uint64_t token, enum status *ret_status)
{
    struct container_info info = {0};
    *ret_status = peer_inspect(peer, token, &info);
    return info;
}

/* Starts the spec and expects that status, a sentence, and nothing left behind. */
static void
expect_refused(struct peer *peer, const struct container_spec *spec, enum status expected)
{
    struct env_containers_start start = {.op.done = peer_done, .spec = spec};
    enum status left = ST_OK;
    env_containers_start(peer->env->containers, &start);
    const enum status status = peer_wait(peer, &start.op);
    cr_assert(status == expected, "%s", status_name(status));
    (void)inspected(peer, spec->token, &left);
    cr_assert(left == ST_NOT_FOUND, "the container is still there");
}

Test(docker, privileged_containers_and_host_volumes_are_denied, .timeout = 60)
{
    struct peer *peer = peer_open(PEER_REAL);
    const struct container_volume volume = {.container_path = "/x", .host_path = "/etc"};
    struct container_spec spec;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    spec.privileged = true;
    expect_refused(peer, &spec, ST_DENIED);
    peer_spec(peer, PEER_APP_STAYS, &spec);
    spec.volumes = &volume;
    spec.volumes_count = 1;
    expect_refused(peer, &spec, ST_DENIED);
    peer_close(peer);
}

Test(docker, a_command_that_is_not_in_the_image_is_invalid_and_leaves_nothing, .timeout = 60)
{
    struct peer *peer = peer_open(PEER_REAL);
    static const char *const args[] = {"/no/such/program"};
    struct container_spec spec;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    spec.args = args;
    spec.args_count = 1;
    /* with an init, the engine starts that and learns of the failure from its exit code: both ways
     * are an answer, and none may stay silent */
    struct env_containers_start start = {.op.done = peer_done, .spec = &spec};
    enum status left = ST_OK;
    env_containers_start(peer->env->containers, &start);
    const enum status status = peer_wait(peer, &start.op);
    if (status != ST_OK) {
        cr_assert(status == ST_INVALID, "%s", status_name(status));
        (void)inspected(peer, spec.token, &left);
        cr_assert(left == ST_NOT_FOUND);
    } else {
        peer_run_for(peer, SEC(1));
        const struct container_info info = inspected(peer, spec.token, &left);
        cr_assert(info.state == CONTAINER_EXITED && info.exit_code == 127, "%d", info.exit_code);
    }
    peer_close(peer);
}

Test(docker, a_name_that_is_no_image_is_invalid, .timeout = 60)
{
    struct peer *peer = peer_open(PEER_REAL);
    struct container_spec spec;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    spec.image = "../../containers/json?x=";
    expect_refused(peer, &spec, ST_INVALID);
    peer_close(peer);
}

Test(docker, a_taken_port_fails_and_leaves_nothing, .timeout = 60)
{
    struct peer *peer = peer_open(PEER_REAL);
    struct container_spec one;
    struct container_spec two;
    peer_spec(peer, PEER_APP_WEB, &one);
    peer_spec(peer, PEER_APP_WEB, &two);
    cr_assert(peer_start(peer, &one) == ST_OK);
    expect_refused(peer, &two, ST_FAILED);
    peer_close(peer);
}

Test(docker, an_app_without_image_runs_in_the_plain_one, .timeout = 60)
{
    struct peer *peer = peer_open(PEER_REAL);
    struct container_spec spec;
    enum status status = ST_OK;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    spec.image = NULL;
    spec.shell = "exec sleep 1000";
    cr_assert(peer_start(peer, &spec) == ST_OK);
    cr_assert(inspected(peer, spec.token, &status).state == CONTAINER_RUNNING);
    peer_close(peer);
}

Test(docker, more_cores_than_there_are_may_be_asked_for, .timeout = 60)
{
    struct peer *peer = peer_open(PEER_REAL);
    struct container_spec spec;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    spec.cpu_milli = CONTAINER_CPU_MILLI_MAX;
    cr_assert(peer_start(peer, &spec) == ST_OK);
    peer_spec(peer, PEER_APP_STAYS, &spec);
    spec.cpu_milli = 1;
    spec.mem_bytes = 1;
    cr_assert(peer_start(peer, &spec) == ST_OK, "what is too little is raised");
    peer_close(peer);
}

struct exits {
    struct env_containers_listener listener;
    uint32_t count;
    int32_t exit_code;
    bool out_of_memory;
    bool before_answer;
    const struct env_op *answer; /* of the start */
};

static void
exits_told(struct env_containers_listener *listener, uint64_t token, int32_t exit_code,
           bool out_of_memory)
{
    struct exits *exits = container_of(listener, struct exits, listener);
    (void)token;
    exits->count++;
    exits->exit_code = exit_code;
    exits->out_of_memory = out_of_memory;
    exits->before_answer = exits->answer != NULL && env_op_is_pending(exits->answer);
}

static bool
exits_are_told(void *context)
{
    return ((const struct exits *)context)->count > 0;
}

/* Docker learns of the exit and of its reason by two ways, and may tell the exit first: then it
 * does not know yet. It is asked again with another container. */
Test(docker, a_container_that_runs_out_of_memory_says_so, .timeout = 180)
{
    struct peer *peer = peer_open(PEER_REAL);
    struct exits exits = {.listener.exited = exits_told};
    env_containers_listen(peer->env->containers, &exits.listener);
    for (uint32_t tries = 0; tries < 5 && !exits.out_of_memory; tries++) {
        struct container_spec spec;
        peer_spec(peer, PEER_APP_STAYS, &spec);
        spec.mem_bytes = MIB(16);
        spec.shell = "exec dd if=/dev/zero of=/dev/null bs=64M count=1";
        exits.count = 0;
        cr_assert(peer_start(peer, &spec) == ST_OK);
        cr_assert(peer_run_until(peer, exits_are_told, &exits, SEC(30)));
        cr_assert(exits.exit_code == 137, "exit code %d", exits.exit_code);
    }
    cr_assert(exits.out_of_memory);
    peer_close(peer);
}

Test(docker, an_exit_is_told_after_the_answer_of_its_start, .timeout = 60)
{
    struct peer *peer = peer_open(PEER_REAL);
    struct exits exits = {.listener.exited = exits_told};
    struct container_spec spec;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    spec.shell = "exit 5";
    struct env_containers_start start = {.op.done = peer_done, .spec = &spec};
    exits.answer = &start.op;
    env_containers_listen(peer->env->containers, &exits.listener);
    env_containers_start(peer->env->containers, &start);
    cr_assert(peer_run_until(peer, exits_are_told, &exits, SEC(30)));
    cr_assert(!exits.before_answer && exits.exit_code == 5);
    peer_close(peer);
}

static enum status
run_inside(struct peer *peer, uint64_t token, const char *shell, int64_t timeout_ns,
           int32_t *ret_exit_code)
{
    struct env_containers_exec exec = {
        .op.done = peer_done, .token = token, .shell = shell, .timeout_ns = timeout_ns};
    env_containers_exec(peer->env->containers, &exec);
    const enum status status = peer_wait(peer, &exec.op);
    *ret_exit_code = exec.ret_exit_code;
    return status;
}

Test(docker, a_command_brings_its_exit_code_and_ends_in_time, .timeout = 60)
{
    struct peer *peer = peer_open(PEER_REAL);
    struct container_spec spec;
    int32_t code = -1;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    cr_assert(peer_start(peer, &spec) == ST_OK);
    cr_assert(run_inside(peer, spec.token, "echo 'a \"b\"'; exit 7", SEC(20), &code) == ST_OK);
    cr_assert(code == 7);
    cr_assert(run_inside(peer, spec.token, "sleep 1000", SEC(1), &code) == ST_TIMEOUT);
    /* the command does not hang on: its own watchdog ends it */
    for (uint32_t tries = 0; tries < 20 && code != 0; tries++) {
        peer_run_for(peer, MS(500));
        cr_assert(run_inside(peer, spec.token, "! ps | grep -q '[s]leep 1000'", SEC(20), &code) ==
                  ST_OK);
    }
    cr_assert(code == 0);
    peer_close(peer);
}

Test(docker, a_registry_that_is_not_there_is_worth_a_retry, .timeout = 60)
{
    struct peer *peer = peer_open(PEER_REAL);
    struct env_containers_pull pull = {.op.done = peer_done, .image = "127.0.0.1:1/none:1"};
    env_containers_pull(peer->env->containers, &pull);
    const enum status status = peer_wait(peer, &pull.op);
    cr_assert(status == ST_UNAVAILABLE, "%s: %s", status_name(status), "a dead registry");
    peer_close(peer);
}

Test(docker, what_is_present_is_not_asked_of_the_registry_unless_forced, .timeout = 60)
{
    struct peer *peer = peer_open(PEER_REAL);
    struct env_containers_pull pull = {.op.done = peer_done, .image = "rehearsal/web:1"};
    env_containers_pull(peer->env->containers, &pull);
    cr_assert(peer_wait(peer, &pull.op) == ST_OK);
    pull.force = true;
    env_containers_pull(peer->env->containers, &pull);
    cr_assert(peer_wait(peer, &pull.op) != ST_OK, "no registry has that image");
    peer_close(peer);
}

Test(docker, an_engine_that_is_not_there_is_one_clear_line, .timeout = 60)
{
    struct error err;
    cr_assert(docker_backend_ping("/no/such/socket", &err) == ST_UNAVAILABLE);
    cr_assert(strstr(err.text, "/no/such/socket") != NULL);
    cr_assert(strchr(err.text, '\n') == NULL);
}

Test(docker, a_sweep_removes_a_run_and_no_other, .timeout = 60)
{
    struct peer *peer = peer_open(PEER_REAL);
    const char *socket_path = getenv("REHEARSAL_DOCKER_SOCKET");
    struct container_spec spec;
    struct error err;
    uint32_t removed_count = 99;
    char run_id[64];
    enum status status = ST_OK;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    cr_assert(docker_backend_ping(socket_path, &err) == ST_OK, "%s", err.text);
    cr_assert(peer_start(peer, &spec) == ST_OK);
    cr_assert(docker_backend_sweep(socket_path, "another-run", &removed_count, &err) == ST_OK);
    cr_assert(removed_count == 0);
    cr_assert(inspected(peer, spec.token, &status).state == CONTAINER_RUNNING);
    (void)snprintf(run_id, sizeof run_id, "peers-%d", (int)getpid());
    cr_assert(docker_backend_sweep(socket_path, run_id, &removed_count, &err) == ST_OK);
    cr_assert(removed_count == 1);
    (void)inspected(peer, spec.token, &status);
    cr_assert(status == ST_NOT_FOUND);
    peer_close(peer);
}

/* --- a connection that is lost --- */

static void
relay_pump(int from, int to)
{
    struct pollfd ends[2] = {{.fd = from, .events = POLLIN}, {.fd = to, .events = POLLIN}};
    char bytes[4096];
    while (poll(ends, 2, -1) > 0) {
        for (int i = 0; i < 2; i++) {
            if (ends[i].revents != 0) {
                const ssize_t len = read(ends[i].fd, bytes, sizeof bytes);
                if (len <= 0 || write(ends[1 - i].fd, bytes, (size_t)len) != len) {
                    _exit(0);
                }
            }
        }
    }
    _exit(0);
}

static int
relay_socket(const char *path, struct sockaddr_un *ret_address)
{
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    (void)snprintf(ret_address->sun_path, sizeof ret_address->sun_path, "%s", path);
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

/* A process group that carries every connection on to the engine; killed, it loses all of them. */
static pid_t
relay_start(const char *path, const char *engine)
{
    struct sockaddr_un address;
    (void)unlink(path);
    const int fd = relay_socket(path, &address);
    cr_assert(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    cr_assert(listen(fd, 16) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        (void)setpgid(0, 0);
        (void)signal(SIGCHLD, SIG_IGN);
        for (;;) {
            const int client = accept(fd, NULL, NULL);
            if (fork() == 0) {
                const int server = relay_socket(engine, &address);
                if (connect(server, (struct sockaddr *)&address, sizeof address) != 0) {
                    _exit(1);
                }
                relay_pump(client, server);
            }
            (void)close(client);
        }
    }
    (void)setpgid(pid, pid);
    (void)close(fd);
    return pid;
}

static void
relay_kill(pid_t pid)
{
    (void)kill(-pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

Test(docker, no_exit_is_lost_with_the_connection, .timeout = 90)
{
    struct peer *direct = peer_open(PEER_REAL); /* skips where there is no engine */
    char *engine = strdup(getenv("REHEARSAL_DOCKER_SOCKET"));
    char path[64];
    struct exits exits = {.listener.exited = exits_told};
    struct container_spec spec;
    (void)snprintf(path, sizeof path, "/tmp/rehearsal-relay-%d", (int)getpid());
    pid_t relay = relay_start(path, engine);
    (void)setenv("REHEARSAL_DOCKER_SOCKET", path, 1);
    struct peer *peer = peer_open(PEER_REAL);
    env_containers_listen(peer->env->containers, &exits.listener);
    peer_spec(peer, PEER_APP_STAYS, &spec);
    spec.shell = "sleep 2; exit 6";
    cr_assert(peer_start(peer, &spec) == ST_OK);

    relay_kill(relay);
    peer_run_for(peer, SEC(4)); /* it ends while nobody can tell */
    cr_assert(exits.count == 0);
    relay = relay_start(path, engine);
    cr_assert(peer_run_until(peer, exits_are_told, &exits, SEC(20)));
    cr_assert(exits.exit_code == 6);

    (void)setenv("REHEARSAL_DOCKER_SOCKET", engine, 1);
    peer_close(peer);
    peer_close(direct);
    relay_kill(relay);
    (void)unlink(path);
    free(engine);
}

Test(docker, an_engine_that_is_gone_is_worth_a_retry, .timeout = 60)
{
    struct peer *peer = peer_open(PEER_REAL);
    char *engine = strdup(getenv("REHEARSAL_DOCKER_SOCKET"));
    struct container_info info;
    (void)setenv("REHEARSAL_DOCKER_SOCKET", "/no/such/socket", 1);
    peer_restart(peer);
    cr_assert(peer_inspect(peer, 1, &info) == ST_UNAVAILABLE);
    (void)setenv("REHEARSAL_DOCKER_SOCKET", engine, 1);
    peer_close(peer);
    free(engine);
}
