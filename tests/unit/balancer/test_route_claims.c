/*
 * tests/unit/balancer/test_route_claims.c
 *
 * Goal:   whatever two services ask for, one gets it, by rule, and the other is told once.
 * Method: lists of services, what each gets of its port and virtual hosts, and the sentences.
 */
#include "platform/balancer/route_claims.h"

#include <criterion/criterion.h>
#include <string.h>

#include "platform/base/strbuf.h"

enum { CLAIMS_MAX = 4 };

struct claims_case {
    struct env_service services[CLAIMS_MAX];
    struct route_claim claims[CLAIMS_MAX];
    struct route_claim *order[CLAIMS_MAX];
    uint32_t count;
    struct arena arena;
    struct strbuf told;
};

static void
claims_add(struct claims_case *test, const char *name, const char *app, uint16_t port,
           const char *vhosts, const char *path)
{
    test->services[test->count] = (struct env_service){
        .name = name, .app = app, .port = port, .vhosts = vhosts, .path = path, .external = true
    };
    test->claims[test->count].asked = &test->services[test->count];
    test->order[test->count] = &test->claims[test->count];
    test->count++;
}

static void
claims_note(void *context, const struct route_claim *claim, const char *text)
{
    struct claims_case *test = context;
    strbuf_printf(&test->told, "%s: %s\n", claim->asked->app, text);
}

static void
claims_settle(struct claims_case *test)
{
    strbuf_clear(&test->told);
    route_claims_settle(test->order, test->count, &test->arena, claims_note, test);
}

static void
claims_close(struct claims_case *test)
{
    arena_fini(&test->arena);
    strbuf_fini(&test->told);
}

Test(route_claims, the_earlier_keeps_a_port_and_the_other_its_hosts)
{
    struct claims_case test = { 0 };
    claims_add(&test, "a_80", "/a", 80, "a.example.com", "");
    claims_add(&test, "b_80", "/b", 80, "b.example.com", "");
    claims_add(&test, "c_1", "/c", 0, "", "");
    claims_settle(&test);
    cr_assert_eq(test.claims[0].port, 80);
    cr_assert_eq(test.claims[1].port, 0);
    cr_assert_str_eq(test.claims[1].vhosts, "b.example.com");
    cr_assert_eq(test.claims[2].port, 0);
    cr_assert_str_eq(strbuf_text(&test.told), "/b: service port 80 belongs to /a already\n");
    claims_close(&test);
}

Test(route_claims, a_host_and_path_are_given_once)
{
    struct claims_case test = { 0 };
    claims_add(&test, "a_1", "/a", 1, "x.example.com,y.example.com", "");
    claims_add(&test, "b_2", "/b", 2, "y.example.com,z.example.com,x.example.com", "");
    claims_add(&test, "c_3", "/c", 3, "y.example.com", "/shop");
    claims_add(&test, "d_4", "/d", 4, "y.example.com,y.example.com", "/shop");
    claims_settle(&test);
    cr_assert_str_eq(test.claims[0].vhosts, "x.example.com,y.example.com");
    cr_assert_str_eq(test.claims[1].vhosts, "z.example.com");
    cr_assert_str_eq(test.claims[2].vhosts, "y.example.com", "another path is another thing");
    cr_assert_str_eq(test.claims[3].vhosts, "");
    cr_assert_str_eq(strbuf_text(&test.told),
                     "/b: virtual host y.example.com belongs to /a already\n"
                     "/b: virtual host x.example.com belongs to /a already\n"
                     "/d: virtual host y.example.com/shop belongs to /c already\n"
                     "/d: virtual host y.example.com/shop belongs to /c already\n");
    claims_close(&test);
}

Test(route_claims, ranks_tell_two_of_one_host_apart)
{
    struct claims_case test = { 0 };
    claims_add(&test, "a_1", "/a", 1, "x.example.com", "");
    claims_add(&test, "b_2", "/b", 2, "x.example.com", "");
    test.services[1].rank = 5;
    claims_settle(&test);
    cr_assert_str_eq(test.claims[1].vhosts, "x.example.com");
    cr_assert_str_eq(strbuf_text(&test.told), "");
    claims_close(&test);
}

Test(route_claims, a_name_is_given_once)
{
    struct claims_case test = { 0 };
    claims_add(&test, "web_80", "/web", 80, "a.example.com", "");
    claims_add(&test, "web_80", "/other", 81, "b.example.com", "");
    claims_add(&test, "c_1", "/c", 81, "b.example.com", "");
    claims_settle(&test);
    cr_assert(!test.claims[0].left_out && test.claims[1].left_out && !test.claims[2].left_out);
    cr_assert_eq(test.claims[2].port, 81, "who is left out holds nothing");
    cr_assert_str_eq(test.claims[2].vhosts, "b.example.com");
    cr_assert_str_eq(strbuf_text(&test.told),
                     "/other: a service web_80 is there already, of /web: left out\n");
    claims_close(&test);
}

Test(route_claims, what_is_not_open_outside_takes_nothing)
{
    struct claims_case test = { 0 };
    claims_add(&test, "a_80", "/a", 80, "x.example.com", "");
    claims_add(&test, "b_80", "/b", 80, "x.example.com", "");
    test.services[0].external = false;
    claims_settle(&test);
    cr_assert_eq(test.claims[0].port, 0);
    cr_assert_str_eq(test.claims[0].vhosts, "");
    cr_assert_eq(test.claims[1].port, 80);
    cr_assert_str_eq(test.claims[1].vhosts, "x.example.com");
    claims_close(&test);
}

Test(route_claims, a_loss_is_told_once_and_again_when_it_comes_back)
{
    struct claims_case test = { 0 };
    claims_add(&test, "a_80", "/a", 80, "", "");
    claims_add(&test, "b_80", "/b", 80, "", "");
    claims_settle(&test);
    cr_assert_neq(test.told.len, 0);
    claims_settle(&test);
    cr_assert_eq(test.told.len, 0, "known");
    test.services[0].port = 81;
    claims_settle(&test);
    cr_assert_eq(test.told.len, 0);
    cr_assert_eq(test.claims[1].port, 80, "it gets what the other has given up");
    test.services[0].port = 80;
    claims_settle(&test);
    cr_assert_neq(test.told.len, 0);
    claims_close(&test);
}
