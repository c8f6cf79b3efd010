/*
 * tests/peers/test_containers.c
 *
 * Goal:   the fake container engine and the real one keep the same promises, those of
 *         platform/env/containers.h.
 * Method: one body a promise, run on both sides; nothing depends on how long something takes but
 * for bounds a minute wide.
 */
#include "tests/peers/peers.h"

#include <string.h>

/* Exits as they are told, the newest last. */
struct exits {
    struct env_containers_listener listener;
    uint32_t count;
    uint64_t token;
    int32_t exit_code;
    bool out_of_memory;
};

static void
exits_told(struct env_containers_listener *listener, uint64_t token, int32_t exit_code,
           bool out_of_memory)
{
    struct exits *exits = container_of(listener, struct exits, listener);
    exits->count++;
    exits->token = token;
    exits->exit_code = exit_code;
    exits->out_of_memory = out_of_memory;
}

static bool
exits_are_told(void *context)
{
    const struct exits *exits = context;
    return exits->count > 0;
}

static void
exits_listen(struct peer *peer, struct exits *exits)
{
    *exits = (struct exits){.listener.exited = exits_told};
    env_containers_listen(peer->env->containers, &exits->listener);
}

/* Rows as they come. */
struct rows {
    struct env_containers_list list;
    uint32_t count;
    uint64_t tokens[8];
    enum container_state states[8];
    int32_t exit_codes[8];
    bool labelled; /* every row carries color=blue */
};

static void
rows_row(struct env_containers_list *list, const struct container_info *info)
{
    struct rows *rows = container_of(list, struct rows, list);
    bool labelled = false;
    cr_assert(rows->count < 8);
    rows->tokens[rows->count] = info->token;
    rows->states[rows->count] = info->state;
    rows->exit_codes[rows->count] = info->exit_code;
    for (uint32_t i = 0; i < info->labels_count; i++) {
        labelled = labelled || (strcmp(info->labels[i].key, "color") == 0 &&
                                strcmp(info->labels[i].value, "blue") == 0);
    }
    rows->labelled = labelled && (rows->labelled || rows->count == 0);
    rows->count++;
}

static void
rows_list(struct peer *peer, const char *label_key, struct rows *rows)
{
    *rows = (struct rows){.list = {.op.done = peer_done, .label_key = label_key, .row = rows_row}};
    env_containers_list(peer->env->containers, &rows->list);
    const enum status status = peer_wait(peer, &rows->list.op);
    cr_assert(status == ST_OK, "list: %s", status_name(status));
}

static const struct container_pair blue = {"color", "blue"};
static const struct container_pair shape = {"shape", "round"};

PEER_TEST(containers, a_started_container_runs)
{
    struct container_spec spec;
    struct container_info info;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    cr_assert(peer_start(peer, &spec) == ST_OK);
    cr_assert(peer_inspect(peer, spec.token, &info) == ST_OK);
    cr_assert(info.token == spec.token);
    cr_assert(info.state == CONTAINER_RUNNING);
}

PEER_TEST(containers, a_container_on_the_bridge_has_an_address_of_its_own)
{
    struct container_spec spec;
    struct container_info info;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    struct env_containers_start start = {.op.done = peer_done, .spec = &spec};
    env_containers_start(peer->env->containers, &start);
    cr_assert(peer_wait(peer, &start.op) == ST_OK);
    cr_assert(start.ret_ipv4 != 0);
    cr_assert(start.ret_ipv4 != peer->host_ipv4);
    cr_assert(peer_inspect(peer, spec.token, &info) == ST_OK);
    cr_assert(info.ipv4 == start.ret_ipv4);
}

PEER_TEST(containers, a_container_on_the_host_has_no_address_of_its_own)
{
    struct container_spec spec;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    spec.network = CONTAINER_HOST;
    struct env_containers_start start = {.op.done = peer_done, .spec = &spec};
    env_containers_start(peer->env->containers, &start);
    cr_assert(peer_wait(peer, &start.op) == ST_OK);
    cr_assert(start.ret_ipv4 == 0);
}

PEER_TEST(containers, a_repeated_start_is_the_same_start)
{
    struct container_spec spec;
    struct rows rows;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    spec.labels = &blue;
    spec.labels_count = 1;
    cr_assert(peer_start(peer, &spec) == ST_OK);
    cr_assert(peer_start(peer, &spec) == ST_OK);
    rows_list(peer, "color", &rows);
    cr_assert(rows.count == 1);
    cr_assert(rows.states[0] == CONTAINER_RUNNING);
}

