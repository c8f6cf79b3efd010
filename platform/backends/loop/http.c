/*
 * platform/backends/loop/http.c - libcurl's multi interface on libuv.
 *
 * libcurl forbids most of itself inside its own callbacks, so that none of them calls anybody: what
 * came is kept, and delivered when libcurl has returned.
 */
#include "platform/backends/loop/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"

struct http_client {
    uv_loop_t *uv;          /* borrowed */
    struct real_loop *loop; /* borrowed */
    CURLM *multi;
    uv_timer_t timer;
};

/* One socket that libcurl wants watched. */
struct http_socket {
    uv_poll_t poll;
    curl_socket_t fd;
    struct http_client *client;
};

/* --- what came --- */

static void http_deliver_lines(struct real_later *later);

static size_t
http_write(char *bytes, size_t size, size_t count, void *context)
{
    struct http_call *call = context;
    const size_t len = size * count;
    if (call->is_probe) {
        call->enough = true; /* the code is known by now, and that is all a probe wants */
        return 0;
    }
    if (call->body.len + len > HTTP_ANSWER_BYTES_MAX) {
        return 0;
    }
    strbuf_add_bytes(&call->body, bytes, len);
    if (call->line != NULL) {
        real_later_cancel(&call->later);
        real_later_push(call->client->loop, &call->later, http_deliver_lines);
    }
    return len;
}

/* Gives out the whole lines that are there. False when the call was cancelled meanwhile. */
static bool
http_give_lines(struct http_call *call, bool is_last)
{
    bool gone = false;
    struct strbuf taken = call->body;
    call->body = (struct strbuf){0};
    call->gone = &gone;
    size_t at = 0;
    while (at < taken.len && !gone) {
        const char *line = taken.text + at;
        const char *end = memchr(line, '\n', taken.len - at);
        if (end == NULL && !is_last) {
            break;
        }
        const size_t len = end != NULL ? (size_t)(end - line) : taken.len - at;
        at += len + (end != NULL ? 1 : 0);
        if (len > 0) {
            call->line(call, line, len);
        }
    }
    if (!gone) {
        call->gone = NULL;
        strbuf_add_bytes(&call->body, taken.text + at, taken.len - at);
    }
    strbuf_fini(&taken);
    return !gone;
}

static void
http_deliver_lines(struct real_later *later)
{
    (void)http_give_lines(container_of(later, struct http_call, later), false);
}

/* --- the end --- */

static void
http_release(struct http_call *call)
{
    real_later_cancel(&call->later);
    if (call->easy != NULL) {
        (void)curl_multi_remove_handle(call->client->multi, call->easy);
        curl_easy_cleanup(call->easy);
        curl_slist_free_all(call->headers);
        call->easy = NULL;
        call->headers = NULL;
    }
}

void
http_cancel(struct http_call *call)
{
    if (call->client == NULL) {
        return;
    }
    http_release(call);
    strbuf_fini(&call->body);
    call->client = NULL;
    if (call->gone != NULL) {
        *call->gone = true;
        call->gone = NULL;
    }
}

static enum http_end
http_end_of(const struct http_call *call, CURLcode code, long os_errno)
{
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && call->enough)) {
        return HTTP_ANSWERED;
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return HTTP_TIMED_OUT;
    }
    if (code == CURLE_COULDNT_CONNECT) {
        return os_errno == ECONNREFUSED || os_errno == ENOENT ? HTTP_REFUSED : HTTP_UNREACHABLE;
    }
    return HTTP_BROKEN;
}

static void
http_finish(struct http_call *call, CURLcode code)
{
    long os_errno = 0;
    long answer_code = 0;
    (void)curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &os_errno);
    (void)curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &answer_code);
    call->end = http_end_of(call, code, os_errno);
    call->code = (int32_t)answer_code;
    call->message[0] = '\0';
    if (call->end != HTTP_ANSWERED) {
        const char *why = os_errno != 0 ? strerror((int)os_errno) : curl_easy_strerror(code);
        (void)snprintf(call->message, sizeof call->message, "%s", why);
    }
    http_release(call);
    if (call->line != NULL && !http_give_lines(call, true)) {
        return;
    }
    struct strbuf body = call->body; /* the caller may free the call, or ask again, in done() */
    call->client = NULL;
    call->done(call);
    strbuf_fini(&body);
}

