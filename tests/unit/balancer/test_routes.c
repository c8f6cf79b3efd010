/*
 * tests/unit/balancer/test_routes.c
 *
 * Goal:   a generation says what the apps' labels ask for: who gets what, which instances of a
 *         deployment group are drained, who is leaving, and in which zone each of them stands.
 * Method: a master (tests/unit/master/master_bed.h), nodes, one edge; the newest generation that
 *         was sent is read back.
 */
#include <stdio.h>
#include <string.h>

#include "platform/balancer/policy.h"
#include "platform/wire/routes.h"
#include "tests/unit/master/master_bed.h"

struct story {
    struct master_bed bed;
    struct arena arena;
    struct routes routes;
    uint64_t request;
};

static void
story_open(struct story *story)
{
    bed_open(&story->bed, 1, NULL);
    arena_init(&story->arena, 0);
    story->request = 1;
    bed_register(&story->bed, 0, 1, NULL, 0);
    bed_edge(&story->bed, 0, 0);
}

static void
story_close(struct story *story)
{
    arena_fini(&story->arena);
    bed_close(&story->bed);
}

static void
story_put(struct story *story, const char *id, uint32_t instances, const char *labels)
{
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "{\"id\":\"%s\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,\"instances\":%u,"
                   "\"labels\":{\"HAPROXY_GROUP\":\"external\"%s%s}}",
                   id, instances, labels[0] != '\0' ? "," : "", labels);
    bed_put(&story->bed, story->request++, text, false);
    bed_play(&story->bed, SEC(3));
}

static void
story_scale(struct story *story, const char *id, uint32_t instances)
{
    bed_call(&story->bed, story->request++, API_SCALE_APP, id, instances);
    bed_play(&story->bed, SEC(3));
}

/* The service of this name in the newest generation, or NULL. */
static const struct env_service *
story_service(struct story *story, const char *name)
{
    const struct msg_routes *message = bed_newest(&story->bed, &msg_routes_type);
    cr_assert_not_null(message);
    arena_reset(&story->arena);
    const enum status status = routes_decode(message->tail, message->tail_len,
                                             balance_policy_named, &story->arena, &story->routes);
    cr_assert(eq(int, (int)status, ST_OK));
    for (uint32_t i = 0; i < story->routes.services_count; i++) {
        if (strcmp(story->routes.services[i].name, name) == 0) {
            return &story->routes.services[i];
        }
    }
    return NULL;
}

static uint32_t
draining(const struct env_service *service)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < service->endpoints_count; i++) {
        count += service->endpoints[i].draining ? 1 : 0;
    }
    return count;
}

static uint32_t
leaving(const struct env_service *service)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < service->endpoints_count; i++) {
        count += service->endpoints[i].leaving ? 1 : 0;
    }
    return count;
}

Test(routes_made, say_what_the_labels_ask_for)
{
    struct story story;
    story_open(&story);
    story_put(&story, "/web", 2,
              "\"HAPROXY_0_PORT\":\"80\",\"HAPROXY_0_VHOST\":\"a.example.com\","
              "\"REHEARSAL_0_WEIGHT\":\"7\",\"REHEARSAL_0_RETRIES\":\"2\"");
    const struct env_service *web = story_service(&story, "web_80");
    cr_assert_not_null(web);
    cr_assert(web->external);
    cr_assert_str_eq(web->vhosts, "a.example.com");
    cr_assert(eq(u32, web->resilience.retries, 2));
    cr_assert(eq(u32, web->endpoints_count, 2));
    cr_assert(eq(u32, web->endpoints[1].weight, 7));
    story_close(&story);
}

Test(routes_made, give_a_port_and_a_host_to_the_earlier_app_until_it_goes)
{
    struct story story;
    story_open(&story);
    story_put(&story, "/a", 1, "\"HAPROXY_0_PORT\":\"80\",\"HAPROXY_0_VHOST\":\"x.example.com\"");
    story_put(&story, "/b", 1,
              "\"HAPROXY_0_PORT\":\"80\",\"HAPROXY_0_VHOST\":\"x.example.com,y.example.com\"");
    const struct env_service *b = story_service(&story, "b_80");
    cr_assert_not_null(b);
    cr_assert_str_eq(b->vhosts, "y.example.com");
    cr_assert(eq(u32, b->port, 0));
    cr_assert(eq(u32, bed_lines(&story.bed, ENV_EVENT_WARNING, "/b", "service port 80 belongs"),
                 1));
    cr_assert(eq(u32, bed_lines(&story.bed, ENV_EVENT_WARNING, "/b", "virtual host x.exam"), 1));
    bed_call(&story.bed, 50, API_DELETE_APP, "/a", 0);
    bed_play(&story.bed, SEC(40));
    b = story_service(&story, "b_80");
    cr_assert_str_eq(b->vhosts, "x.example.com,y.example.com");
    cr_assert(eq(u32, b->port, 80));
    cr_assert_null(story_service(&story, "a_80"));
    story_close(&story);
}

