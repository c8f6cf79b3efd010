/*
 * tests/unit/scheduler/test_residency.c
 *
 * Goal:   an app with persistent volumes has one reservation an instance, whatever dies and when;
 *         what it gives up is asked back until it is gone; what nobody knows is removed.
 * Method: a master on a fake store with obedient agents (tests/unit/master/master_bed.h); what it
 *         does is read from what it sends and journals.
 */
#include <stdio.h>
#include <string.h>

#include "platform/base/memory.h"
#include "tests/unit/master/master_bed.h"

#define DB(instances, mib, more)                                                                   \
    "{\"id\":\"/db\",\"cmd\":\"x\",\"cpus\":0.5,\"mem\":64,\"instances\":" #instances              \
    ",\"container\":{\"type\":\"MESOS\",\"volumes\":[{\"containerPath\":\"data\",\"mode\":\"RW\"," \
    "\"persistent\":{\"size\":" #mib "}}]}" more "}"

static struct master_bed bed;

static void
begin(void)
{
    bed_open(&bed, 1, NULL);
    bed_register(&bed, 0, 1, NULL, 0);
    bed_register(&bed, 1, 1, NULL, 0);
}

static void
end(void)
{
    bed_close(&bed);
}

TestSuite(residency, .init = begin, .fini = end);

/* The distinct volumes of all launches so far; each was always launched on one node. */
static uint32_t
volumes_launched(const struct master_bed *from, uint64_t *volumes, uint32_t max)
{
    env_address where[BED_TASKS_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < from->sent.count; i++) {
        const struct bed_sent *sent = vec_at(&from->sent, i);
        const struct msg_launch *launch = sent->record;
        uint32_t at = 0;
        if (sent->type != &msg_launch_type) {
            continue;
        }
        cr_assert_gt(launch->volume, 0);
        while (at < count && volumes[at] != launch->volume) {
            at++;
        }
        if (at == count) {
            cr_assert_lt(count, max);
            volumes[count] = launch->volume;
            where[count++] = sent->to;
        }
        cr_assert(where[at] == sent->to, "volume %llu", (unsigned long long)launch->volume);
    }
    return count;
}

static uint32_t
removals(uint64_t volume)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < bed.sent.count; i++) {
        const struct bed_sent *sent = vec_at(&bed.sent, i);
        const struct msg_volume_remove *remove = sent->record;
        count += sent->type == &msg_volume_remove_type && remove->volume == volume ? 1 : 0;
    }
    return count;
}

/* An agent tells of a volume that nobody mounts, or of one that is gone. */
static void
tell(uint32_t node, uint64_t idle, uint64_t removed)
{
    struct msg_volumes *message = memory_alloc_zero(1, sizeof *message + sizeof(uint64_t));
    *message = (struct msg_volumes){ .incarnation = bed.incarnations[node],
                                     .node = node,
                                     .removed = removed,
                                     .tail_len = idle > 0 ? sizeof(uint64_t) : 0 };
    message->tail[0] = idle;
    bed_send(&bed, env_address_of(ENV_PROCESS_AGENT, node), &msg_volumes_type, message);
    memory_free(message);
}

static uint32_t
reserved(const char *app, int32_t new_state)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < bed.world->lines.count; i++) {
        const struct test_line *line = vec_at(&bed.world->lines, i);
        count += line->event.kind == ENV_EVENT_RESERVATION &&
                         line->event.new_state == new_state && strcmp(line->app, app) == 0
                     ? 1
                     : 0;
    }
    return count;
}

