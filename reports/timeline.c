/* reports/timeline.c - picks events of interest by their weight and turns each into a sentence. */
#include "reports/timeline.h"

#include <inttypes.h>
#include <string.h>

#include "reports/text.h"
#include "reports/timeline_machines.h"

/*
 * Events and steps in one table: weight 0 is kept first, 9 is not of interest in the whole, only
 * right before a failure. Columns as below.
 */
#define TIMELINE_ROWS                                                                              \
    "SELECT at_ns, kind, coalesce(nullif(node, ''), process) AS who, app, task, version,"          \
    " deployment, old, new, value, text, 0 AS step, rowid AS place, CASE"                          \
    "  WHEN kind IN ('master', 'node') THEN 1"                                                     \
    "  WHEN kind = 'deployment' AND (old IS NULL OR old <> new) THEN 1"                            \
    "  WHEN kind = 'refresh' AND old <> new THEN 1"                                                \
    "  WHEN kind = 'warning' THEN 2"                                                               \
    "  WHEN kind = 'node-drain' THEN CASE new WHEN '2' THEN 5 WHEN '4' THEN 2 ELSE 3 END"          \
    "  WHEN kind = 'rollout' THEN 2"                                                               \
    "  WHEN kind = 'analysis' AND new <> '1' THEN 3"                                               \
    "  WHEN kind = 'task' AND new IN ('failed', 'lost', 'gone', 'unreachable') THEN 3"             \
    "  WHEN kind = 'health' AND new = '0' THEN 3"                                                  \
    "  WHEN kind = 'drain' AND new = '3' THEN 3"                                                   \
    "  WHEN kind IN ('app', 'backoff') THEN 4"                                                     \
    "  WHEN kind = 'rebalance' AND new <> '2' THEN 4"                                              \
    "  WHEN kind IN ('decision', 'pending', 'deployment', 'refresh', 'rebalance') THEN 5"          \
    "  ELSE 9 END AS weight FROM events"                                                           \
    " UNION ALL SELECT at_ns, verb, 'scenario', '', 0, 0, 0, '', '', drawn, target,"               \
    " 1 + is_fault, rowid - 1000000000, 0 FROM faults"                                             \
    " UNION ALL SELECT until_at_ns, verb, 'scenario', '', 0, 0, 0, '', '', drawn, target,"         \
    " 3, rowid - 1000000000, 0 FROM faults WHERE until_at_ns IS NOT NULL AND is_fault"

#define TIMELINE_COLUMNS                                                                           \
    "at_ns, kind, who, app, task, version, deployment, old, new, value, text, step"

enum { STEP_NONE, STEP_PLAIN, STEP_FAULT, STEP_UNDONE };

static void
timeline_add_if(struct strbuf *out, const char *before, const char *text)
{
    if (text[0] != '\0') {
        strbuf_add(out, before);
        strbuf_add(out, text);
    }
}

/* "/web task 12": what an event is about. */
static void
timeline_subject(struct strbuf *out, const struct reader_rows *rows)
{
    strbuf_add(out, reader_text(rows, APP));
    if (reader_int(rows, TASK) != 0) {
        strbuf_printf(out, " task %" PRIu64, (uint64_t)reader_int(rows, TASK));
    }
}

static void
timeline_move(struct strbuf *out, const struct reader_rows *rows)
{
    const char *old_state = reader_text(rows, OLD);
    strbuf_add_char(out, ' ');
    if (old_state[0] != '\0' && strcmp(old_state, reader_text(rows, NEW)) != 0) {
        strbuf_printf(out, "%s -> ", old_state);
    }
    strbuf_add(out, reader_text(rows, NEW));
    timeline_add_if(out, ": ", reader_text(rows, TEXT));
}

static void
timeline_say_step(struct strbuf *out, const struct reader_rows *rows)
{
    strbuf_add(out, reader_text(rows, KIND));
    timeline_add_if(out, " ", reader_text(rows, TEXT));
    if (reader_int(rows, STEP) == STEP_UNDONE) {
        strbuf_add(out, ": undone");
    } else if (reader_int(rows, VALUE) != 0) {
        strbuf_add(out, " (drawn from the seed)");
    }
}

