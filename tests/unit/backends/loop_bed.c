/* tests/unit/backends/loop_bed.c - the bed of the loop's tests. */
#include "tests/unit/backends/loop_bed.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

void
loop_bed_open(struct loop_bed *bed)
{
    const struct real_loop_options options = {.seed_given = true, .seed = 7};
    struct error err;
    cr_assert(real_loop_open(&options, &bed->loop, &err) == ST_OK, "%s", err.text);
    bed->process = real_process_open(bed->loop, env_address_of(ENV_PROCESS_AGENT, 0));
}

void
loop_bed_close(struct loop_bed *bed)
{
    real_process_close(bed->process);
    real_loop_close(bed->loop);
}

static bool
bed_never(void *context)
{
    (void)context;
    return false;
}

void
loop_bed_run_for(struct loop_bed *bed, int64_t ns)
{
    (void)real_loop_run_until(bed->loop, bed_never, NULL, ns);
}

/* --- the server --- */

static void
server_say(int fd, const char *text)
{
    (void)!write(fd, text, strlen(text));
}

/* A server that takes its time. */
static void
server_dawdle(int ms)
{
    (void)poll(NULL, 0, ms);
}

static void
server_answer(int fd, const char *request)
{
    char head[128];
    if (strncmp(request, "GET /code/", 10) == 0) {
        (void)snprintf(head, sizeof head, "HTTP/1.1 %ld X\r\nContent-Length: 2\r\n\r\nok",
                       strtol(request + 10, NULL, 10));
        server_say(fd, head);
    } else if (strncmp(request, "GET /lines", 10) == 0) {
        server_say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\none\ntw");
        server_dawdle(50);
        server_say(fd, "o\n\nthree");
    } else if (strncmp(request, "GET /moved", 10) == 0) {
        server_say(fd, "HTTP/1.1 302 Found\r\nLocation: /code/200\r\nContent-Length: 0\r\n\r\n");
    } else if (strncmp(request, "GET /endless", 12) == 0) {
        server_say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        for (int i = 0; i < 1000; i++) {
            server_say(fd, "more and more and more\n");
            server_dawdle(10);
        }
    } else if (strncmp(request, "GET /silent", 11) == 0) {
        server_dawdle(30 * 1000);
    } /* else: hangs up */
}

static void
server_run(int fd)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGCHLD, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    for (;;) {
        const int client = accept(fd, NULL, NULL);
        if (client >= 0 && fork() == 0) {
            char request[1024] = {0};
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            (void)!read(client, request, sizeof request - 1);
            server_answer(client, request);
            _exit(0);
        }
        (void)close(client);
    }
}

void
server_start(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    cr_assert(listen(fd, 16) == 0);
    cr_assert(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    server->port = ntohs(address.sin_port);
    server->pid = fork();
    if (server->pid == 0) {
        server_run(fd);
    }
    (void)close(fd);
}

void
server_stop(struct server *server)
{
    (void)kill(server->pid, SIGKILL);
    (void)waitpid(server->pid, NULL, 0);
}