PEER_TEST(containers, two_starts_at_once_with_one_token_make_one_container)
{
    struct container_spec spec;
    struct rows rows;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    spec.labels = &blue;
    spec.labels_count = 1;
    struct env_containers_start one = {.op.done = peer_done, .spec = &spec};
    struct env_containers_start two = {.op.done = peer_done, .spec = &spec};
    env_containers_start(peer->env->containers, &one);
    env_containers_start(peer->env->containers, &two);
    cr_assert(peer_wait(peer, &one.op) == ST_OK);
    cr_assert(peer_wait(peer, &two.op) == ST_OK);
    rows_list(peer, "color", &rows);
    cr_assert(rows.count == 1);
}

PEER_TEST(containers, the_start_of_an_unknown_image_is_not_found)
{
    struct container_spec spec;
    struct container_info info;
    peer_spec(peer, PEER_APP_MISSING, &spec);
    cr_assert(peer_start(peer, &spec) == ST_NOT_FOUND);
    cr_assert(peer_inspect(peer, spec.token, &info) == ST_NOT_FOUND);
}

PEER_TEST(containers, a_pull_of_a_present_image_succeeds)
{
    struct container_spec spec;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    struct env_containers_pull first = {.op.done = peer_done, .image = spec.image};
    env_containers_pull(peer->env->containers, &first);
    cr_assert(peer_wait(peer, &first.op) == ST_OK);
    cr_assert(peer_start(peer, &spec) == ST_OK);
}

PEER_TEST(containers, a_pull_of_an_unknown_image_fails_with_a_sentence)
{
    struct container_spec spec;
    peer_spec(peer, PEER_APP_MISSING, &spec);
    struct env_containers_pull pull = {.op.done = peer_done, .image = spec.image};
    env_containers_pull(peer->env->containers, &pull);
    const enum status status = peer_wait(peer, &pull.op);
    /* a real engine without a way to its registry cannot know better than "try again" */
    cr_assert(status == ST_NOT_FOUND || status_is_retryable(status), "%s", status_name(status));
}

PEER_TEST(containers, an_exit_is_told_with_its_code)
{
    struct container_spec spec;
    struct container_info info;
    struct exits exits;
    exits_listen(peer, &exits);
    peer_spec(peer, PEER_APP_EXITS, &spec);
    cr_assert(peer_start(peer, &spec) == ST_OK);
    cr_assert(peer_run_until(peer, exits_are_told, &exits, MIN(1)));
    cr_assert(exits.token == spec.token);
    cr_assert(exits.exit_code == PEER_EXIT_CODE);
    cr_assert(!exits.out_of_memory);
    cr_assert(peer_inspect(peer, spec.token, &info) == ST_OK);
    cr_assert(info.state == CONTAINER_EXITED);
    cr_assert(info.exit_code == PEER_EXIT_CODE);
}

PEER_TEST(containers, a_stop_ends_the_process_and_is_told)
{
    struct container_spec spec;
    struct container_info info;
    struct exits exits;
    exits_listen(peer, &exits);
    peer_spec(peer, PEER_APP_STAYS, &spec);
    cr_assert(peer_start(peer, &spec) == ST_OK);
    cr_assert(peer_stop(peer, spec.token, SEC(20)) == ST_OK);
    cr_assert(peer_inspect(peer, spec.token, &info) == ST_OK);
    cr_assert(info.state == CONTAINER_EXITED);
    cr_assert(peer_run_until(peer, exits_are_told, &exits, MIN(1)));
    cr_assert(exits.token == spec.token);
}

PEER_TEST(containers, a_process_that_ignores_the_stop_is_killed_after_the_grace)
{
    struct container_spec spec;
    struct container_info info;
    peer_spec(peer, PEER_APP_STUBBORN, &spec);
    cr_assert(peer_start(peer, &spec) == ST_OK);
    peer_run_for(peer, SEC(1)); /* until it has said that it ignores the signal */
    const int64_t from_ns = env_clock_now(peer->env->clock);
    cr_assert(peer_stop(peer, spec.token, SEC(2)) == ST_OK);
    const int64_t took_ns = env_clock_now(peer->env->clock) - from_ns;
    cr_assert(took_ns >= SEC(2) && took_ns < SEC(30), "%lld ns", (long long)took_ns);
    cr_assert(peer_inspect(peer, spec.token, &info) == ST_OK);
    cr_assert(info.exit_code == 128 + 9, "exit code %d", info.exit_code);
}