static void
timeline_say_master(struct strbuf *out, const struct reader_rows *rows)
{
    const bool leads = strcmp(reader_text(rows, NEW), "1") == 0;
    strbuf_printf(out, leads ? "leads, term %" PRId64 : "loads its state, term %" PRId64,
                  reader_int(rows, VALUE));
}

static void
timeline_say_node(struct strbuf *out, const struct reader_rows *rows)
{
    strbuf_add(out, "node");
    timeline_move(out, rows);
}

static void
timeline_say_app(struct strbuf *out, const struct reader_rows *rows)
{
    strbuf_printf(out, "%s now wants %" PRId64 " instances of version %" PRIu64,
                  reader_text(rows, APP), reader_int(rows, VALUE),
                  (uint64_t)reader_int(rows, VERSION));
}

static void
timeline_say_task(struct strbuf *out, const struct reader_rows *rows)
{
    timeline_subject(out, rows);
    timeline_move(out, rows);
}

static void
timeline_say_health(struct strbuf *out, const struct reader_rows *rows)
{
    timeline_subject(out, rows);
    if (strcmp(reader_text(rows, NEW), "0") == 0) {
        strbuf_printf(out, " is not healthy, %" PRId64 " failed checks in a row",
                      reader_int(rows, VALUE));
    } else {
        strbuf_add(out, " is healthy");
    }
}

static void
timeline_say_ready(struct strbuf *out, const struct reader_rows *rows)
{
    timeline_subject(out, rows);
    strbuf_add(out, " is ready");
}

static void
timeline_say_pending(struct strbuf *out, const struct reader_rows *rows)
{
    timeline_subject(out, rows);
    strbuf_add(out, " waits for a place");
    timeline_add_if(out, ": ", reader_text(rows, TEXT));
}

static void
timeline_say_backoff(struct strbuf *out, const struct reader_rows *rows)
{
    timeline_subject(out, rows);
    strbuf_add(out, " is launched again after ");
    text_duration(out, reader_int(rows, VALUE));
}

static void
timeline_say_deployment(struct strbuf *out, const struct reader_rows *rows)
{
    strbuf_printf(out, "%s deployment %" PRIu64, reader_text(rows, APP),
                  (uint64_t)reader_int(rows, DEPLOYMENT));
    timeline_move(out, rows);
}

static void
timeline_say_decision(struct strbuf *out, const struct reader_rows *rows)
{
    strbuf_printf(out, "decides to %s ", reader_text(rows, TEXT));
    timeline_subject(out, rows);
    if (reader_int(rows, DEPLOYMENT) != 0) {
        strbuf_printf(out, " for deployment %" PRIu64, (uint64_t)reader_int(rows, DEPLOYMENT));
    }
}

static void
timeline_say_routes(struct strbuf *out, const struct reader_rows *rows)
{
    strbuf_printf(out, "routes of generation %" PRId64 ", %s endpoints", reader_int(rows, VALUE),
                  reader_text(rows, NEW));
}

static void
timeline_say_drain(struct strbuf *out, const struct reader_rows *rows)
{
    static const char *const words[] = { "", " begins to drain", " is drained",
                                         " was not drained by its deadline" };
    const char *which = reader_text(rows, NEW);
    timeline_subject(out, rows);
    strbuf_add(out, which[0] > '0' && which[0] <= '3' ? words[which[0] - '0'] : " drains");
}

static void
timeline_say_rollout(struct strbuf *out, const struct reader_rows *rows)
{
    strbuf_printf(out, "%s deployment %" PRIu64, reader_text(rows, APP),
                  (uint64_t)reader_int(rows, DEPLOYMENT));
    timeline_move(out, rows);
    if (reader_int(rows, VALUE) > 0) {
        strbuf_add(out, ", ");
        text_share(out, reader_int(rows, VALUE), 1000000);
        strbuf_add(out, " of the requests");
    }
}

static void
timeline_say_analysis(struct strbuf *out, const struct reader_rows *rows)
{
    static const char *const words[] = { "a measurement failed", "a measurement passed",
                                         "a measurement told nothing" };
    const char *which = reader_text(rows, NEW);
    strbuf_printf(out, "%s deployment %" PRIu64 ": %s", reader_text(rows, APP),
                  (uint64_t)reader_int(rows, DEPLOYMENT),
                  which[0] >= '0' && which[0] <= '2' ? words[which[0] - '0'] : "a measurement");
    timeline_add_if(out, which[0] == '\0' ? "" : reader_text(rows, OLD)[0] == '1' ? " (dry run): "
                                                                                : ": ",
                    reader_text(rows, TEXT));
}

