/*
 * tests/unit/balancer/test_routes_split.c
 *
 * Goal:   while a deployment splits the requests each service of the app is two, with the
 *         deployment's share between them; on the way back nothing moves; afterwards it is one.
 * Method: a master with obedient agents (tests/unit/master/master_bed.h), one edge; the newest
 *         generation that was sent is read back.
 */
#include <stdio.h>
#include <string.h>

#include "platform/balancer/policy.h"
#include "platform/base/memory.h"
#include "platform/wire/routes.h"
#include "tests/unit/master/master_bed.h"

static struct master_bed bed;
static struct arena arena;
static struct routes routes;

#define WEB(cmd, instances, vhost)                                                                 \
    "{\"id\":\"/web\",\"cmd\":\"" cmd "\",\"cpus\":0.1,\"mem\":32,\"instances\":" instances "," \
    "\"labels\":{\"HAPROXY_GROUP\":\"external\",\"HAPROXY_0_PORT\":\"80\"," \
    "\"HAPROXY_0_VHOST\":\"" vhost "\",\"HAPROXY_0_STICKY\":\"true\"}}"

static void
put(uint64_t request, const char *json, const char *strategy)
{
    const size_t json_len = strlen(json);
    const size_t strategy_len = strlen(strategy);
    struct msg_api_request *message =
        memory_alloc_zero(1, sizeof *message + json_len + strategy_len);
    *message = (struct msg_api_request){ .request = request,
                                         .call = API_PUT_APP,
                                         .strategy_len = (uint32_t)strategy_len,
                                         .tail_len = (uint32_t)(json_len + strategy_len) };
    memcpy(message->tail, json, json_len);
    memcpy(message->tail + json_len, strategy, strategy_len);
    bed_send(&bed, env_address_of(ENV_PROCESS_CLIENT, 0), &msg_api_request_type, message);
    memory_free(message);
}

static void
say(uint64_t request, enum api_control control)
{
    struct msg_api_request message = { .request = request,
                                       .call = API_CONTROL,
                                       .control = (uint8_t)control };
    (void)snprintf(message.app, sizeof message.app, "/web");
    bed_send(&bed, env_address_of(ENV_PROCESS_CLIENT, 0), &msg_api_request_type, &message);
}

static void
begin(void)
{
    bed_open(&bed, 1, NULL);
    arena_init(&arena, 0);
    bed_register(&bed, 0, 1, NULL, 0);
    bed_edge(&bed, 0, 0);
    put(1, WEB("one", "4", "a.example.com"), "");
    bed_play(&bed, SEC(3));
}

static void
end(void)
{
    arena_fini(&arena);
    bed_close(&bed);
}

TestSuite(routes_split, .init = begin, .fini = end);

/* The newest generation; the services that stand in it. */
static uint32_t
read_routes(void)
{
    const struct msg_routes *message = bed_newest(&bed, &msg_routes_type);
    cr_assert_not_null(message);
    arena_reset(&arena);
    cr_assert_eq(routes_decode(message->tail, message->tail_len, balance_policy_named, &arena,
                               &routes),
                 ST_OK);
    return routes.services_count;
}

static uint32_t
serving(const struct env_service *service)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < service->endpoints_count; i++) {
        count += service->endpoints[i].draining || service->endpoints[i].leaving ? 0 : 1;
    }
    return count;
}

static bool
stands_in(const struct env_service *service, uint64_t id)
{
    for (uint32_t i = 0; i < service->endpoints_count; i++) {
        if (service->endpoints[i].id == id) {
            return true;
        }
    }
    return false;
}

#define TWO_STEPS                                                                                  \
    "{\"canary\":{\"linger\":\"5s\",\"steps\":[{\"weight\":5,\"hold\":\"10s\","                    \
    "\"header\":\"X-Canary\",\"value\":\"always\"},{\"weight\":50,\"hold\":\"10s\"}]}}"

Test(routes_split, make_two_services_of_one_and_then_one_again)
{
    cr_assert_eq(read_routes(), 1);
    put(2, WEB("two", "4", "a.example.com"), TWO_STEPS);
    bed_play(&bed, SEC(5));
    cr_assert_eq(read_routes(), 2);
    const struct env_service *others = &routes.services[0];
    const struct env_service *apart = &routes.services[1];
    cr_assert_str_eq(others->name, "web_80");
    cr_assert_str_eq(others->vhosts, "a.example.com");
    cr_assert_eq(others->port, 80);
    cr_assert_str_eq(others->split_to, apart->name);
    cr_assert_eq(others->split_ppm, 50000);
    cr_assert_str_eq(others->split_header, "X-Canary");
    cr_assert_str_eq(others->split_value, "always");
    cr_assert_eq(serving(others), 4);
    cr_assert_eq(strncmp(apart->name, "web_80.v", 8), 0);
    cr_assert_str_eq(apart->app, "/web");
    cr_assert_str_eq(apart->vhosts, "");
    cr_assert_str_eq(apart->names, "");
    cr_assert_str_eq(apart->split_to, "");
    cr_assert_eq(apart->port, 0);
    cr_assert_not(apart->external);
    cr_assert(apart->sticky && apart->http);
    cr_assert_eq(serving(apart), 1);
    cr_assert_eq(others->measured, 0, "no analysis was asked for");

    bed_play(&bed, SEC(10));
    cr_assert_eq(read_routes(), 2);
    cr_assert_eq(routes.services[0].split_ppm, 500000);
    cr_assert_str_eq(routes.services[0].split_header, "", "the second step matches no header");
    cr_assert_eq(serving(&routes.services[1]), 2);

    bed_play(&bed, SEC(60));
    cr_assert_eq(read_routes(), 1);
    cr_assert_str_eq(routes.services[0].split_to, "");
    cr_assert_eq(serving(&routes.services[0]), 4);
}

