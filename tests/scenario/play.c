/* tests/scenario/play.c - plays a scenario in process and keeps its results. */
#include "tests/scenario/play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "platform/base/memory.h"
#include "platform/cli/assert_report.h"
#include "sim/expect.h"

#define PLAY_TEXT_PATH "play.json"

static enum status
play_read(struct sim_io *io, const char *path, struct arena *arena, char **ret_text,
          size_t *ret_len, struct error *err)
{
    const struct play *play = container_of(io, struct play, io);
    if (play->text != NULL && strcmp(path, PLAY_TEXT_PATH) == 0) {
        *ret_len = strlen(play->text);
        *ret_text = arena_strdup(arena, play->text);
        return ST_OK;
    }
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_set(err, ST_NOT_FOUND, "no such file");
    }
    struct strbuf text = { 0 };
    char          bytes[4096];
    for (size_t len = 0; (len = fread(bytes, 1, sizeof bytes, file)) > 0;) {
        strbuf_add_bytes(&text, bytes, len);
    }
    (void)fclose(file);
    *ret_len = text.len;
    *ret_text = arena_strndup(arena, strbuf_text(&text), text.len);
    strbuf_fini(&text);
    return ST_OK;
}

static const char *
play_name(const struct play *play)
{
    return play->options->file != NULL ? play->options->file : "a scenario in the test's text";
}

static int64_t
play_now(void *context)
{
    const struct play *play = context;
    return play->world->now_ns - play->scenario->start_at_ns;
}

static void
play_open_world(struct play *play)
{
    const struct play_options *options = play->options;
    const struct world_options world = {
        .io = &play->io,
        .seed = play->scenario->seed,
        .poison = options->poison,
        .wire_encoded = options->encoded || play->scenario->wire_encoded,
        .net = options->net,
        .store = options->store,
        .proxy = options->proxy,
        .containers = options->containers,
        .cloud_unavailable_nth = options->cloud_unavailable_nth,
        .cloud_unanswered_nth = options->cloud_unanswered_nth,
    };
    play->world = world_open(play->scenario, &world);
    play->results = &play->world->run.results;
    world_begin(play->world);
}

/* A question to run.db is asked by the command line alone: a test's text may not rely on one. */
static void
play_refuse_sql(const struct play *play)
{
    for (uint32_t i = 0; play->text != NULL && i < play->scenario->expects_count; i++) {
        cr_assert(!play->scenario->expects[i].kind->after, "\"%s\" would never be judged here",
                  play->scenario->expects[i].id);
    }
}

struct play *
play_open(const struct play_options *options)
{
    struct play *play = memory_alloc_zero(1, sizeof *play);
    play->options = options;
    play->io = (struct sim_io){ .read = play_read }; /* no trace is kept, only its hash */
    play->text = options->text;
    arena_init(&play->arena, options->poison);
    struct diag_list diags;
    diag_list_init(&diags, &play->arena);
    const struct scenario_options read = { .sets = options->sets,
                                           .sets_count = options->sets_count,
                                           .has_seed = options->seed != 0,
                                           .seed = options->seed };
    const char *file = options->file != NULL ? options->file : PLAY_TEXT_PATH;
    play->scenario = scenario_read(&play->io, file, &read, &play->arena, &diags);
    for (uint32_t i = 0; play->scenario == NULL && i < diags.items.count; i++) {
        diag_print(vec_at(&diags.items, i), &play->said);
        strbuf_add_char(&play->said, '\n');
    }
    diag_list_fini(&diags);
    if (play->scenario != NULL) {
        play_refuse_sql(play);
        play_open_world(play);
    }
    return play;
}

bool
play_until(struct play *play, int64_t at_ns)
{
    struct world *world = play->world;
    if (world == NULL) {
        return false;
    }
    const struct assert_report report = {
        .reproduce = arena_printf(&play->arena, "REPLAY %s, seed %llu", play_name(play),
                                  (unsigned long long)play->scenario->seed),
        .now_at_ns = play_now,
        .context = play,
    };
    assert_report_set(&report);
    bool more = true;
    while (!world->over && play_now(play) < at_ns && more) {
        more = world_turn(world);
    }
    assert_report_set(&(struct assert_report){ 0 });
    return more && !world->over;
}

void
play_run(struct play *play)
{
    if (play->world != NULL) {
        (void)play_until(play, INT64_MAX);
        world_end(play->world);
    }
}

void
play_close(struct play *play)
{
    if (play->world != NULL) {
        world_close(play->world);
    }
    scenario_close(play->scenario);
    strbuf_fini(&play->said);
    arena_fini(&play->arena);
    memory_free(play);
}

const char *
play_said(struct play *play)
{
    if (play->results != NULL) {
        const struct results *results = play->results;
        strbuf_clear(&play->said);
        if (results->error != NULL) {
            strbuf_printf(&play->said, "%s\n", results->error);
        }
        for (uint32_t i = 0; i < results->expectations.count; i++) {
            const struct result_expectation *expectation = vec_at(&results->expectations, i);
            if (expectation->outcome != OUTCOME_PASSED) {
                strbuf_printf(&play->said, "expectation %s: %s\n", expectation->id,
                              expectation->detail);
            }
        }
        for (uint32_t i = 0; i < results->invariants.count; i++) {
            const struct result_invariant *invariant = vec_at(&results->invariants, i);
            if (invariant->outcome != OUTCOME_PASSED) {
                strbuf_printf(&play->said, "invariant %s at %.3f s: %s\n", invariant->id,
                              (double)invariant->at_ns / 1e9, invariant->detail);
            }
        }
        strbuf_printf(&play->said, "REPLAY %s, seed %llu", play_name(play),
                      (unsigned long long)results->seed);
    }
    return strbuf_text(&play->said);
}

void
play_expect_passed(struct play *play)
{
    cr_expect(play->results != NULL && play->results->outcome == OUTCOME_PASSED, "%s",
              play_said(play));
}

uint64_t
play_passes(const struct play_options *options)
{
    struct play *play = play_open(options);
    play_run(play);
    play_expect_passed(play);
    const bool has_passed = play->results != NULL && play->results->outcome == OUTCOME_PASSED;
    const uint64_t hash = has_passed ? play->results->trace_hash : 0;
    play_close(play);
    return hash;
}

uint32_t
play_events_count(const struct play *play, enum env_event_kind kind, const char *text,
                  int64_t from_at_ns)
{
    const struct results *results = play->results;
    uint32_t              count = 0;
    for (uint32_t i = 0; i < results->events.count; i++) {
        const struct result_event *event = vec_at(&results->events, i);
        if (event->kind == (int16_t)kind && event->at_ns >= from_at_ns &&
            (text == NULL || (event->text != 0 &&
                              strcmp(intern_text(&results->names, event->text), text) == 0))) {
            count++;
        }
    }
    return count;
}

int64_t
play_deployed_at_ns(const struct play *play, const char *app)
{
    const struct results *results = play->results;
    int64_t               at_ns = -1;
    for (uint32_t i = 0; i < results->deployments.count; i++) {
        const struct result_deployment *deployment = vec_at(&results->deployments, i);
        if (strcmp(intern_text(&results->names, deployment->app), app) == 0) {
            at_ns = deployment->state == DEPLOYMENT_DONE ? deployment->to_at_ns : -1;
        }
    }
    return at_ns;
}
