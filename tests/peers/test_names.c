/*
 * tests/peers/test_names.c
 *
 * Goal:   a real client of DNS gets from the server what the table of names says, over UDP and TCP,
 *         and one that talks nonsense is shown out.
 * Method: dig asks the server on the loopback, whose loop turns meanwhile; raw sockets for what dig
 *         would not send.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/backends/dns/dns_server.h"
#include "platform/names/dns.h"
#include "tests/unit/names/names_cluster.h"

struct names_peer {
    struct env_names_answerer answerer;
    struct names_cluster      made;
    uv_loop_t                 loop;
    struct dns_server        *server;
    struct strbuf             printed;
    uv_process_t              process;
    uv_pipe_t                 pipe;
    uint32_t                  handles;
    char                      bytes[4096];
    bool                      closed;
};

static size_t
peer_answer(struct env_names_answerer *answerer, const struct env_names_query *query, uint8_t *ret)
{
    const struct names_peer *peer = container_of(answerer, struct names_peer, answerer);
    return dns_answer(&peer->made.table, query, ret);
}

static void
peer_open_names(struct names_peer *peer, uint32_t tasks_count)
{
    struct error err = { "" };
    memset(peer, 0, sizeof *peer);
    names_cluster_open(&peer->made, tasks_count);
    peer->answerer.answer = peer_answer;
    cr_assert_eq(uv_loop_init(&peer->loop), 0);
    cr_assert_eq(dns_server_open(&peer->loop, 0, &peer->server, &err), ST_OK, "%s", err.text);
    env_names_serve(dns_server_port(peer->server), &peer->answerer);
}

static void
peer_has_closed(void *context)
{
    ((struct names_peer *)context)->closed = true;
}

static void
peer_close_names(struct names_peer *peer)
{
    dns_server_close(peer->server, peer_has_closed, peer);
    (void)uv_run(&peer->loop, UV_RUN_DEFAULT);
    cr_assert(peer->closed);
    cr_assert_eq(uv_loop_close(&peer->loop), 0, "handles are left");
    strbuf_fini(&peer->printed);
    names_cluster_close(&peer->made);
}

/* --- dig --- */

static void
dig_closed(uv_handle_t *handle)
{
    ((struct names_peer *)handle->data)->handles--;
}

static void
dig_exited(uv_process_t *process, int64_t code, int signal)
{
    (void)code;
    (void)signal;
    uv_close((uv_handle_t *)process, dig_closed);
}

static void
dig_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct names_peer *peer = handle->data;
    (void)suggested;
    *ret = uv_buf_init(peer->bytes, sizeof peer->bytes);
}

static void
dig_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buffer)
{
    struct names_peer *peer = stream->data;
    if (len > 0) {
        strbuf_add_bytes(&peer->printed, buffer->base, (size_t)len);
    } else if (len < 0) {
        uv_close((uv_handle_t *)stream, dig_closed);
    }
}

/* What dig prints for these words. */
static const char *
dig(struct names_peer *peer, const char *words)
{
    char text[512];
    (void)snprintf(text, sizeof text, "dig @127.0.0.1 -p %u +time=5 +tries=1 %s | sort",
                   (unsigned)dns_server_number(peer->server), words);
    char *args[] = { (char[]){ "sh" }, (char[]){ "-c" }, text, NULL };
    (void)uv_pipe_init(&peer->loop, &peer->pipe, 0);
    uv_stdio_container_t stdio[3] = {
        { .flags = UV_IGNORE },
        { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&peer->pipe },
        { .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO },
    };
    const uv_process_options_t options = {
        .file = "/bin/sh", .args = args, .stdio = stdio, .stdio_count = 3, .exit_cb = dig_exited
    };
    strbuf_clear(&peer->printed);
    peer->process.data = peer;
    peer->pipe.data = peer;
    peer->handles = 2;
    cr_assert_eq(uv_spawn(&peer->loop, &peer->process, &options), 0, "no shell");
    (void)uv_read_start((uv_stream_t *)&peer->pipe, dig_room, dig_read);
    while (peer->handles > 0) {
        (void)uv_run(&peer->loop, UV_RUN_ONCE);
    }
    return strbuf_text(&peer->printed);
}

static bool
dig_is_missing(void)
{
    const bool missing = system("command -v dig >/dev/null 2>&1") != 0;
    const char *ci = getenv("CI");
    cr_assert(!missing || ci == NULL || strcmp(ci, "true") != 0, "dig is missing");
    return missing;
}