Test(routes_made, leave_out_one_bad_service_beside_good_ones)
{
    struct story story;
    story_open(&story);
    story_put(&story, "/a", 1, "\"HAPROXY_0_VHOST\":\"a.example.com\",\"HAPROXY_0_PORT\":\"81\"");
    story_put(&story, "/bad", 1, "\"HAPROXY_0_VHOST\":\"b c\\nacl\",\"HAPROXY_0_PORT\":\"82\"");
    story_put(&story, "/c", 1, "\"HAPROXY_0_VHOST\":\"c.example.com\",\"HAPROXY_0_PORT\":\"83\"");
    cr_assert_not_null(story_service(&story, "a_81"));
    cr_assert_null(story_service(&story, "bad_82"));
    cr_assert_not_null(story_service(&story, "c_83"));
    cr_assert(eq(u32, bed_lines(&story.bed, ENV_EVENT_WARNING, "/bad",
                                "HAPROXY_0_VHOST: 'b c?acl' is not a list of host names"), 1));
    cr_assert(eq(u32, bed_lines(&story.bed, ENV_EVENT_WARNING, "/a", ""), 0));
    story_close(&story);
}

#define GROUP(started) "\"HAPROXY_DEPLOYMENT_GROUP\":\"shop\",\"HAPROXY_0_PORT\":\"80\"," \
    "\"HAPROXY_DEPLOYMENT_TARGET_INSTANCES\":\"3\"," \
    "\"HAPROXY_DEPLOYMENT_STARTED_AT\":\"" started "\""

Test(routes_made, let_the_newer_app_of_a_group_take_over)
{
    struct story story;
    story_open(&story);
    story_put(&story, "/shop-blue", 3, GROUP("2026-01-01T00:00:00"));
    const struct env_service *shop = story_service(&story, "shop_80");
    cr_assert_not_null(shop, "it bears the group's name");
    const uint64_t first_id = shop->endpoints[0].id;
    story_put(&story, "/shop-green", 1, GROUP("2026-01-02T00:00:00"));
    shop = story_service(&story, "shop_80");
    cr_assert(eq(u32, story.routes.services_count, 1));
    cr_assert_str_eq(shop->app, "/shop-blue");
    cr_assert(eq(u32, shop->endpoints_count, 4));
    cr_assert(eq(u32, draining(shop), 1));
    cr_assert(shop->endpoints[0].draining && shop->endpoints[0].id == first_id);
    story_scale(&story, "/shop-green", 2);
    cr_assert(eq(u32, draining(story_service(&story, "shop_80")), 2));
    story_scale(&story, "/shop-blue", 1);
    bed_play(&story.bed, SEC(30));
    shop = story_service(&story, "shop_80");
    cr_assert(eq(u32, shop->endpoints_count, 3), "1 + 2 - 3: none is spare");
    cr_assert(eq(u32, draining(shop), 0));
    story_scale(&story, "/shop-green", 3);
    cr_assert(eq(u32, draining(story_service(&story, "shop_80")), 1));
    bed_call(&story.bed, 50, API_DELETE_APP, "/shop-blue", 0);
    bed_play(&story.bed, SEC(40));
    shop = story_service(&story, "shop_80");
    cr_assert_str_eq(shop->app, "/shop-green");
    cr_assert(eq(u32, shop->endpoints_count, 3));
    cr_assert(eq(u32, draining(shop), 0));
    story_close(&story);
}

Test(routes_made, leave_a_third_app_of_a_group_out)
{
    struct story story;
    story_open(&story);
    story_put(&story, "/a", 1, GROUP("2026-01-01T00:00:00"));
    story_put(&story, "/b", 1, GROUP("2026-01-02T00:00:00"));
    story_put(&story, "/c", 1, GROUP("2026-01-03T00:00:00"));
    const struct env_service *shop = story_service(&story, "shop_80");
    cr_assert(eq(u32, story.routes.services_count, 1));
    cr_assert(eq(u32, shop->endpoints_count, 2));
    cr_assert(eq(u32, bed_lines(&story.bed, ENV_EVENT_WARNING, "/c", "HAPROXY_DEPLOYMENT_GROUP"),
                 1));
    story_close(&story);
}

