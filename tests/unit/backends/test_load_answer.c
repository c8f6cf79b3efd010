/*
 * tests/unit/backends/test_load_answer.c
 *
 * Goal:   an HTTP answer is read the same in whatever pieces it comes.
 * Method: each answer whole, and byte by byte.
 */
#include <criterion/criterion.h>

#include <string.h>

#include "platform/backends/load/load_answer.h"

static void
expect_answer(const char *text, enum load_answer_state state, int32_t status, bool keeps)
{
    for (size_t step = 1; step <= strlen(text); step += strlen(text) > 1 ? strlen(text) - 1 : 1) {
        struct load_answer answer;
        load_answer_init(&answer);
        for (size_t at = 0; at < strlen(text); at += step) {
            const size_t left = strlen(text) - at;
            load_answer_take(&answer, text + at, left < step ? left : step);
        }
        cr_expect(answer.state == state, "state %d by %zu: %s", (int)answer.state, step, text);
        if (state != LOAD_ANSWER_BROKEN) {
            cr_expect(answer.status == status, "%s", text);
            cr_expect(answer.keeps == keeps, "%s", text);
        }
    }
}

Test(load_answer, ends_where_its_length_says)
{
    expect_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n", LOAD_ANSWER_DONE, 200, true);
    expect_answer("HTTP/1.1 200 OK\r\ncontent-length:3\r\n\r\nok", LOAD_ANSWER_BODY, 200, true);
    expect_answer("HTTP/1.1 204 No Content\r\n\r\n", LOAD_ANSWER_DONE, 204, true);
    expect_answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", LOAD_ANSWER_DONE, 304,
                  true);
    expect_answer("HTTP/1.1 503 No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
                  LOAD_ANSWER_DONE, 503, false);
    expect_answer("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", LOAD_ANSWER_DONE, 200, false);
}

Test(load_answer, ends_with_its_last_chunk)
{
    expect_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "A;x=y\r\n0123456789\r\n1\r\nz\r\n0\r\nTrailer: t\r\n\r\n",
                  LOAD_ANSWER_DONE, 200, true);
    expect_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
                  LOAD_ANSWER_BROKEN, 0, false);
}

Test(load_answer, skips_interim_answers)
{
    expect_answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                  LOAD_ANSWER_DONE, 200, true);
}

Test(load_answer, without_a_length_ends_with_the_connection)
{
    struct load_answer answer;
    static const char text[] = "HTTP/1.1 200 OK\r\n\r\nwhatever";
    load_answer_init(&answer);
    load_answer_take(&answer, text, sizeof text - 1);
    cr_expect(answer.state == LOAD_ANSWER_BODY);
    cr_expect(load_answer_ended(&answer));
    cr_expect(!answer.keeps);

    static const char half[] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx";
    load_answer_init(&answer);
    load_answer_take(&answer, half, sizeof half - 1);
    cr_expect(!load_answer_ended(&answer));
}

Test(load_answer, nonsense_is_broken)
{
    expect_answer("SSH-2.0-x\r\n", LOAD_ANSWER_BROKEN, 0, false);
    expect_answer("HTTP/1.1 99 X\r\n", LOAD_ANSWER_BROKEN, 0, false);
    expect_answer("HTTP/1.1 200 OK\r\nContent-Length: -3\r\n", LOAD_ANSWER_BROKEN, 0, false);
    expect_answer("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n", LOAD_ANSWER_BROKEN,
                  0, false);
    expect_answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore", LOAD_ANSWER_BROKEN, 0, false);
}

Test(load_answer, an_endless_head_is_broken)
{
    struct load_answer answer;
    load_answer_init(&answer);
    load_answer_take(&answer, "HTTP/1.1 200 OK\r\n", 17);
    for (uint32_t i = 0; i < LOAD_ANSWER_HEAD_MAX && answer.state == LOAD_ANSWER_HEAD; i++) {
        load_answer_take(&answer, "a: b\r\n", 6);
    }
    cr_expect(answer.state == LOAD_ANSWER_BROKEN);
}