static void
timeline_say_rebalance(struct strbuf *out, const struct reader_rows *rows)
{
    static const char *const words[] = { " moves back", " moves", " does not move yet", " stays" };
    const char *which = reader_text(rows, NEW);
    timeline_subject(out, rows);
    strbuf_add(out, words[which[0] >= '1' && which[0] <= '3' ? which[0] - '0' : 0]);
    timeline_add_if(out, ": ", reader_text(rows, TEXT));
}

static void
timeline_say_warning(struct strbuf *out, const struct reader_rows *rows)
{
    strbuf_add(out, reader_text(rows, TEXT));
}

struct timeline_word {
    const char        *event;
    enum timeline_kind kind;
    void (*say)(struct strbuf *out, const struct reader_rows *rows);
};

static const struct timeline_word words_of_events[] = {
    { "master", TIMELINE_NODE, timeline_say_master },
    { "node", TIMELINE_NODE, timeline_say_node },
    { "app", TIMELINE_OTHER, timeline_say_app },
    { "task", TIMELINE_OTHER, timeline_say_task },
    { "health", TIMELINE_OTHER, timeline_say_health },
    { "ready", TIMELINE_OTHER, timeline_say_ready },
    { "pending", TIMELINE_OTHER, timeline_say_pending },
    { "backoff", TIMELINE_OTHER, timeline_say_backoff },
    { "deployment", TIMELINE_DEPLOYMENT, timeline_say_deployment },
    { "decision", TIMELINE_OTHER, timeline_say_decision },
    { "routes", TIMELINE_OTHER, timeline_say_routes },
    { "drain", TIMELINE_OTHER, timeline_say_drain },
    { "rollout", TIMELINE_DEPLOYMENT, timeline_say_rollout },
    { "analysis", TIMELINE_OTHER, timeline_say_analysis },
    { "node-drain", TIMELINE_NODE, timeline_say_node_drain },
    { "refresh", TIMELINE_NODE, timeline_say_refresh },
    { "rebalance", TIMELINE_OTHER, timeline_say_rebalance },
    { "warning", TIMELINE_FAILURE, timeline_say_warning },
};

const char *
timeline_kind_name(enum timeline_kind kind)
{
    static const char *const names[TIMELINE_KIND_COUNT] = {
        [TIMELINE_FAULT] = "fault",     [TIMELINE_STEP] = "step",
        [TIMELINE_NODE] = "node",       [TIMELINE_DEPLOYMENT] = "deployment",
        [TIMELINE_FAILURE] = "failure", [TIMELINE_OTHER] = "other",
    };
    return names[kind];
}

static enum timeline_kind
timeline_say(struct strbuf *out, const struct reader_rows *rows)
{
    const int64_t step = reader_int(rows, STEP);
    if (step != STEP_NONE) {
        timeline_say_step(out, rows);
        return step == STEP_PLAIN ? TIMELINE_STEP : TIMELINE_FAULT;
    }
    const char *event = reader_text(rows, KIND);
    for (uint32_t i = 0; i < COUNT_OF(words_of_events); i++) {
        if (strcmp(event, words_of_events[i].event) == 0) {
            words_of_events[i].say(out, rows);
            return words_of_events[i].kind;
        }
    }
    strbuf_printf(out, "%s ", event); /* of a kind that came later than this reader */
    timeline_subject(out, rows);
    timeline_add_if(out, ": ", reader_text(rows, TEXT));
    return TIMELINE_OTHER;
}

/* The last column, WEIGHT, tells failures of tasks from their ordinary life. */
static void
timeline_take(struct reader *reader, struct reader_rows *rows, struct timeline *timeline)
{
    struct strbuf text = { 0 };
    vec_init(&timeline->rows, sizeof(struct timeline_row));
    while (reader_next(rows)) {
        strbuf_clear(&text);
        enum timeline_kind kind = timeline_say(&text, rows);
        const int64_t weight = reader_int(rows, STEP + 1);
        if (kind == TIMELINE_OTHER && weight == 3) {
            kind = TIMELINE_FAILURE;
        } else if (kind == TIMELINE_DEPLOYMENT && weight == 5) {
            kind = TIMELINE_OTHER; /* it says what it waits for, and goes on */
        }
        struct timeline_row *row = vec_push(&timeline->rows);
        *row = (struct timeline_row){
            .at_ns = reader_int(rows, AT),
            .kind = kind,
            .who = reader_keep(rows, WHO),
            .text = arena_strdup(&reader->arena, strbuf_text(&text)),
        };
    }
    strbuf_fini(&text);
}

