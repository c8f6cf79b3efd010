/*
 * tests/unit/fakes/test_cloud.c
 *
 * Goal:   node groups boot what they want, spread over zones, inside their bounds, from the machine
 *         image that they are set to; instance types are what their names say.
 * Method: two groups in three zones; resizes through the port of a process.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "fakes/cloud/cloud.h"
#include "tests/unit/fakes/test_world.h"

static const char *const zones[] = { "us-east-1a", "us-east-1b", "us-east-1c" };

struct cloud_bed {
    struct world           *world;
    struct fake_cloud      *cloud;
    struct fake_cloud_port  port;
    struct fake_cloud_group groups[2];
    uint32_t                booted[2];
    uint32_t                by_zone[3];
    uint32_t                ended_count;
    uint64_t                ended_id;
    bool                    done;
    enum status             status;
    uint32_t                rows_count;
    uint32_t                rows_running;
    uint64_t                rows_last;
    uint32_t                rows_next; /* of image "next", not ended */
    struct group_info       info;
};

static struct cloud_bed bed;

static void
bed_booted(void *context, const struct instance_info *info)
{
    cr_assert_eq(context, &bed);
    cr_assert_eq(info->state, INSTANCE_RUNNING);
    bed.booted[strcmp(info->group, "private") == 0 ? 1 : 0]++;
    for (uint32_t zone = 0; zone < COUNT_OF(zones); zone++) {
        bed.by_zone[zone] += strcmp(info->zone, zones[zone]) == 0 ? 1 : 0;
    }
}

static void
bed_ended(void *context, const struct instance_info *info)
{
    cr_assert_eq(context, &bed);
    bed.ended_count++;
    bed.ended_id = info->id;
}

static void
bed_open(uint32_t public_count, uint32_t private_count)
{
    bed = (struct cloud_bed){ .world = test_world_open(1) };
    bed.groups[0] = (struct fake_cloud_group){ .name = "public",
                                               .type = instance_type_find("c5.large"),
                                               .min = 0,
                                               .max = 4,
                                               .desired = public_count,
                                               .boot = { .a_ns = SEC(60) } };
    bed.groups[1] = (struct fake_cloud_group){ .name = "private",
                                               .type = instance_type_find("m5.xlarge"),
                                               .min = 1,
                                               .max = 20,
                                               .desired = private_count,
                                               .boot = { .a_ns = SEC(90) } };
    static const struct fake_cloud_image images[] = {
        { .name = "next", .boot = { .a_ns = SEC(10) }, .has_boot = true },
        { .name = "bad", .broken = true },
    };
    const struct fake_cloud_options options = { .groups = bed.groups,
                                                .groups_count = 2,
                                                .images = images,
                                                .images_count = COUNT_OF(images),
                                                .zones = zones,
                                                .zones_count = 3,
                                                .booted = bed_booted,
                                                .ended = bed_ended,
                                                .context = &bed };
    bed.cloud = fake_cloud_open(bed.world, &options);
    fake_cloud_port_init(&bed.port, bed.cloud,
                         test_world_process(bed.world, env_address_of(ENV_PROCESS_MASTER, 0), 0));
}

static void
bed_close(void)
{
    fake_cloud_close(bed.cloud);
    test_world_close(bed.world);
}

static void
bed_done(struct env_op *op)
{
    bed.done = true;
    bed.status = op->status;
}

static void
bed_found(struct env_cloud_group *group, const struct group_info *info)
{
    (void)group;
    bed.info = *info;
}

static enum status
bed_answer(void)
{
    cr_assert_not(bed.done, "never before the call returns");
    test_world_run_until(bed.world, world_now(bed.world) + SEC(2));
    cr_assert(bed.done);
    return bed.status;
}

static enum status
bed_describe(const char *group)
{
    static struct env_cloud_group op;
    op = (struct env_cloud_group){ .op.done = bed_done, .group = group, .found = bed_found };
    bed.done = false;
    env_cloud_group(&bed.port.port, &op);
    return bed_answer();
}

static enum status
bed_configure(const char *group, const char *image)
{
    static struct env_cloud_configure op;
    op = (struct env_cloud_configure){ .op.done = bed_done, .group = group, .image = image };
    bed.done = false;
    env_cloud_configure(&bed.port.port, &op);
    return bed_answer();
}

static enum status
bed_terminate(uint64_t instance, bool shrinks)
{
    static struct env_cloud_terminate op;
    op = (struct env_cloud_terminate){ .op.done = bed_done, .instance = instance,
                                       .shrinks = shrinks };
    bed.done = false;
    env_cloud_terminate(&bed.port.port, &op);
    return bed_answer();
}

