/* platform/backends/load/load_answer.c - a small reader of HTTP/1.1 answers. */
#include "platform/backends/load/load_answer.h"

#include <string.h>
#include <strings.h>

static const int64_t answer_body_max = INT64_C(1) << 40; /* of ours */

void
load_answer_init(struct load_answer *answer)
{
    *answer = (struct load_answer){ .state = LOAD_ANSWER_STATUS, .keeps = true };
}

static bool
answer_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK" */
static bool
answer_status_line(struct load_answer *answer)
{
    const char *line = answer->line;
    if (strncmp(line, "HTTP/1.", 7) != 0 || (line[7] != '0' && line[7] != '1') || line[8] != ' ' ||
        !answer_digit(line[9]) || !answer_digit(line[10]) || !answer_digit(line[11])) {
        return false;
    }
    answer->keeps = line[7] == '1';
    answer->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    return answer->status >= 100 && answer->status <= 599;
}

static bool
answer_size(const char *text, uint32_t base, int64_t *ret_size)
{
    int64_t size = 0;
    const char *at = text;
    for (;; at++) {
        int64_t digit = 0;
        if (answer_digit(*at)) {
            digit = *at - '0';
        } else if (base == 16 && (*at | 0x20) >= 'a' && (*at | 0x20) <= 'f') {
            digit = (*at | 0x20) - 'a' + 10;
        } else {
            break;
        }
        size = size * base + digit;
        if (size > answer_body_max) {
            return false;
        }
    }
    *ret_size = size;
    return at != text && (*at == '\0' || *at == ' ' || *at == '\t' || *at == ';');
}

/* The value of a header when the line is that header, else NULL. */
static const char *
answer_header(const char *line, const char *name)
{
    const size_t len = strlen(name);
    if (strncasecmp(line, name, len) != 0 || line[len] != ':') {
        return NULL;
    }
    return line + len + 1 + strspn(line + len + 1, " \t");
}

static bool
answer_header_line(struct load_answer *answer)
{
    const char *value = answer_header(answer->line, "content-length");
    if (value != NULL) {
        answer->sized = true;
        return answer_size(value, 10, &answer->body_left);
    }
    value = answer_header(answer->line, "transfer-encoding");
    if (value != NULL) {
        answer->chunked = strcasecmp(value, "chunked") == 0;
        return answer->chunked;
    }
    value = answer_header(answer->line, "set-cookie");
    if (value != NULL && strcspn(value, "; ") < LOAD_COOKIE_BYTES) {
        const size_t len = strcspn(value, "; ");
        memcpy(answer->cookie, value, len);
        answer->cookie[len] = '\0';
    }
    value = answer_header(answer->line, "connection");
    if (value != NULL && strcasecmp(value, "close") == 0) {
        answer->keeps = false;
    }
    return true;
}

static enum load_answer_state
answer_head_end(struct load_answer *answer)
{
    if (answer->status < 200) { /* interim: the real one follows */
        const uint32_t head_len = answer->head_len;
        load_answer_init(answer);
        answer->begun = true;
        answer->head_len = head_len;
        return LOAD_ANSWER_STATUS;
    }
    if (answer->status == 204 || answer->status == 304) {
        return LOAD_ANSWER_DONE;
    }
    if (answer->chunked) {
        return LOAD_ANSWER_CHUNK_SIZE;
    }
    if (answer->sized) {
        return answer->body_left > 0 ? LOAD_ANSWER_BODY : LOAD_ANSWER_DONE;
    }
    answer->until_end = true;
    answer->keeps = false;
    return LOAD_ANSWER_BODY;
}

/* A whole line, without its end, is in answer->line. */
static enum load_answer_state
answer_line(struct load_answer *answer)
{
    const bool empty = answer->line_len == 0;
    switch (answer->state) {
    case LOAD_ANSWER_STATUS:
        return answer_status_line(answer) ? LOAD_ANSWER_HEAD : LOAD_ANSWER_BROKEN;
    case LOAD_ANSWER_HEAD:
        if (empty) {
            return answer_head_end(answer);
        }
        return answer_header_line(answer) ? LOAD_ANSWER_HEAD : LOAD_ANSWER_BROKEN;
    case LOAD_ANSWER_CHUNK_SIZE:
        if (!answer_size(answer->line, 16, &answer->body_left)) {
            return LOAD_ANSWER_BROKEN;
        }
        return answer->body_left > 0 ? LOAD_ANSWER_CHUNK : LOAD_ANSWER_TRAILER;
    case LOAD_ANSWER_CHUNK_END:
        return empty ? LOAD_ANSWER_CHUNK_SIZE : LOAD_ANSWER_BROKEN;
    case LOAD_ANSWER_TRAILER:
        return empty ? LOAD_ANSWER_DONE : LOAD_ANSWER_TRAILER;
    case LOAD_ANSWER_BODY:
    case LOAD_ANSWER_CHUNK:
    case LOAD_ANSWER_DONE:
    case LOAD_ANSWER_BROKEN:
        break;
    }
    return LOAD_ANSWER_BROKEN;
}

static void
answer_line_byte(struct load_answer *answer, char c)
{
    if (answer->state != LOAD_ANSWER_CHUNK_SIZE && answer->state != LOAD_ANSWER_CHUNK_END) {
        answer->head_len++;
    }
    if (answer->head_len > LOAD_ANSWER_HEAD_MAX) {
        answer->state = LOAD_ANSWER_BROKEN;
    } else if (c != '\n') {
        if (answer->line_len + 1 < LOAD_ANSWER_LINE_BYTES) {
            answer->line[answer->line_len++] = c;
        }
    } else {
        if (answer->line_len > 0 && answer->line[answer->line_len - 1] == '\r') {
            answer->line_len--;
        }
        answer->line[answer->line_len] = '\0';
        answer->state = answer_line(answer);
        answer->line_len = 0;
    }
}

/* How many of len bytes belong to the body or chunk at hand. */
static size_t
answer_skip(struct load_answer *answer, size_t len)
{
    if (answer->until_end) {
        return len;
    }
    const size_t skipped =
        (uint64_t)answer->body_left < len ? (size_t)answer->body_left : len;
    answer->body_left -= (int64_t)skipped;
    if (answer->body_left == 0) {
        answer->state =
            answer->state == LOAD_ANSWER_CHUNK ? LOAD_ANSWER_CHUNK_END : LOAD_ANSWER_DONE;
    }
    return skipped;
}

void
load_answer_take(struct load_answer *answer, const char *bytes, size_t len)
{
    answer->begun = answer->begun || len > 0;
    for (size_t at = 0; at < len && answer->state != LOAD_ANSWER_BROKEN;) {
        if (answer->state == LOAD_ANSWER_BODY || answer->state == LOAD_ANSWER_CHUNK) {
            at += answer_skip(answer, len - at);
        } else if (answer->state == LOAD_ANSWER_DONE) {
            answer->state = LOAD_ANSWER_BROKEN; /* nobody asked for more */
        } else {
            answer_line_byte(answer, bytes[at]);
            at++;
        }
    }
}

bool
load_answer_ended(struct load_answer *answer)
{
    if (answer->state == LOAD_ANSWER_BODY && answer->until_end) {
        answer->state = LOAD_ANSWER_DONE;
    }
    return answer->state == LOAD_ANSWER_DONE;
}
