/* platform/backends/haproxy/haproxy_state.c - reading HAProxy's answers, deciding on commands. */
#include "platform/backends/haproxy/haproxy_state.h"

#include <inttypes.h>
#include <string.h>

#include "platform/backends/haproxy/haproxy_render.h"

enum { STATE_FIELDS_MAX = 64, STATE_FIELD_BYTES = 160 };

/* Bits of srv_admin_state; the one left out, 0x04, only remembers that the configuration once said
 * "disabled". */
enum { ADMIN_MAINT = 0x01 | 0x02 | 0x20 | 0x40, ADMIN_DRAIN = 0x08 | 0x10 };

struct state_line {
    char     fields[STATE_FIELDS_MAX][STATE_FIELD_BYTES];
    uint32_t count;
};

/* Cuts one line at the separator; longer fields and more of them are cut off. Blanks may repeat,
 * commas may not. Returns where the next line begins, or NULL. */
static const char *
state_line_read(const char *text, char separator, struct state_line *ret_line)
{
    uint32_t field = 0;
    size_t len = 0;
    const char *at = text;
    ret_line->fields[0][0] = '\0';

    for (; *at != '\0' && *at != '\n'; at++) {
        if (*at != separator) {
            if (field < STATE_FIELDS_MAX && len + 1 < STATE_FIELD_BYTES) {
                ret_line->fields[field][len++] = *at;
                ret_line->fields[field][len] = '\0';
            }
        } else if ((separator != ' ' || len > 0) && field < STATE_FIELDS_MAX) {
            field++;
            len = 0;
            if (field < STATE_FIELDS_MAX) {
                ret_line->fields[field][0] = '\0';
            }
        }
    }
    const uint32_t last = separator == ' ' && len == 0 ? field : field + 1;
    ret_line->count = last < STATE_FIELDS_MAX ? last : STATE_FIELDS_MAX;
    return *at == '\n' ? at + 1 : NULL;
}