#define STICKY "\"HAPROXY_0_PORT\":\"80\",\"HAPROXY_0_MODE\":\"http\"," \
    "\"HAPROXY_0_STICKY\":\"true\",\"REHEARSAL_0_SESSION_DRAIN\":\"20s\""

Test(routes_made, let_sessions_end_before_the_drain)
{
    struct story story;
    story_open(&story);
    story_put(&story, "/web", 2, STICKY);
    bed_play(&story.bed, SEC(20));
    const uint32_t kills = bed_count(&story.bed, &msg_kill_type);
    story_scale(&story, "/web", 1);
    const struct env_service *web = story_service(&story, "web_80");
    cr_assert(eq(u32, leaving(web), 1));
    cr_assert(eq(u32, draining(web), 0));
    bed_play(&story.bed, SEC(17) - MS(50)); /* three seconds are over already */
    cr_assert(eq(u32, leaving(story_service(&story, "web_80")), 1));
    cr_assert(eq(u32, bed_count(&story.bed, &msg_kill_type), kills));
    story.bed.busy_task = 1; /* any of them: whoever is stopped has a request */
    for (uint32_t i = 0; i < web->endpoints_count; i++) {
        story.bed.busy_task = web->endpoints[i].leaving ? web->endpoints[i].id
                                                        : story.bed.busy_task;
    }
    bed_play(&story.bed, MS(200));
    web = story_service(&story, "web_80");
    cr_assert(eq(u32, leaving(web), 0));
    cr_assert(eq(u32, draining(web), 1));
    bed_play(&story.bed, SEC(29)); /* drain_timeout is counted from here */
    cr_assert(eq(u32, bed_count(&story.bed, &msg_kill_type), kills));
    bed_play(&story.bed, SEC(2));
    cr_assert(gt(u32, bed_count(&story.bed, &msg_kill_type), kills));
    story_close(&story);
}

Test(routes_made, grant_sessions_their_time_again_after_a_new_master)
{
    struct story story;
    story_open(&story);
    story_put(&story, "/web", 2, STICKY);
    bed_play(&story.bed, SEC(20));
    const uint32_t kills = bed_count(&story.bed, &msg_kill_type);
    story_scale(&story, "/web", 1);
    bed_play(&story.bed, SEC(10));
    const struct env_service *web = story_service(&story, "web_80");
    const uint64_t tasks[] = { web->endpoints[0].id, web->endpoints[1].id };
    bed_crash(&story.bed);
    bed_start(&story.bed);
    bed_play(&story.bed, SEC(1));
    bed_register(&story.bed, 0, 1, tasks, 2);
    bed_status(&story.bed, 0, tasks[0], TASK_RUNNING);
    bed_status(&story.bed, 0, tasks[1], TASK_RUNNING);
    bed_play(&story.bed, SEC(15));
    cr_assert(eq(u32, bed_count(&story.bed, &msg_kill_type), kills));
    cr_assert(eq(u32, leaving(story_service(&story, "web_80")), 1));
    bed_play(&story.bed, SEC(25));
    cr_assert(gt(u32, bed_count(&story.bed, &msg_kill_type), kills));
    story_close(&story);
}

Test(routes_made, keep_a_dropped_service_until_its_requests_are_done)
{
    struct story story;
    story_open(&story);
    story_put(&story, "/web", 1, "\"HAPROXY_0_PORT\":\"80\"");
    bed_play(&story.bed, SEC(20));
    const uint64_t old = story_service(&story, "web_80")->endpoints[0].id;
    story.bed.busy_task = old;
    story_put(&story, "/web", 1, "\"HAPROXY_0_PORT\":\"81\"");
    const struct env_service *dropped = story_service(&story, "web_80");
    cr_assert_not_null(dropped);
    cr_assert(eq(u32, dropped->port, 0));
    cr_assert(not(dropped->external));
    cr_assert(eq(u32, dropped->endpoints_count, 1));
    cr_assert(dropped->endpoints[0].draining && dropped->endpoints[0].id == old);
    story.bed.busy_task = 0;
    bed_play(&story.bed, SEC(10));
    cr_assert_null(story_service(&story, "web_80"), "the old instance is gone");
    cr_assert_not_null(story_service(&story, "web_81"));
    story_close(&story);
}