PEER_TEST(containers, a_stop_of_an_ended_container_succeeds)
{
    struct container_spec spec;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    cr_assert(peer_start(peer, &spec) == ST_OK);
    cr_assert(peer_stop(peer, spec.token, SEC(20)) == ST_OK);
    cr_assert(peer_stop(peer, spec.token, SEC(20)) == ST_OK);
}

PEER_TEST(containers, what_is_absent_is_not_found_but_may_be_removed)
{
    struct container_info info;
    cr_assert(peer_inspect(peer, 77, &info) == ST_NOT_FOUND);
    cr_assert(peer_stop(peer, 77, SEC(1)) == ST_NOT_FOUND);
    cr_assert(peer_remove(peer, 77) == ST_OK);
}

PEER_TEST(containers, a_running_container_may_be_removed)
{
    struct container_spec spec;
    struct container_info info;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    cr_assert(peer_start(peer, &spec) == ST_OK);
    cr_assert(peer_remove(peer, spec.token) == ST_OK);
    cr_assert(peer_inspect(peer, spec.token, &info) == ST_NOT_FOUND);
}

PEER_TEST(containers, a_list_has_the_label_and_the_order_of_tokens)
{
    struct container_spec specs[3];
    struct rows rows;
    for (uint32_t i = 0; i < 3; i++) {
        peer_spec(peer, i == 1 ? PEER_APP_EXITS : PEER_APP_STAYS, &specs[i]);
        specs[i].labels = i == 2 ? &shape : &blue;
        specs[i].labels_count = 1;
    }
    struct exits exits;
    exits_listen(peer, &exits);
    cr_assert(peer_start(peer, &specs[2]) == ST_OK);
    cr_assert(peer_start(peer, &specs[1]) == ST_OK);
    cr_assert(peer_start(peer, &specs[0]) == ST_OK);
    cr_assert(peer_run_until(peer, exits_are_told, &exits, MIN(1)));
    rows_list(peer, "color", &rows);
    cr_assert(rows.count == 2);
    cr_assert(rows.labelled);
    cr_assert(rows.tokens[0] == specs[0].token && rows.states[0] == CONTAINER_RUNNING);
    cr_assert(rows.tokens[1] == specs[1].token && rows.states[1] == CONTAINER_EXITED);
    cr_assert(rows.exit_codes[1] == PEER_EXIT_CODE);
}

PEER_TEST(containers, containers_outlive_their_process)
{
    struct container_spec spec;
    struct rows rows;
    struct exits exits;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    spec.labels = &blue;
    spec.labels_count = 1;
    cr_assert(peer_start(peer, &spec) == ST_OK);
    peer_restart(peer);
    rows_list(peer, "color", &rows);
    cr_assert(rows.count == 1 && rows.tokens[0] == spec.token);
    exits_listen(peer, &exits);
    cr_assert(peer_stop(peer, spec.token, SEC(20)) == ST_OK);
    cr_assert(peer_run_until(peer, exits_are_told, &exits, MIN(1)));
    cr_assert(exits.token == spec.token);
}

/* The operation is in memory that a dead process' owner may free. */
PEER_TEST(containers, a_dead_process_is_answered_nothing)
{
    struct container_spec spec;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    struct env_containers_start start = {.op.done = peer_done, .spec = &spec};
    env_containers_start(peer->env->containers, &start);
    peer_restart(peer);
    peer_run_for(peer, SEC(3));
    cr_assert(env_op_is_pending(&start.op));
}

PEER_TEST(containers, a_command_runs_inside)
{
    struct container_spec spec;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    cr_assert(peer_start(peer, &spec) == ST_OK);
    struct env_containers_exec exec = {.op.done = peer_done,
                                       .token = spec.token,
                                       .shell = "true",
                                       .timeout_ns = SEC(20),
                                       .ret_exit_code = -1};
    env_containers_exec(peer->env->containers, &exec);
    cr_assert(peer_wait(peer, &exec.op) == ST_OK);
    cr_assert(exec.ret_exit_code == 0);
}

PEER_TEST(containers, a_command_in_an_absent_container_is_not_found)
{
    struct env_containers_exec exec = {
        .op.done = peer_done, .token = 77, .shell = "true", .timeout_ns = SEC(20)};
    env_containers_exec(peer->env->containers, &exec);
    cr_assert(peer_wait(peer, &exec.op) == ST_NOT_FOUND);
}