static bool
state_number(const char *text, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        const uint64_t digit = (uint64_t)(*text - '0');
        if (value > (max - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}

static bool
state_ipv4(const char *text, uint32_t *ret)
{
    uint32_t ipv4 = 0;
    uint32_t part = 0;
    uint32_t digits = 0;
    uint32_t dots = 0;
    for (;; text++) {
        if (*text >= '0' && *text <= '9' && digits < 3) {
            part = part * 10 + (uint32_t)(*text - '0');
            digits++;
        } else if ((*text == '.' || *text == '\0') && digits > 0 && part <= 255) {
            ipv4 = ipv4 << 8 | part;
            part = 0;
            digits = 0;
            if (*text == '\0') {
                break;
            }
            dots++;
        } else {
            return false;
        }
    }
    *ret = ipv4;
    return dots == 3;
}

void
haproxy_workers_parse(const char *answer, struct haproxy_workers *ret_workers)
{
    struct state_line line;
    bool old = false;
    *ret_workers = (struct haproxy_workers){ 0 };

    for (const char *at = answer; at != NULL;) {
        at = state_line_read(at, ' ', &line);
        uint64_t pid = 0;
        if (line.count >= 2 && strcmp(line.fields[0], "#") == 0) {
            old = strcmp(line.fields[1], "old") == 0;
        } else if (line.count >= 3 && state_number(line.fields[0], INT32_MAX, &pid)) {
            if (strcmp(line.fields[1], "master") == 0) {
                uint64_t failed = 0;
                if (line.count >= 5) { /* "1 [failed: 0]" */
                    line.fields[4][strcspn(line.fields[4], "]")] = '\0';
                    (void)state_number(line.fields[4], UINT32_MAX, &failed);
                }
                ret_workers->failed_count = (uint32_t)failed;
                ret_workers->known = true;
            } else if (strcmp(line.fields[1], "worker") == 0 && !old) {
                ret_workers->current_pid = (int64_t)pid;
            } else if (strcmp(line.fields[1], "worker") == 0 &&
                       ret_workers->old_count < HAPROXY_OLD_WORKERS_MAX) {
                ret_workers->old_pids[ret_workers->old_count++] = (int64_t)pid;
            }
        }
    }
}

/* Only backends and servers that were named by us. */
static bool
state_row_named(const char *backend, const char *server, struct haproxy_row *ret_row)
{
    const size_t backend_len = strlen(HAPROXY_BACKEND_PREFIX);
    const size_t server_len = strlen(HAPROXY_SERVER_PREFIX);
    *ret_row = (struct haproxy_row){ 0 };
    if (strncmp(backend, HAPROXY_BACKEND_PREFIX, backend_len) != 0 ||
        !haproxy_value_is_name(backend + backend_len) ||
        strncmp(server, HAPROXY_SERVER_PREFIX, server_len) != 0 ||
        !state_number(server + server_len, UINT64_MAX, &ret_row->id)) {
        return false;
    }
    memcpy(ret_row->backend, backend, strlen(backend) + 1);
    return true;
}

/* Keeps (backend_index, id) in order; servers nearly come so. */
static void
state_rows_insert(struct vec *rows, const struct haproxy_row *row)
{
    (void)vec_push(rows);
    uint32_t at = rows->count - 1;
    for (; at > 0; at--) {
        const struct haproxy_row *before = vec_at(rows, at - 1);
        if (before->backend_index < row->backend_index ||
            (before->backend_index == row->backend_index && before->id <= row->id)) {
            break;
        }
        *(struct haproxy_row *)vec_at(rows, at) = *before;
    }
    *(struct haproxy_row *)vec_at(rows, at) = *row;
}

void
haproxy_rows_parse_state(const char *answer, struct vec *ret_rows)
{
    struct state_line line;
    vec_clear(ret_rows);

    uint32_t backend_index = 0;
    char backend[HAPROXY_NAME_LEN_MAX + 8] = "";
    for (const char *at = answer; at != NULL;) {
        at = state_line_read(at, ' ', &line);
        struct haproxy_row row;
        uint64_t admin = 0;
        uint64_t weight = 0;
        uint64_t port = 0;
        if (line.count < 19 || !state_row_named(line.fields[1], line.fields[3], &row) ||
            !state_number(line.fields[6], UINT32_MAX, &admin) ||
            !state_number(line.fields[7], 256, &weight) ||
            !state_number(line.fields[18], UINT16_MAX, &port) ||
            !state_ipv4(line.fields[4], &row.ipv4)) {
            continue;
        }
        if (strcmp(backend, row.backend) != 0) {
            memcpy(backend, row.backend, sizeof(backend));
            backend_index++;
        }
        row.backend_index = backend_index;
        row.weight = (uint32_t)weight;
        row.port = (uint16_t)port;
        row.state = (admin & ADMIN_MAINT) != 0   ? HAPROXY_ROW_MAINT
                    : (admin & ADMIN_DRAIN) != 0 ? HAPROXY_ROW_DRAIN
                                                 : HAPROXY_ROW_READY;
        state_rows_insert(ret_rows, &row);
    }
}

/* Columns of `show stat`. */
enum {
    STAT_QUEUED = 2,
    STAT_SESSIONS = 4,
    STAT_SESSIONS_ALL = 7,
    STAT_CONNECT_ERRORS = 13,
    STAT_ANSWER_ERRORS = 14,
    STAT_RETRIES = 15,
    STAT_STATUS = 17,
    STAT_HTTP_1XX = 39,
    STAT_HTTP_5XX = 43,
    STAT_HTTP_OTHER = 44,
    STAT_CONNECT_MS = 59,
    STAT_ANSWER_MS = 60,
    STAT_MODE_FIELDS = 61 /* as many as are read */
};

/* 0 where the column is empty, as it is for the other mode. */
static uint64_t
state_stat_number(const struct state_line *line, uint32_t column)
{
    uint64_t value = 0;
    (void)state_number(line->fields[column], INT64_MAX, &value);
    return value;
}

/* Attempts that HAProxy repeated count as retries alone; of TCP all sessions are requests. */
static void
state_stat_fill(const struct state_line *line, struct haproxy_row *row)
{
    row->failures = state_stat_number(line, STAT_CONNECT_ERRORS) +
                    state_stat_number(line, STAT_ANSWER_ERRORS) +
                    state_stat_number(line, STAT_RETRIES);
    row->errors = state_stat_number(line, STAT_HTTP_5XX);
    if (line->fields[STAT_HTTP_5XX][0] != '\0') {
        row->requests = row->failures;
        for (uint32_t column = STAT_HTTP_1XX; column <= STAT_HTTP_OTHER; column++) {
            row->requests += state_stat_number(line, column);
        }
    } else {
        const uint64_t all = state_stat_number(line, STAT_SESSIONS_ALL);
        const uint64_t open = state_stat_number(line, STAT_SESSIONS);
        row->requests = all > open ? all - open : 0;
    }
    const uint64_t latency_ms =
        state_stat_number(line, STAT_CONNECT_MS) + state_stat_number(line, STAT_ANSWER_MS);
    row->latency_ns = (int64_t)(latency_ms % INT32_MAX) * NS_PER_MS;
    row->up = strncmp(line->fields[STAT_STATUS], "DOWN", 4) != 0;
}

void
haproxy_rows_parse_stat(const char *answer, struct vec *ret_rows)
{
    struct state_line line;
    vec_clear(ret_rows);

    for (const char *at = answer; at != NULL;) {
        at = state_line_read(at, ',', &line);
        struct haproxy_row row;
        uint64_t queued = 0;
        uint64_t sessions = 0;
        if (line.count >= 5 && state_row_named(line.fields[0], line.fields[1], &row) &&
            state_number(line.fields[STAT_QUEUED], INT32_MAX, &queued) &&
            state_number(line.fields[STAT_SESSIONS], INT32_MAX, &sessions)) {
            row.open = (uint32_t)(queued + sessions);
            if (line.count >= STAT_MODE_FIELDS) {
                state_stat_fill(&line, &row);
            }
            *(struct haproxy_row *)vec_push(ret_rows) = row;
        }
    }
}

bool
haproxy_rows_open(const struct vec *stats, uint64_t endpoint_id, uint32_t *ret_open)
{
    bool found = false;
    uint32_t open = 0;
    for (uint32_t i = 0; i < stats->count; i++) {
        const struct haproxy_row *row = vec_at(stats, i);
        if (row->id == endpoint_id) {
            found = true;
            open += row->open;
        }
    }
    if (found) {
        *ret_open = open;
    }
    return found;
}