static void
register_in(struct story *story, uint32_t node, const char *zone)
{
    struct msg_register message = { .incarnation = 1,
                                    .node = node,
                                    .ipv4 = test_world_ipv4(node),
                                    .cpu_milli = 1000,
                                    .mem_bytes = MIB(8192),
                                    .disk_bytes = MIB(8192),
                                    .hostname = "node",
                                    .role = "*",
                                    .port_first = { 31000 },
                                    .port_last = { 32000 },
                                    .port_ranges_count = 1 };
    (void)snprintf(message.zone, sizeof message.zone, "%s", zone);
    story->bed.incarnations[node] = 1;
    bed_send(&story->bed, env_address_of(ENV_PROCESS_AGENT, node), &msg_register_type, &message);
}

Test(routes_made, number_the_zones)
{
    struct story story;
    bed_open(&story.bed, 1, NULL);
    arena_init(&story.arena, 0);
    story.request = 1;
    register_in(&story, 0, "west");
    register_in(&story, 1, "east");
    register_in(&story, 2, "");
    bed_edge(&story.bed, 0, 0);
    bed_put(&story.bed, 1,
            "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":0.6,\"mem\":32,\"instances\":3,\"labels\":{"
            "\"HAPROXY_GROUP\":\"external\",\"HAPROXY_0_PORT\":\"80\","
            "\"REHEARSAL_0_ZONE_AFFINITY\":\"prefer\"}}",
            false);
    bed_play(&story.bed, SEC(5));
    const struct env_service *web = story_service(&story, "web_80");
    cr_assert(web->zone_affinity);
    cr_assert(eq(u32, web->endpoints_count, 3), "one on each node");
    uint32_t seen = 0;
    for (uint32_t i = 0; i < 3; i++) {
        const uint8_t zone = web->endpoints[i].zone;
        const char *name = zone > 0 ? story.routes.zones[zone - 1] : "";
        const uint32_t node = web->endpoints[i].ipv4 == test_world_ipv4(0)   ? 0
                              : web->endpoints[i].ipv4 == test_world_ipv4(1) ? 1
                                                                             : 2;
        static const char *const names[] = { "west", "east", "" };
        cr_assert_str_eq(name, names[node]);
        seen |= 1u << node;
    }
    cr_assert(eq(u32, seen, 7));
    story_close(&story);
}

Test(routes_made, number_the_zones_of_nodes_that_register_after_a_new_master)
{
    struct story story;
    bed_open(&story.bed, 1, NULL);
    arena_init(&story.arena, 0);
    story.request = 1;
    register_in(&story, 0, "west");
    bed_edge(&story.bed, 0, 0);
    story_put(&story, "/web", 1,
              "\"HAPROXY_0_PORT\":\"80\",\"REHEARSAL_0_ZONE_AFFINITY\":\"prefer\"");
    bed_crash(&story.bed);
    story.bed.mute[0] = true;
    bed_start(&story.bed);
    bed_play(&story.bed, SEC(3));
    story.bed.mute[0] = false;
    register_in(&story, 0, "west");
    bed_edge(&story.bed, 0, 0);
    bed_play(&story.bed, SEC(3));
    const struct env_service *web = story_service(&story, "web_80");
    cr_assert(eq(u32, web->endpoints_count, 1));
    cr_assert(eq(u32, web->endpoints[0].zone, 1));
    cr_assert_str_eq(story.routes.zones[0], "west");
    story_close(&story);
}

Test(routes_made, have_inside_services_only_in_a_mesh)
{
    for (uint32_t mesh = 0; mesh < 2; mesh++) {
        struct story story;
        bed_open(&story.bed, 1, NULL);
        bed_crash(&story.bed);
        story.bed.config.mesh = mesh == 1;
        bed_start(&story.bed);
        bed_play(&story.bed, SEC(1));
        arena_init(&story.arena, 0);
        story.request = 1;
        bed_register(&story.bed, 0, 1, NULL, 0);
        bed_edge(&story.bed, 0, 0);
        story_put(&story, "/front", 1, "\"HAPROXY_0_PORT\":\"80\"");
        bed_put(&story.bed, 2,
                "{\"id\":\"/back\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,\"instances\":1,"
                "\"portDefinitions\":[{\"port\":90}]}", false);
        bed_play(&story.bed, SEC(30));
        const struct env_service *back = story_service(&story, "back_90");
        cr_assert(eq(int, back != NULL, (int)mesh));
        if (back != NULL) {
            cr_assert(not(back->external));
            cr_assert(eq(u32, back->endpoints_count, 1));
            cr_assert_not_null(strstr(back->names, "back.marathon.mesos"));
        }
        story_close(&story);
    }
}