#define DIG_TEST(story, tasks)                                                                     \
    static void dig_##story(struct names_peer *peer);                                              \
    Test(names_dig, story, .timeout = 60)                                                          \
    {                                                                                              \
        struct names_peer peer;                                                                    \
        if (dig_is_missing()) {                                                                    \
            cr_skip_test("no dig here");                                                           \
        }                                                                                          \
        peer_open_names(&peer, tasks);                                                             \
        dig_##story(&peer);                                                                        \
        peer_close_names(&peer);                                                                   \
    }                                                                                              \
    static void dig_##story(struct names_peer *peer)

DIG_TEST(finds_addresses, 3)
{
    static const char *const names[] = { "web-prod.marathon.mesos", "WEB-prod.Marathon.mesos",
                                         "web-prod.marathon.autoip.dcos.thisdcos.directory" };
    for (uint32_t i = 0; i < COUNT_OF(names); i++) {
        char words[128];
        (void)snprintf(words, sizeof words, "+short %s", names[i]);
        cr_assert_str_eq(dig(peer, words), "10.0.0.1\n10.0.0.2\n10.0.0.3\n", "%s", names[i]);
    }
}

DIG_TEST(finds_services, 2)
{
    static const char *const names[] = { "_web-prod._tcp.marathon.mesos",
                                         "_web-prod._udp.marathon.mesos",
                                         "_http._web-prod._tcp.marathon.mesos",
                                         "_web._tcp.marathon.l4lb.thisdcos.directory" };
    for (uint32_t i = 0; i < COUNT_OF(names); i++) {
        char words[128];
        (void)snprintf(words, sizeof words, "+short %s SRV", names[i]);
        cr_assert_str_eq(dig(peer, words), "0 1 31000 web-prod-1-s0.marathon.mesos.\n"
                                           "0 1 31000 web-prod-2-s0.marathon.mesos.\n");
    }
    const char *long_form = dig(peer, "_web-prod._tcp.marathon.mesos SRV");
    cr_assert_not_null(strstr(long_form, "\nweb-prod-2-s0.marathon.mesos. 5\tIN\tA\t10.0.0.2"),
                       "%s", long_form);
}

DIG_TEST(is_told_what_is_not_there, 1)
{
    static const struct {
        const char *words;
        const char *status;
    } cases[] = {
        { "nobody.marathon.mesos", "status: NXDOMAIN" },
        { "web-prod.marathon.mesos AAAA", "status: NOERROR" },
        { "marathon.mesos", "status: NOERROR" },
        { "example.com", "status: REFUSED" },
        { "+edns=1 +noednsneg web-prod.marathon.mesos", "status: BADVERS" },
        { "+opcode=STATUS web-prod.marathon.mesos", "status: NOTIMP" },
    };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        const char *printed = dig(peer, cases[i].words);
        cr_assert_not_null(strstr(printed, cases[i].status), "%s: %s", cases[i].words, printed);
        cr_assert_null(strstr(printed, "malformed"), "%s", printed);
    }
}

static uint32_t
lines_of(const char *text)
{
    uint32_t count = 0;
    for (; *text != '\0'; text++) {
        count += *text == '\n' ? 1 : 0;
    }
    return count;
}

DIG_TEST(asks_again_over_tcp_when_an_answer_was_cut, 300)
{
    cr_assert_not_null(strstr(dig(peer, "+ignore web-prod.marathon.mesos"), " tc "));
    cr_assert_eq(lines_of(dig(peer, "+short web-prod.marathon.mesos")), 300);
    cr_assert_eq(lines_of(dig(peer, "+tcp +short web-prod.marathon.mesos")), 300);
    cr_assert_eq(lines_of(dig(peer, "+tcp +keepopen +short web-prod.marathon.mesos "
                                    "web-prod-7-s0.marathon.mesos")),
                 301);
}

/* --- connections --- */

