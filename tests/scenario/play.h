/*
 * tests/scenario/play.h - plays a scenario in process and keeps its results for a test to look at.
 *
 * Use:   struct play *play = play_open(&(struct play_options){ .file = "scenarios/x.json" });
 *        play_run(play); play_expect_passed(play); ... play_close(play);
 *        play_passes(&options) does all of it and returns the trace hash.
 * Text:  a scenario may also be given as JSON; "extends" and "file" in it are seen from the top of
 *        the repository, where tests are run.
 * Says:  play_said() is the verdict in words, ending with REPLAY, its scenario and its seed.
 */
#ifndef TESTS_SCENARIO_PLAY_H
#define TESTS_SCENARIO_PLAY_H

#include "sim/world.h"

struct play_options {
    const char        *file; /* from the top of the repository; NULL: text is the scenario */
    const char        *text;
    uint64_t           seed; /* 0: the scenario's own */
    const char *const *sets; /* "name=value" */
    uint32_t           sets_count;
    uint8_t            poison;
    bool               encoded;
    /* faults of the fakes; all-zero: none */
    struct fake_net_options        net;
    struct fake_store_options      store;
    struct fake_proxy_options      proxy;
    struct fake_containers_options containers;
    uint32_t                       cloud_unavailable_nth;
    uint32_t                       cloud_unanswered_nth;
};

struct play {
    struct sim_io          io;
    const char            *text; /* what play.json reads as */
    const struct play_options *options;
    const struct scenario *scenario; /* NULL: it could not be read */
    struct world          *world;
    struct results        *results;
    struct arena           arena;
    struct strbuf          said;
};

struct play *play_open(const struct play_options *options);
/* Plays on until at_ns (from the start) or the end; false when it is over. */
bool play_until(struct play *play, int64_t at_ns);
void play_run(struct play *play);
void play_close(struct play *play);

/* The verdict in words. Valid until the next call. */
const char *play_said(struct play *play);

/* Fails the test unless it was read and its outcome is passed. */
void play_expect_passed(struct play *play);

/* Plays it whole, expects it to pass, and returns the hash of its trace; 0: it did not pass. */
uint64_t play_passes(const struct play_options *options);

/* How many events of a kind with this text (NULL: any) the results hold from an instant on. */
uint32_t play_events_count(const struct play *play, enum env_event_kind kind, const char *text,
                           int64_t from_at_ns);

/* When the last deployment of an app ended, counted from the start; -1: it did not. */
int64_t play_deployed_at_ns(const struct play *play, const char *app);

#endif
