/*
 * tests/unit/api/test_groups.c
 *
 * Goal:   apps handed in together come in the order of their dependencies, all or none; others are
 *         never blocked; labels change in place where an app asks for that.
 * Method: a master on a fake store with obedient agents; an app that fits no node holds its layer.
 */
#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"
#include "platform/model/cluster.h"
#include "tests/unit/master/master_bed.h"

#define APP(id, cpus, rest)                                                                        \
    "{\"id\":\"" id "\",\"cmd\":\"x\",\"cpus\":" cpus ",\"mem\":32,\"instances\":2" rest "}"
#define NEEDS(id) ",\"dependencies\":[\"" id "\"]"

static struct master_bed bed;

static const struct msg_api_answer *
put(uint64_t request, enum api_call call, const char *json, bool force)
{
    const size_t len = strlen(json);
    struct msg_api_request *message = memory_alloc_zero(1, sizeof *message + len);
    *message = (struct msg_api_request){ .request = request,
                                         .call = (uint8_t)call,
                                         .force = force,
                                         .tail_len = (uint32_t)len };
    memcpy(message->tail, json, len);
    bed_send(&bed, env_address_of(ENV_PROCESS_CLIENT, 0), &msg_api_request_type, message);
    memory_free(message);
    bed_play(&bed, MS(50));
    cr_assert_not_null(bed_answer(&bed, request));
    return bed_answer(&bed, request);
}

static uint32_t
launched(const char *app)
{
    return bed_lines(&bed, ENV_EVENT_DECISION, app, "launch");
}

static void
begin(void)
{
    bed_open(&bed, 1, NULL);
    bed_register(&bed, 0, 1, NULL, 0);
}

static void
end(void)
{
    bed_close(&bed);
}

TestSuite(api_groups, .init = begin, .fini = end);

Test(api_groups, layers_go_one_after_the_other)
{
    put(1, API_PUT_GROUP,
        "[" APP("/front", "0.1", NEEDS("/shop")) "," APP("/shop/api", "0.1", NEEDS("/shop/db")) ","
            APP("/shop/db", "500", "") "," APP("/lone", "0.1", "") "]", false);
    bed_play(&bed, SEC(20));
    cr_assert_eq(launched("/shop/db"), 2);
    cr_assert_eq(launched("/lone"), 2, "nobody waits for what he does not need");
    cr_assert_eq(launched("/shop/api"), 0);
    cr_assert_eq(launched("/front"), 0);
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_DEPLOYMENT, "/shop/api", "waits for /shop/db"), 1);
    cr_assert_eq(put(2, API_PUT_APP, APP("/shop/db", "0.1", ""), true)->status, ST_OK);
    bed_play(&bed, SEC(5));
    /* the plan's own deployment of /shop/db was cancelled: what needs it is not tried */
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_DEPLOYMENT, "/shop/api",
                           "/shop/db, on which it depends, was not deployed"), 1);
    cr_assert_eq(launched("/shop/api"), 0);
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_APP, "/shop/api", "deleted"), 1);
}

Test(api_groups, all_come_when_each_can)
{
    put(1, API_PUT_GROUP,
        "[" APP("/front", "0.1", NEEDS("/api")) "," APP("/api", "0.1", NEEDS("/db")) ","
            APP("/db", "0.1", "") "]", false);
    bed_play(&bed, SEC(5));
    cr_assert_eq(launched("/db"), 2);
    cr_assert_eq(launched("/api"), 2);
    cr_assert_eq(launched("/front"), 2);
    cr_assert_geq(bed_lines(&bed, ENV_EVENT_DEPLOYMENT, "/front", "waits for /"), 1);
}

Test(api_groups, all_or_none_is_taken)
{
    put(1, API_PUT_APP, APP("/db", "500", ""), false); /* it waits for room, and has the lock */
    const struct msg_api_answer *answer =
        put(2, API_PUT_GROUP, "[" APP("/api", "0.1", "") "," APP("/db", "0.2", "") "]", false);
    cr_assert_eq(answer->status, ST_CONFLICT);
    cr_assert(strncmp(answer->text, "/db: App is locked", 18) == 0, "%s", answer->text);
    cr_assert_eq(launched("/api"), 0);
    cr_assert_eq(put(3, API_PUT_APP, APP("/other", "0.1", ""), false)->status, ST_OK);
    bed_play(&bed, SEC(2));
    cr_assert_eq(launched("/other"), 2, "an unrelated app is never blocked");
}

Test(api_groups, what_is_wrong_is_refused_with_its_place)
{
    static const struct {
        const char *json, *sentence;
    } cases[] = {
        { "[]", "expected a list of 1 to 200" },
        { "{}", "expected a list of 1 to 200" },
        { "[" APP("/a", "0.1", "") "," APP("/a", "0.1", "") "]", "/1: app /a is given twice" },
        { "[" APP("/a", "0.1", NEEDS("/b")) "," APP("/b", "0.1", NEEDS("/a")) "]",
          "form a circle" },
        { "[" APP("/a", "-1", "") "]", "/0/cpus" },
    };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        const struct msg_api_answer *answer =
            put(10 + i, API_PUT_GROUP, cases[i].json, false);
        cr_assert_eq(answer->status, ST_INVALID);
        cr_assert(strstr(answer->text, cases[i].sentence) != NULL, "%s", answer->text);
    }
}

Test(api_groups, labels_change_in_place_when_the_app_asks_for_it)
{
    put(1, API_PUT_APP, APP("/a", "0.1", ""), false);
    bed_play(&bed, SEC(2));
    cr_assert_eq(launched("/a"), 2);
    put(2, API_PUT_APP,
        APP("/a", "0.1", ",\"labels\":{\"REHEARSAL_IN_PLACE\":\"true\",\"team\":\"a\"}"), false);
    bed_play(&bed, SEC(5));
    cr_assert_eq(launched("/a"), 2, "no new task");
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_DECISION, "/a", "kill"), 0);
    put(3, API_PUT_APP, APP("/a", "0.1", ",\"labels\":{\"team\":\"b\"}"), false);
    bed_play(&bed, SEC(5));
    cr_assert_eq(launched("/a"), 4, "Marathon's way when it does not ask");
    put(4, API_PUT_APP,
        APP("/a", "0.2", ",\"labels\":{\"REHEARSAL_IN_PLACE\":\"true\"}"), false);
    bed_play(&bed, SEC(5));
    cr_assert_eq(launched("/a"), 6, "what tasks see needs new ones");
}