Test(routes_split, move_no_instance_on_the_way_back)
{
    put(2, WEB("two", "4", "a.example.com"), TWO_STEPS);
    bed_play(&bed, SEC(5));
    cr_assert_eq(read_routes(), 2);
    char name[64];
    (void)snprintf(name, sizeof name, "%s", routes.services[1].name);
    const uint64_t canary = routes.services[1].endpoints[0].id;
    bed.busy_task = canary; /* its requests are still open: it is not killed */
    say(3, CONTROL_ABORT);
    bed_play(&bed, SEC(1));
    cr_assert_eq(read_routes(), 2);
    cr_assert_str_eq(routes.services[1].name, name);
    cr_assert_eq(routes.services[0].split_ppm, 0, "the old version is enough: it has everything");
    cr_assert_str_eq(routes.services[0].split_header, "", "testers too");
    cr_assert_eq(serving(&routes.services[0]), 4);
    cr_assert(stands_in(&routes.services[1], canary));
    cr_assert_eq(serving(&routes.services[1]), 0);
    bed.busy_task = 0;
    bed_play(&bed, SEC(20));
    cr_assert_eq(read_routes(), 1);
    cr_assert_eq(serving(&routes.services[0]), 4);
    cr_assert_not(stands_in(&routes.services[0], canary));
}

Test(routes_split, keep_to_the_labels_of_the_old_version_until_it_is_gone)
{
    put(2, WEB("two", "4", "b.example.com"), TWO_STEPS);
    bed_play(&bed, SEC(5));
    (void)read_routes();
    cr_assert_str_eq(routes.services[0].vhosts, "a.example.com");
    bed_play(&bed, SEC(70));
    cr_assert_eq(read_routes(), 1);
    cr_assert_str_eq(routes.services[0].vhosts, "b.example.com");
}

Test(routes_split, say_the_same_when_another_master_takes_over)
{
    put(2, WEB("two", "4", "a.example.com"), TWO_STEPS);
    bed_play(&bed, SEC(5));
    (void)read_routes();
    const uint64_t canary = routes.services[1].endpoints[0].id;
    bed_crash(&bed);
    bed_start(&bed);
    bed_play(&bed, SEC(2));
    cr_assert_eq(read_routes(), 2);
    cr_assert_eq(routes.services[0].split_ppm, 50000);
    cr_assert_str_eq(routes.services[0].split_header, "X-Canary");
    cr_assert(stands_in(&routes.services[1], canary));
    cr_assert_eq(serving(&routes.services[0]), 4);
    say(3, CONTROL_ABORT);
    bed_play(&bed, MS(500));
    bed_crash(&bed);
    bed_start(&bed);
    bed_play(&bed, MS(500));
    (void)read_routes();
    cr_assert_not(stands_in(&routes.services[0], canary), "it does not turn round");
}

Test(routes_split, leave_a_failed_version_the_share_that_it_had)
{
    put(2, WEB("two", "4", "a.example.com"),
        "{\"canary\":{\"revert\":false,\"steps\":[{\"weight\":5,\"pause\":true,"
        "\"pause_timeout\":\"5s\"}]}}");
    bed_play(&bed, SEC(20));
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_DEPLOYMENT, "/web", "nobody promoted"), 1);
    cr_assert_eq(read_routes(), 2);
    cr_assert_eq(routes.services[0].split_ppm, 50000);
    cr_assert_eq(serving(&routes.services[1]), 1);
}

Test(routes_split, number_what_is_judged)
{
    put(2, WEB("two", "4", "a.example.com"),
        "{\"canary\":{\"steps\":[{\"weight\":5,\"hold\":\"60s\"}],\"analysis\":["
        "{\"metric\":\"error_rate\",\"at_most\":\"1%\",\"every\":\"30s\"}]}}");
    bed_play(&bed, SEC(5));
    cr_assert_eq(read_routes(), 2);
    cr_assert_neq(routes.services[0].measured, 0);
    cr_assert_eq(routes.services[0].measured, routes.services[1].measured);
    cr_assert_not(routes.services[0].endpoints[0].newer);
    cr_assert(routes.services[1].endpoints[0].newer);
}

Test(routes_split, leave_a_rolling_restart_in_one_service)
{
    put(2, WEB("two", "4", "a.example.com"), "");
    bed_play(&bed, MS(500));
    cr_assert_eq(read_routes(), 1);
    cr_assert_str_eq(routes.services[0].split_to, "");
}
