/*
 * tests/unit/api/test_gateway.c
 *
 * Goal:   a gateway that is handed in replaces the one in force as a whole and survives a restart
 *         of the master; one with mistakes changes nothing and every mistake is told, without
 *         secrets.
 * Method: a master on a fake store (tests/unit/master/master_bed.h) and a client.
 */
#include <stdio.h>

#include "platform/balancer/policy.h"
#include "platform/base/memory.h"
#include "platform/gateway/gateway.h"
#include "platform/wire/routes.h"
#include "tests/unit/master/master_bed.h"

#define GATEWAY(host)                                                                              \
    "_format_version: \"3.0\"\nservices: [{name: s, host: " host ", routes: [{name: r, paths: "    \
    "[/]}]}]\nconsumers: [{username: a, keyauth_credentials: [{key: s3cret}]}]\n"

static const struct msg_api_answer *
put(struct master_bed *bed, uint64_t request, const char *text)
{
    const size_t            len = strlen(text);
    struct msg_api_request *message = memory_alloc_zero(1, sizeof *message + len);
    message->request = request;
    message->call = API_PUT_GATEWAY;
    message->tail_len = (uint32_t)len;
    memcpy(message->tail, text, len);
    bed_send(bed, env_address_of(ENV_PROCESS_CLIENT, 0), &msg_api_request_type, message);
    memory_free(message);
    bed_play(bed, MS(50));
    return bed_answer(bed, request);
}

/* The gateway of the newest generation that an edge was sent, in the bed's arena. */
static const char *
sent(struct master_bed *bed, struct arena *arena)
{
    struct routes routes = { 0 };
    bed_edge(bed, 1, 0);
    bed_play(bed, SEC(2));
    const struct msg_routes *message = bed_newest(bed, &msg_routes_type);
    cr_assert_not_null(message);
    cr_assert(eq(int, routes_decode(message->tail, message->tail_len, balance_policy_named, arena,
                                    &routes), ST_OK));
    return routes.gateway;
}

static void
open_with_gateways(struct master_bed *bed)
{
    bed_open(bed, 1, NULL);
    bed_crash(bed);
    bed->config.gateway = &gateway_format;
    bed_start(bed);
    bed_play(bed, MS(50));
}

Test(api_gateway, reaches_every_edge_and_survives_the_master)
{
    struct master_bed bed;
    struct arena      arena;
    arena_init(&arena, 0);
    open_with_gateways(&bed);
    cr_assert(eq(int, put(&bed, 1, GATEWAY("web"))->status, ST_OK));
    const char *text = sent(&bed, &arena);
    cr_assert(strstr(text, "\"host\":\"web\"") != NULL, "%s", text);
    cr_assert(eq(u32, fake_store_count(bed.store, TABLE_GATEWAY), 1));
    bed_crash(&bed);
    bed_start(&bed);
    bed_play(&bed, SEC(1));
    cr_assert_str_eq(sent(&bed, &arena), text);
    bed_close(&bed);
    arena_fini(&arena);
}

Test(api_gateway, is_replaced_as_a_whole_and_not_for_nothing)
{
    struct master_bed bed;
    struct arena      arena;
    arena_init(&arena, 0);
    open_with_gateways(&bed);
    (void)put(&bed, 1, GATEWAY("web"));
    cr_assert_str_eq(put(&bed, 2, GATEWAY("web"))->text, "nothing to change");
    cr_assert(eq(int, put(&bed, 3, GATEWAY("other"))->status, ST_OK));
    cr_assert(strstr(sent(&bed, &arena), "\"host\":\"other\"") != NULL);
    cr_assert(eq(int, put(&bed, 4, "")->status, ST_OK));
    cr_assert_str_eq(sent(&bed, &arena), "");
    bed_close(&bed);
    arena_fini(&arena);
}

Test(api_gateway, with_mistakes_is_refused_and_the_old_one_stays)
{
    struct master_bed bed;
    struct arena      arena;
    arena_init(&arena, 0);
    open_with_gateways(&bed);
    (void)put(&bed, 1, GATEWAY("web"));
    const struct msg_api_answer *answer =
        put(&bed, 2, "_format_version: \"3.0\"\nservices: [{name: s}]\nroutes: [{name: r}]\n"
                     "consumers: [{username: a, keyauth_credentials: [{key: s3cret},"
                     " {key: s3cret}]}]\n");
    cr_assert(eq(int, answer->status, ST_INVALID));
    cr_assert_str_eq(answer->text, "/services/0: \"host\" is missing (3 mistakes in all)");
    cr_assert(eq(u32, bed_lines(&bed, ENV_EVENT_WARNING, "", "gateway:2:12: /services/0"), 1));
    cr_assert(eq(u32, bed_lines(&bed, ENV_EVENT_WARNING, "", "gateway:3:10: /routes/0"), 1));
    cr_assert(strstr(sent(&bed, &arena), "\"host\":\"web\"") != NULL);
    bed_close(&bed);
    arena_fini(&arena);
}

Test(api_gateway, is_not_taken_by_a_master_that_cannot_read_it)
{
    struct master_bed bed;
    bed_open(&bed, 1, NULL);
    cr_assert(eq(int, put(&bed, 1, GATEWAY("web"))->status, ST_UNSUPPORTED));
    bed_close(&bed);
}