void
timeline_read(struct reader *reader, uint32_t rows_max, struct timeline *ret)
{
    *ret = (struct timeline){ 0 };
    struct reader_rows rows =
        reader_query(reader, "SELECT " TIMELINE_COLUMNS ", weight FROM ("
                             " SELECT * FROM (" TIMELINE_ROWS ") WHERE weight < 9"
                             " ORDER BY weight, at_ns, place LIMIT ?) ORDER BY at_ns, place");
    reader_bind_int(&rows, 1, rows_max);
    timeline_take(reader, &rows, ret);
    ret->left_out = reader_number(reader, "SELECT count(*) FROM (" TIMELINE_ROWS
                                          ") WHERE weight < 9") -
                    (int64_t)ret->rows.count;
}

void
timeline_read_before(struct reader *reader, int64_t at_ns, const char *about, uint32_t rows_max,
                     struct timeline *ret)
{
    *ret = (struct timeline){ 0 };
    struct reader_rows rows = reader_query(
        reader,
        "WITH named AS (SELECT app FROM apps WHERE length(app) > 1 AND instr(?2, app) > 0)"
        " SELECT " TIMELINE_COLUMNS ", weight FROM (SELECT * FROM (" TIMELINE_ROWS ")"
        " WHERE at_ns <= ?1 AND kind NOT IN ('routes', 'ready')"
        " AND NOT (kind = 'deployment' AND coalesce(old, '') = new) AND (coalesce(app, '') = ''"
        "  OR app IN named OR NOT EXISTS (SELECT 1 FROM named))"
        " ORDER BY at_ns DESC, place DESC LIMIT ?3) ORDER BY at_ns, place");
    reader_bind_int(&rows, 1, at_ns);
    reader_bind_text(&rows, 2, about);
    reader_bind_int(&rows, 3, rows_max);
    timeline_take(reader, &rows, ret);
}

/* Failures of an objective are decided at the end, and made when it went worst. */
static int64_t
timeline_worst_interval(struct reader *reader, const char *id)
{
    struct reader_rows rows = reader_query(
        reader, "SELECT at_ns FROM service_samples WHERE instr(?1, service) > 0"
                " ORDER BY CASE WHEN instr(?1, 'latency') > 0 THEN p99_ns"
                " ELSE requests - ok - denied - limited END"
                " DESC, at_ns LIMIT 1");
    reader_bind_text(&rows, 1, id);
    const int64_t at_ns = reader_next(&rows) ? reader_int(&rows, 0) : -1;
    reader_end(&rows);
    return at_ns;
}

bool
timeline_next_failure(struct reader_rows *rows, struct timeline_failure *ret)
{
    if (!reader_next(rows)) {
        return false;
    }
    struct reader *reader = rows->reader;
    *ret = (struct timeline_failure){
        .id = reader_keep(rows, 0),
        .what = reader_keep(rows, 1),
        .about = reader_keep(rows, 2),
        .detail = reader_keep(rows, 3),
        .at_ns = reader_is_null(rows, 4) ? -1 : reader_int(rows, 4),
    };
    ret->story_at_ns = ret->at_ns >= 0 ? ret->at_ns : reader->run.simulated_ns;
    if (strcmp(reader_text(rows, 5), "slo") == 0) {
        const int64_t worst_ns = timeline_worst_interval(reader, ret->id);
        ret->is_worst = worst_ns >= 0;
        ret->story_at_ns = worst_ns >= 0 ? worst_ns : ret->story_at_ns;
    }
    return true;
}

struct reader_rows
timeline_failures(struct reader *reader)
{
    return reader_query(
        reader, "SELECT id, 'expectation', about, detail, at_ns, kind FROM expectations"
                " WHERE outcome <> 'passed' UNION ALL"
                " SELECT id, 'invariant', about, detail, at_ns, '' FROM invariants"
                " WHERE outcome <> 'passed'");
}

void
timeline_fini(struct timeline *timeline)
{
    vec_fini(&timeline->rows);
}
