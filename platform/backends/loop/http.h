/*
 * platform/backends/loop/http.h - HTTP questions asked by libcurl and driven by the loop.
 *
 * Calling: fill a struct http_question, http_start, and be called back once by done(), never before
 *          the call returns. lines() mode gives the answer line by line as it comes. A call may be
 *          cancelled at any instant, in its own callbacks too; nothing comes after that.
 * Memory:  the call is the caller's, zeroed at first, and stays in place until done() or
 * http_cancel; the question is copied. What done() shows (body) is valid in done() only. Limits: an
 * answer (or, in lines mode, one line) is HTTP_ANSWER_BYTES_MAX at the most.
 */
#ifndef PLATFORM_BACKENDS_LOOP_HTTP_H
#define PLATFORM_BACKENDS_LOOP_HTTP_H

#include "platform/backends/loop/loop.h"
#include "platform/base/strbuf.h"

enum { HTTP_ANSWER_BYTES_MAX = 64 * 1024 * 1024 };

struct http_question {
    const char *method; /* "GET", "POST", "DELETE" */
    const char *url;
    const char *socket_path; /* of a unix socket; NULL: TCP */
    const char *body;        /* JSON; NULL: none */
    int64_t connect_ns;      /* 0: no limit but the next */
    int64_t timeout_ns;      /* of the whole; 0: none */
    bool is_probe;           /* only the code counts: a new connection, any certificate, no body */
};

enum http_end {
    HTTP_ANSWERED,
    HTTP_REFUSED,     /* nobody listens there */
    HTTP_UNREACHABLE, /* no way there */
    HTTP_BROKEN,      /* the connection was lost, or what came is no HTTP: it may have happened */
    HTTP_TIMED_OUT    /* it may have happened */
};

struct http_call;
typedef void http_done_fn(struct http_call *call);
typedef void http_line_fn(struct http_call *call, const char *line, size_t len);

struct http_call {
    http_done_fn *done;
    http_line_fn *line; /* NULL: the body is gathered */

    enum http_end end;
    int32_t code;       /* the HTTP status, when answered */
    struct strbuf body; /* gathered, when not in lines mode */
    char message[192];  /* a sentence when not answered */

    /* private */
    struct http_client *client;
    void *easy; /* NULL: not under way */
    void *headers;
    bool *gone; /* set when the call is cancelled inside its own callback */
    bool is_probe;
    bool enough;             /* we hung up ourselves, having seen what we wanted */
    struct real_later later; /* lines that wait to be delivered */
};

void http_start(struct http_client *client, const struct http_question *question,
                struct http_call *call);
void http_cancel(struct http_call *call); /* one that is not under way: nothing */

/* private to loop/ */
enum status http_client_open(uv_loop_t *uv, struct real_loop *loop, struct http_client **ret_client,
                             struct error *err) MUST_USE;
void http_client_close(struct http_client *client); /* its handles close on the next turn */

#endif