Test(residency, a_master_that_dies_at_any_instant_neither_loses_a_reservation_nor_makes_two)
{
    for (int64_t dies_ns = 0; dies_ns <= MS(40); dies_ns += MS(1)) {
        struct master_bed own;
        uint64_t volumes[BED_TASKS_MAX];
        bed_open(&own, 7, NULL);
        bed_register(&own, 0, 1, NULL, 0);
        bed_register(&own, 1, 1, NULL, 0);
        bed_put(&own, 1, DB(3, 100, ""), false);
        bed_play(&own, SEC(1) + dies_ns); /* new machines are offered together after a second */
        bed_crash(&own);
        bed_start(&own);
        bed_play(&own, SEC(2));
        bed_register(&own, 0, 2, NULL, 0); /* rebooted: it knows no task */
        bed_register(&own, 1, 2, NULL, 0);
        bed_put(&own, 1, DB(3, 100, ""), false); /* the client asks again until it is answered */
        bed_play(&own, SEC(20));
        cr_assert_eq(volumes_launched(&own, volumes, BED_TASKS_MAX), 3, "after %lld ms",
                     (long long)(dies_ns / MS(1)));
        bed_close(&own);
    }
}

Test(residency, what_an_app_gives_up_is_asked_back_until_it_is_gone)
{
    uint64_t volumes[BED_TASKS_MAX];
    bed_put(&bed, 1, DB(2, 100, ""), false);
    bed_play(&bed, SEC(5));
    cr_assert_eq(volumes_launched(&bed, volumes, BED_TASKS_MAX), 2);
    bed_call(&bed, 2, API_SCALE_APP, "/db", 1);
    bed_play(&bed, SEC(30));
    const uint64_t gone = removals(volumes[0]) > 0 ? volumes[0] : volumes[1];
    const uint64_t kept = gone == volumes[0] ? volumes[1] : volumes[0];
    cr_assert_eq(removals(kept), 0);
    cr_assert_gt(removals(gone), 1, "nobody has answered");
    cr_assert_eq(reserved("/db", 3), 1);
    tell(0, 0, gone);
    tell(1, 0, gone);
    bed_play(&bed, SEC(1));
    const uint32_t asked = removals(gone);
    bed_play(&bed, SEC(60));
    cr_assert_eq(removals(gone), asked, "it is gone");
    cr_assert_eq(reserved("", 4), 1);
}

Test(residency, a_deleted_app_gives_up_its_volumes_and_a_new_master_goes_on_asking)
{
    uint64_t volumes[BED_TASKS_MAX];
    bed_put(&bed, 1, DB(1, 100, ""), false);
    bed_play(&bed, SEC(5));
    cr_assert_eq(volumes_launched(&bed, volumes, BED_TASKS_MAX), 1);
    bed_call(&bed, 2, API_DELETE_APP, "/db", 0);
    bed_play(&bed, SEC(20));
    cr_assert_gt(removals(volumes[0]), 0);
    bed_crash(&bed);
    const uint32_t asked = removals(volumes[0]);
    bed_start(&bed);
    bed_play(&bed, SEC(2));
    bed_register(&bed, 0, 2, NULL, 0);
    bed_register(&bed, 1, 2, NULL, 0);
    bed_play(&bed, SEC(20));
    cr_assert_gt(removals(volumes[0]), asked);
    bed_put(&bed, 3, DB(1, 100, ""), false);
    bed_play(&bed, SEC(5));
    cr_assert_eq(volumes_launched(&bed, volumes, BED_TASKS_MAX), 2, "another one, for another app");
}

Test(residency, a_volume_that_nobody_knows_is_removed_and_a_known_one_stays)
{
    uint64_t volumes[BED_TASKS_MAX];
    bed_put(&bed, 1, DB(1, 100, ""), false);
    bed_play(&bed, SEC(5));
    cr_assert_eq(volumes_launched(&bed, volumes, BED_TASKS_MAX), 1);
    const struct msg_launch *launch = bed_newest(&bed, &msg_launch_type);
    cr_assert_not_null(launch);
    tell(0, 999, 0);
    tell(0, volumes[0], 0);
    tell(1, volumes[0], 0);
    bed_play(&bed, SEC(1));
    cr_assert_eq(removals(999), 1);
    cr_assert_eq(removals(volumes[0]), 1, "on the node where it is not");
}