static int
connection(const struct names_peer *peer)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons(dns_server_number(peer->server)),
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(fd >= 0);
    cr_assert_eq(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* Turns the loop until something comes: how many bytes, 0: the connection ended. */
static ssize_t
receive(struct names_peer *peer, int fd, uint8_t *bytes, size_t max)
{
    for (uint32_t turns = 0; turns < 100000; turns++) {
        const ssize_t len = recv(fd, bytes, max, MSG_DONTWAIT);
        if (len >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) {
            return len > 0 ? len : 0;
        }
        (void)uv_run(&peer->loop, UV_RUN_NOWAIT);
    }
    return -1;
}

static const uint8_t whole[] = { 0, 29, 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 5,  's', 'l',
                                 'a', 'v', 'e', 5, 'm', 'e', 's', 'o', 's', 0, 0, 1, 0, 1 };

Test(names_connection, may_send_in_pieces_and_many_at_once, .timeout = 60)
{
    struct names_peer peer;
    uint8_t bytes[512];
    peer_open_names(&peer, 1);
    const int fd = connection(&peer);
    for (size_t i = 0; i < sizeof whole; i++) {
        cr_assert_eq(send(fd, whole + i, 1, MSG_NOSIGNAL), 1);
        (void)uv_run(&peer.loop, UV_RUN_NOWAIT);
    }
    cr_assert_eq(receive(&peer, fd, bytes, sizeof bytes), 31);
    cr_assert_eq(memcmp(bytes + 2, whole + 2, 2), 0, "the same id");
    cr_assert_eq(bytes[5] & 15, 0, "a name above others, without an address");
    uint8_t three[3 * sizeof whole];
    for (uint32_t i = 0; i < 3; i++) {
        memcpy(three + i * sizeof whole, whole, sizeof whole);
    }
    cr_assert_eq(send(fd, three, sizeof three, MSG_NOSIGNAL), (ssize_t)sizeof three);
    for (ssize_t got = 0; got < 3 * 31;) {
        const ssize_t len = receive(&peer, fd, bytes, sizeof bytes);
        cr_assert(len > 0);
        got += len;
    }
    (void)close(fd);
    peer_close_names(&peer);
}

Test(names_connection, ends_when_it_talks_nonsense, .timeout = 60)
{
    static const uint8_t too_long[] = { 0xFF, 0xFF, 1, 2, 3 };
    static const uint8_t too_short[] = { 0, 1, 7 };
    static const uint8_t nothing[] = { 0, 0 };
    struct names_peer peer;
    uint8_t bytes[64];
    peer_open_names(&peer, 1);
    const struct {
        const uint8_t *bytes;
        size_t         len;
    } cases[] = { { too_long, sizeof too_long },
                  { too_short, sizeof too_short },
                  { nothing, sizeof nothing } };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        const int fd = connection(&peer);
        cr_assert_eq(send(fd, cases[i].bytes, cases[i].len, MSG_NOSIGNAL), (ssize_t)cases[i].len);
        cr_assert_eq(receive(&peer, fd, bytes, sizeof bytes), 0, "case %u", i);
        (void)close(fd);
    }
    peer_close_names(&peer);
}

Test(names_connection, ends_when_there_are_too_many_or_nobody_answers, .timeout = 60)
{
    struct names_peer peer;
    uint8_t bytes[64];
    int fds[DNS_CLIENTS_MAX + 1];
    peer_open_names(&peer, 1);
    for (uint32_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = connection(&peer);
        (void)uv_run(&peer.loop, UV_RUN_NOWAIT);
    }
    cr_assert_eq(receive(&peer, fds[DNS_CLIENTS_MAX], bytes, sizeof bytes), 0);
    env_names_serve(dns_server_port(peer.server), NULL);
    cr_assert_eq(send(fds[0], whole, sizeof whole, MSG_NOSIGNAL), (ssize_t)sizeof whole);
    cr_assert_eq(receive(&peer, fds[0], bytes, sizeof bytes), 0);
    env_names_serve(dns_server_port(peer.server), &peer.answerer);
    cr_assert_eq(send(fds[1], whole, sizeof whole, MSG_NOSIGNAL), (ssize_t)sizeof whole);
    cr_assert_eq(receive(&peer, fds[1], bytes, sizeof bytes), 31, "the others go on");
    for (uint32_t i = 0; i < COUNT_OF(fds); i++) {
        (void)close(fds[i]);
    }
    peer_close_names(&peer); /* with connections that are open still */
}

Test(names_connection, is_refused_where_the_port_is_taken, .timeout = 60)
{
    struct names_peer peer;
    struct dns_server *second = NULL;
    struct error err = { "" };
    peer_open_names(&peer, 1);
    cr_assert_eq(dns_server_open(&peer.loop, dns_server_number(peer.server), &second, &err),
                 ST_UNAVAILABLE);
    cr_assert_not_null(strstr(err.text, "cannot answer DNS questions"), "%s", err.text);
    cr_assert_null(second);
    peer_close_names(&peer);
}