/* Calls whoever's answer is complete. Outside of any callback of libcurl's. */
static void
http_drain(struct http_client *client)
{
    int left = 0;
    for (CURLMsg *message = curl_multi_info_read(client->multi, &left); message != NULL;
         message = curl_multi_info_read(client->multi, &left)) {
        if (message->msg == CURLMSG_DONE) {
            struct http_call *call = NULL;
            const CURLcode code = message->data.result;
            (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
            http_finish(call, code);
        }
    }
}

/* --- libcurl asks, libuv watches --- */

static void
http_polled(uv_poll_t *poll, int status, int events)
{
    const struct http_socket *sock = container_of(poll, struct http_socket, poll);
    struct http_client *client = sock->client;
    int flags = 0;
    int running = 0;
    flags |= (events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0;
    flags |= (events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0;
    flags |= status < 0 ? CURL_CSELECT_ERR : 0;
    (void)curl_multi_socket_action(client->multi, sock->fd, flags, &running);
    http_drain(client);
}

static void
http_socket_closed(uv_handle_t *handle)
{
    memory_free(container_of(handle, struct http_socket, poll));
}

static int
http_watch(CURL *easy, curl_socket_t fd, int what, void *context, void *socket_context)
{
    (void)easy;
    struct http_client *client = context;
    struct http_socket *sock = socket_context;
    if (what == CURL_POLL_REMOVE) {
        if (sock != NULL) {
            (void)uv_poll_stop(&sock->poll);
            uv_close((uv_handle_t *)&sock->poll, http_socket_closed);
            (void)curl_multi_assign(client->multi, fd, NULL);
        }
        return 0;
    }
    if (sock == NULL) {
        sock = memory_alloc_zero(1, sizeof *sock);
        sock->fd = fd;
        sock->client = client;
        if (uv_poll_init(client->uv, &sock->poll, fd) != 0) {
            memory_free(sock);
            return -1;
        }
        (void)curl_multi_assign(client->multi, fd, sock);
    }
    int events = 0;
    events |= what != CURL_POLL_OUT ? UV_READABLE : 0;
    events |= what != CURL_POLL_IN ? UV_WRITABLE : 0;
    (void)uv_poll_start(&sock->poll, events, http_polled);
    return 0;
}

static void
http_timer_fire(uv_timer_t *timer)
{
    struct http_client *client = container_of(timer, struct http_client, timer);
    int running = 0;
    (void)curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    http_drain(client);
}

static int
http_timer_set(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi;
    struct http_client *client = context;
    if (timeout_ms < 0) {
        (void)uv_timer_stop(&client->timer);
    } else {
        (void)uv_timer_start(&client->timer, http_timer_fire, (uint64_t)timeout_ms, 0);
    }
    return 0;
}

/* --- asking --- */

static long
http_ms(int64_t ns)
{
    const int64_t ms = (ns + NS_PER_MS - 1) / NS_PER_MS;
    return ms > INT32_MAX ? INT32_MAX : (long)ms;
}

static void
http_set_body(CURL *easy, const struct http_question *question, struct http_call *call)
{
    if (question->body != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(question->body));
        (void)curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, question->body);
        call->headers = curl_slist_append(NULL, "Content-Type: application/json");
        call->headers = curl_slist_append(call->headers, "Expect:");
        (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
    } else if (strcmp(question->method, "POST") == 0) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 0L);
        (void)curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, "");
    }
    if (strcmp(question->method, "GET") != 0) {
        (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, question->method);
    }
}

static void
http_set_probe(CURL *easy)
{
    (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
}

void
http_start(struct http_client *client, const struct http_question *question, struct http_call *call)
{
    ASSERT(call->done != NULL);
    ASSERT(call->client == NULL);
    CURL *easy = curl_easy_init();
    ASSERT(easy != NULL);
    call->client = client;
    call->easy = easy;
    call->headers = NULL;
    call->gone = NULL;
    call->enough = false;
    call->is_probe = question->is_probe;
    call->body = (struct strbuf){0};
    ring_init(&call->later.link);
    (void)curl_easy_setopt(easy, CURLOPT_URL, question->url);
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, http_write);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, http_ms(question->timeout_ns));
    if (question->connect_ns > 0) {
        (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, http_ms(question->connect_ns));
    }
    if (question->socket_path != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, question->socket_path);
    }
    if (question->is_probe) {
        http_set_probe(easy);
    }
    http_set_body(easy, question, call);
    const CURLMcode code = curl_multi_add_handle(client->multi, easy);
    ASSERT(code == CURLM_OK);
}

/* --- the client --- */

enum status
http_client_open(uv_loop_t *uv, struct real_loop *loop, struct http_client **ret_client,
                 struct error *err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return error_set(err, ST_IO, "libcurl cannot be initialised");
    }
    struct http_client *client = memory_alloc_zero(1, sizeof *client);
    client->uv = uv;
    client->loop = loop;
    client->multi = curl_multi_init();
    ASSERT(client->multi != NULL);
    (void)uv_timer_init(uv, &client->timer);
    (void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, http_watch);
    (void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    (void)curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, http_timer_set);
    (void)curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    *ret_client = client;
    return ST_OK;
}

static void
http_client_closed(uv_handle_t *handle)
{
    memory_free(container_of(handle, struct http_client, timer));
}

void
http_client_close(struct http_client *client)
{
    if (client == NULL) {
        return;
    }
    (void)curl_multi_cleanup(client->multi);
    (void)uv_timer_stop(&client->timer);
    uv_close((uv_handle_t *)&client->timer, http_client_closed);
    curl_global_cleanup();
}