Test(residency, the_disk_of_a_volume_counts_while_nobody_mounts_it)
{
    bed_put(&bed, 1, DB(2, 5000, ""), false); /* each node has 8192 MiB */
    bed_play(&bed, SEC(5));
    bed_call(&bed, 2, API_SCALE_APP, "/db", 1);
    bed_put(&bed, 3, "{\"id\":\"/scratch\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32,\"disk\":6000}",
            false);
    bed_play(&bed, SEC(30));
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_TASK, "/scratch", "placed"), 0);
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_PENDING, "/scratch", "2 nodes: 2 InsufficientDisk"), 1);
    for (uint64_t volume = 1; volume <= 2; volume++) {
        tell(0, 0, volume);
        tell(1, 0, volume);
    }
    bed_play(&bed, SEC(5));
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_TASK, "/scratch", "placed"), 1);
}

Test(residency, an_instance_on_a_silent_node_is_not_replaced_and_says_where_its_volume_is)
{
    uint64_t volumes[BED_TASKS_MAX];
    bed_put(&bed, 1, DB(1, 100, ""), false);
    bed_play(&bed, SEC(5));
    const struct msg_launch *launch = bed_newest(&bed, &msg_launch_type);
    cr_assert_not_null(launch);
    bed.mute[0] = true;
    bed_play(&bed, MIN(5));
    cr_assert_eq(bed_count(&bed, &msg_launch_type), 1);
    bed.mute[0] = false;
    bed_register(&bed, 0, 2, NULL, 0); /* it has booted */
    bed_play(&bed, SEC(10));
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_TASK, "/db", "placed"), 2);
    cr_assert_eq(volumes_launched(&bed, volumes, BED_TASKS_MAX), 1);
}

Test(residency, other_volumes_are_refused_and_other_resources_are_not)
{
    uint64_t volumes[BED_TASKS_MAX];
    bed_put(&bed, 1, DB(1, 100, ""), false);
    bed_play(&bed, SEC(5));
    bed_put(&bed, 2, DB(1, 200, ""), false);
    bed_put(&bed, 3, "{\"id\":\"/db\",\"cmd\":\"x\",\"cpus\":0.5,\"mem\":64}", false);
    bed_play(&bed, SEC(1));
    cr_assert_not_null(bed_answer(&bed, 2));
    cr_assert_eq(bed_answer(&bed, 2)->status, ST_INVALID);
    cr_assert_eq(bed_answer(&bed, 3)->status, ST_INVALID);
    bed_put(&bed, 4, DB(1, 100, ",\"env\":{\"A\":\"B\"},\"disk\":10"), false);
    bed_play(&bed, SEC(10));
    cr_assert_eq(bed_answer(&bed, 4)->status, ST_OK);
    cr_assert_eq(volumes_launched(&bed, volumes, BED_TASKS_MAX), 1);
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_TASK, "/db", "placed"), 2);
}

Test(residency, a_volume_that_is_given_up_while_it_waits_is_asked_for_at_once)
{
    uint64_t volumes[BED_TASKS_MAX];
    bed_put(&bed, 1, DB(1, 100, ""), false);
    bed_play(&bed, SEC(5));
    cr_assert_eq(volumes_launched(&bed, volumes, BED_TASKS_MAX), 1);
    struct msg_api_request drain = {
        .request = 2, .call = API_NODE, .control = NODE_DRAIN, .deadline_ns = SEC(10)
    };
    (void)snprintf(drain.app, sizeof drain.app, "node-0");
    bed_send(&bed, env_address_of(ENV_PROCESS_CLIENT, 0), &msg_api_request_type, &drain);
    bed_play(&bed, SEC(9));
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_DECISION, "/db", "drain"), 0, "it does not move");
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_NODE_DRAIN, "",
                           "1 task left: /db has its volume here and does not move"),
                 1);
    bed_play(&bed, MIN(2));
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_DECISION, "/db", "drain"), 1, "but at the deadline");
    cr_assert_eq(bed_lines(&bed, ENV_EVENT_PENDING, "/db",
                           "its volume is on node-0, which is drained"),
                 1);
    cr_assert_eq(bed_count(&bed, &msg_launch_type), 1, "and nowhere else");
    bed_call(&bed, 3, API_SCALE_APP, "/db", 0);
    bed_play(&bed, MS(200));
    cr_assert_eq(removals(volumes[0]), 1);
}