static enum status
bed_resize(const char *group, uint32_t count)
{
    static struct env_cloud_resize resize;
    resize = (struct env_cloud_resize){ .op.done = bed_done, .group = group, .count = count };
    bed.done = false;
    env_cloud_resize(&bed.port.port, &resize);
    cr_assert_not(bed.done);
    test_world_run_until(bed.world, world_now(bed.world) + SEC(2));
    cr_assert(bed.done);
    return bed.status;
}

static void
bed_row(struct env_cloud_instances *instances, const struct instance_info *info)
{
    (void)instances;
    cr_assert_gt(info->id, bed.rows_last, "in order of id");
    bed.rows_last = info->id;
    bed.rows_count++;
    bed.rows_running += info->state == INSTANCE_RUNNING ? 1 : 0;
    bed.rows_next +=
        info->state != INSTANCE_TERMINATED && strcmp(info->image, "next") == 0 ? 1 : 0;
}

static enum status
bed_list(const char *group)
{
    static struct env_cloud_instances instances;
    instances = (struct env_cloud_instances){ .op.done = bed_done, .group = group,
                                              .row = bed_row };
    bed.rows_count = 0;
    bed.rows_running = 0;
    bed.rows_next = 0;
    bed.rows_last = 0;
    bed.done = false;
    env_cloud_instances(&bed.port.port, &instances);
    test_world_run_until(bed.world, world_now(bed.world) + SEC(2));
    cr_assert(bed.done);
    return bed.status;
}

Test(cloud, boots_what_its_groups_want_spread_over_the_zones)
{
    bed_open(0, 7);
    test_world_run_until(bed.world, SEC(89));
    cr_assert_eq(bed.booted[1], 0, "booting takes its time");
    test_world_run_until(bed.world, SEC(91));
    cr_assert_eq(bed.booted[1], 7);
    cr_assert_eq(bed.by_zone[0], 3);
    cr_assert_eq(bed.by_zone[1], 2);
    cr_assert_eq(bed.by_zone[2], 2);
    bed_close();
}

Test(cloud, grows_and_shrinks_inside_its_bounds_only)
{
    bed_open(2, 3);
    test_world_run_until(bed.world, MIN(2));
    cr_assert_eq(bed_resize("private", 0), ST_INVALID);
    cr_assert_eq(bed_resize("private", 21), ST_INVALID);
    cr_assert_eq(bed_resize("nobody", 1), ST_NOT_FOUND);
    cr_assert_eq(bed_resize("private", 5), ST_OK);
    test_world_run_until(bed.world, MIN(5));
    cr_assert_eq(bed.booted[1], 5);
    cr_assert_eq(bed_resize("private", 5), ST_OK, "the same again changes nothing");
    cr_assert_eq(bed_resize("private", 4), ST_OK);
    cr_assert_eq(bed.ended_count, 1);
    cr_assert_eq(bed.ended_id, 7, "the youngest");
    bed_close();
}

Test(cloud, lists_instances_with_their_states)
{
    bed_open(2, 3);
    cr_assert_eq(bed_list(NULL), ST_OK);
    cr_assert_eq(bed.rows_count, 5);
    cr_assert_eq(bed.rows_running, 0);
    test_world_run_until(bed.world, MIN(2));
    cr_assert_eq(bed_list("public"), ST_OK);
    cr_assert_eq(bed.rows_count, 2);
    cr_assert_eq(bed.rows_running, 2);
    fake_cloud_fail(bed.cloud, 1);
    cr_assert_eq(bed_list("public"), ST_OK);
    cr_assert_eq(bed.rows_running, 1);
    fake_cloud_recover(bed.cloud, 1);
    cr_assert_eq(bed_list("public"), ST_OK);
    cr_assert_eq(bed.rows_running, 2);
    cr_assert_eq(bed_list("nobody"), ST_NOT_FOUND);
    bed_close();
}

Test(cloud, starts_instances_from_the_image_that_the_group_is_set_to)
{
    bed_open(0, 3);
    test_world_run_until(bed.world, MIN(2));
    cr_assert_eq(bed_describe("private"), ST_OK);
    cr_assert_str_eq(bed.info.image, FAKE_CLOUD_IMAGE);
    cr_assert(bed.info.min == 1 && bed.info.max == 20 && bed.info.desired == 3);
    cr_assert_eq(bed_configure("private", "nothing"), ST_NOT_FOUND);
    cr_assert_eq(bed_configure("nobody", "next"), ST_NOT_FOUND);
    cr_assert_eq(bed_describe("nobody"), ST_NOT_FOUND);
    cr_assert_eq(bed_configure("private", "next"), ST_OK);
    cr_assert_eq(bed_list("private"), ST_OK);
    cr_assert_eq(bed.rows_next, 0, "those that run stay as they are");
    cr_assert_eq(bed_resize("private", 5), ST_OK);
    test_world_run_until(bed.world, world_now(bed.world) + SEC(12));
    cr_assert_eq(bed.booted[1], 5, "this image boots faster");
    cr_assert_eq(bed_list("private"), ST_OK);
    cr_assert_eq(bed.rows_next, 2);
    bed_close();
}

