/*
 * tests/unit/sim/run_story.h - a scripted world for the runner: a clock turned by hand, a net that
 * notes what is sent, a few machines, and a journal written by the test in the master's name.
 */
#ifndef TESTS_UNIT_SIM_RUN_STORY_H
#define TESTS_UNIT_SIM_RUN_STORY_H

#include "sim/actions/data.h"
#include "sim/run_private.h"

enum { STORY_NODES_MAX = 64, STORY_NOTES_MAX = 256, STORY_STEPS_MAX = 16, STORY_TIMERS_MAX = 512 };

#define STORY_EPOCH_NS SEC(1000000) /* when a story begins */

struct story_node {
    char name[16];
    char zone[16];
    bool up;
    bool cut;
};

struct story {
    struct env             env; /* of the client */
    struct env_clock       clock;
    struct env_net         net;
    struct arena           arena;
    struct scenario        scenario;
    struct run             run;
    struct world_ops       ops;
    struct env_receiver   *receiver;
    int64_t                now_ns;
    struct env_timer      *timers[STORY_TIMERS_MAX];
    uint32_t               timers_count;
    uint32_t               timers_made;
    struct story_node      nodes[STORY_NODES_MAX];
    uint32_t               nodes_count;
    struct app_spec        app;
    const struct app_spec *apps[1];
    struct scenario_step   steps[STORY_STEPS_MAX];
    struct scenario_expect expects[STORY_STEPS_MAX];
    struct scenario_traffic traffic[2];
    char                   notes[STORY_NOTES_MAX][200]; /* "12.000 kill-node 2" */
    uint32_t               notes_count;
    uint64_t               requests[STORY_NOTES_MAX]; /* ids as sent */
    char                   sent[STORY_NOTES_MAX][1024]; /* definitions, or "scale /web 3" */
    uint32_t               sent_count;
    uint64_t               watched;
    uint32_t               finished; /* how often finished() came */
    enum status            world_answer; /* of kill_node... */
};

/* The clock, the net and the machines: done by story_open. */
void story_open_world(struct story *story);

/* Ten minutes, settled within two; one app /web of 4 instances, minimum health 0.5; machines 1..6
 * in zones a, b, c. The test may change the scenario before it starts. */
void story_open(struct story *story);
void story_close(struct story *story);
void story_start(struct story *story);

/* Appends a step of the timeline or an expectation. */
void story_step(struct story *story, int64_t at_ns, const char *verb, const void *data,
                int64_t for_ns);
void story_expect(struct story *story, const char *key, const void *data);

/* Turns the clock to this instant of the scenario; due timers fire in order. */
void story_until(struct story *story, int64_t at_ns);

/* What the master writes. */
void story_event(struct story *story, struct env_event event);
void story_finds_all(struct story *story); /* a loading master tells of every live task */
void story_leads(struct story *story, uint64_t term);
void story_announces(struct story *story, const char *text, int64_t wanted, uint64_t version);
void story_task(struct story *story, uint64_t task, int32_t old_state, int32_t new_state,
                uint32_t node);
void story_healthy(struct story *story, uint64_t task, bool healthy);
/* Created, placed on the node, running, healthy. */
void story_task_up(struct story *story, uint64_t task, uint32_t node);
void story_decides(struct story *story, uint64_t task, const char *text, int64_t value);
void story_deployment(struct story *story, uint64_t id, int32_t state, const char *text);
void story_node_ready(struct story *story, uint32_t node);

/* What really happens. */
void story_fact(struct story *story, struct world_fact fact);
void story_container(struct story *story, enum world_fact_kind kind, uint64_t token, uint32_t node);

void story_answer(struct story *story, uint64_t request, enum status status, uint64_t version);

/* A platform that works: leads, accepts /web, four healthy tasks 1..4 with containers, all
 * answered. */
void story_all_well(struct story *story);

bool                             story_noted(const struct story *story, const char *note);
const struct result_invariant   *story_invariant(const struct story *story, const char *id);
const struct result_expectation *story_expectation(const struct story *story, uint32_t index);

#endif