Test(cloud, replaces_an_instance_that_is_ended_unless_the_group_shrinks)
{
    bed_open(0, 2);
    test_world_run_until(bed.world, MIN(2));
    cr_assert_eq(bed_terminate(9, false), ST_NOT_FOUND);
    cr_assert_eq(bed_terminate(1, false), ST_OK);
    cr_assert_eq(bed.ended_id, 1, "the one that was named, not the youngest");
    cr_assert_eq(bed_terminate(1, false), ST_OK, "the same again changes nothing");
    test_world_run_until(bed.world, MIN(5));
    cr_assert_eq(bed.booted[1], 3);
    cr_assert_eq(bed.ended_count, 1);
    cr_assert_eq(bed_terminate(2, true), ST_OK);
    test_world_run_until(bed.world, MIN(9));
    cr_assert_eq(bed.booted[1], 3, "nobody comes in its place");
    cr_assert_eq(bed_describe("private"), ST_OK);
    cr_assert_eq(bed.info.desired, 1);
    cr_assert_eq(bed_terminate(3, true), ST_INVALID, "not below the minimum");
    bed_close();
}

Test(cloud, knows_no_way_back_for_an_instance_that_has_ended)
{
    bed_open(0, 2);
    test_world_run_until(bed.world, MIN(2));
    fake_cloud_fail(bed.cloud, 1);
    cr_assert_eq(bed_terminate(1, true), ST_OK);
    cr_assert_eq(bed.ended_count, 1, "a machine that has failed ends too");
    fake_cloud_recover(bed.cloud, 1);
    fake_cloud_fail(bed.cloud, 1);
    cr_assert_eq(bed_list("private"), ST_OK);
    cr_assert_eq(bed.rows_running, 1);
    cr_assert_eq(bed_resize("private", 2), ST_OK);
    test_world_run_until(bed.world, MIN(9));
    cr_assert_eq(bed.booted[1], 3, "it does not count for its group");
    bed_close();
}

Test(cloud, never_brings_up_the_node_of_a_broken_image)
{
    bed_open(0, 1);
    test_world_run_until(bed.world, MIN(2));
    cr_assert_eq(bed_configure("private", "bad"), ST_OK);
    cr_assert_eq(bed_resize("private", 2), ST_OK);
    test_world_run_until(bed.world, MIN(10));
    cr_assert_eq(bed.booted[1], 1);
    cr_assert_eq(bed_list("private"), ST_OK);
    cr_assert_eq(bed.rows_running, 2, "the cloud sees nothing wrong");
    bed_close();
}

Test(instance_types, are_found_by_name_and_nothing_else_is)
{
    cr_assert_geq(instance_types_count, 20);
    for (uint32_t i = 0; i < instance_types_count; i++) {
        const struct instance_type *type = &instance_types[i];
        cr_assert_eq(instance_type_find(type->name), type, "%s is out of order", type->name);
        cr_assert(type->cpu_milli > 0 && type->mem_bytes > 0 && type->disk_bytes > 0);
        cr_assert(type->cost_microusd_hour > 0);
    }
    cr_assert_null(instance_type_find("m5.huge"));
    cr_assert_null(instance_type_find(""));
}

Test(instance_types, cost_and_offer_what_the_price_list_says)
{
    const struct instance_type *type = instance_type_find("m5.xlarge");
    cr_assert_eq(type->cpu_milli, 4000);
    cr_assert_eq(type->mem_bytes, MIB(16 * 1024));
    cr_assert_eq(type->cost_microusd_hour, 192000);
    cr_assert_eq(instance_type_find("p3.2xlarge")->gpus, 1);
    cr_assert_eq(instance_type_find("p3.2xlarge")->cost_microusd_hour, 3060000);
}

Test(instance_types, double_their_price_with_their_size)
{
    static const char *const pairs[][2] = { { "c5.large", "c5.xlarge" },
                                            { "m5.large", "m5.xlarge" },
                                            { "m5.12xlarge", "m5.24xlarge" },
                                            { "r5.xlarge", "r5.2xlarge" },
                                            { "t3.large", "t3.xlarge" },
                                            { "p3.8xlarge", "p3.16xlarge" } };
    for (uint32_t i = 0; i < COUNT_OF(pairs); i++) {
        cr_assert_eq(instance_type_find(pairs[i][0])->cost_microusd_hour * 2,
                     instance_type_find(pairs[i][1])->cost_microusd_hour, "%s", pairs[i][0]);
    }
}
