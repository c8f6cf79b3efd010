/*
 * tests/unit/deploy/test_victims_even.c
 *
 * Goal:   a scale-down keeps what GROUP_BY asks for even, before conditions and age decide.
 * Method: an app on nodes of three zones; victims are taken one after the other.
 */
#include "platform/deploy/victims.h"
#include "tests/unit/model/cluster_bed.h"

static struct cluster_task *
put_in(struct cluster_bed *bed, struct cluster_app *app, uint32_t zone)
{
    struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
    cluster_task_book(task, cluster_node_find(&bed->cluster, zone));
    cluster_task_state(task, TASK_RUNNING, "");
    return task;
}

/* The zones of as many victims as there are characters, in the order in which they go. */
static void
expect_zones(struct cluster_app *app, enum victims of, const char *zones)
{
    for (const char *zone = zones; *zone != '\0'; zone++) {
        struct cluster_task *victim = victims_next(app, of);
        cr_assert_not_null(victim);
        const char found = victim->record.node == 0 ? '-' : (char)('a' + victim->record.node - 1);
        cr_expect(eq(chr, found, *zone), "at %u of %s", (unsigned)(zone - zones), zones);
        cluster_task_state(victim, TASK_KILLED, "");
        cluster_task_forget(victim);
    }
}

static struct cluster_app *
open_zones(struct cluster_bed *bed, const char *of_app)
{
    char text[300];
    cluster_bed_open(bed, 1);
    for (uint32_t i = 0; i < 3; i++) {
        struct cluster_node *node = cluster_bed_node(bed, i, 8000, MIB(8192), 31000, 32000);
        node->spec.zone = cluster_bed_text(bed, "%c", 'a' + (int)i);
        node->spec.attributes = cluster_bed_text(bed, "rack:r%u", i / 2);
    }
    (void)snprintf(text, sizeof text, "{\"id\":\"/web\",\"cmd\":\"x\",\"cpus\":0.1,\"mem\":32%s}",
                   of_app);
    return cluster_bed_app(bed, "/web", text);
}

#define BY_ZONE ",\"constraints\":[[\"@zone\",\"GROUP_BY\",\"3\"]]"

static void
expect_of(const char *of_app, const char *placed, const char *zones)
{
    struct cluster_bed bed;
    struct cluster_app *app = open_zones(&bed, of_app);
    for (const char *zone = placed; *zone != '\0'; zone++) {
        (void)put_in(&bed, app, (uint32_t)(*zone - 'a'));
    }
    expect_zones(app, VICTIMS_ALL, zones);
    cluster_bed_close(&bed);
}

Test(victims_even, the_largest_group_gives_first)
{
    expect_of("", "aaabbc", "cbbaaa"); /* by age alone */
    expect_of(BY_ZONE, "aaabbc", "abacba");
    expect_of(BY_ZONE ",\"killSelection\":\"OLDEST_FIRST\"", "aaabbc", "aababc");
    expect_of(BY_ZONE, "aaabbbccc", "cbacbacba");
    /* of rack r0 there are a and b, of r1 is c */
    expect_of(",\"constraints\":[[\"rack\",\"GROUP_BY\"]]", "aabbcc", "bbcaca");
}

Test(victims_even, what_is_less_use_goes_first_where_it_keeps_it_even)
{
    struct cluster_bed bed;
    struct cluster_app *app = open_zones(&bed, BY_ZONE);
    (void)put_in(&bed, app, 0);
    struct cluster_task *starting_in_a = put_in(&bed, app, 0);
    (void)put_in(&bed, app, 1);
    (void)put_in(&bed, app, 1);
    struct cluster_task *starting_in_c = put_in(&bed, app, 2);
    cluster_task_state(starting_in_a, TASK_STARTING, "");
    cluster_task_state(starting_in_c, TASK_STARTING, "");
    (void)cluster_bed_task(app, NULL, TASK_PENDING);
    expect_zones(app, VICTIMS_ALL, "-abcba");
    cluster_bed_close(&bed);
}

Test(victims_even, a_rollout_takes_old_ones_by_their_use_alone)
{
    struct cluster_bed bed;
    struct cluster_app *app = open_zones(&bed, BY_ZONE);
    struct cluster_version *wanted = app->version;
    struct cluster_version *old =
        cluster_bed_version(&bed, app, "{\"id\":\"/web\",\"cmd\":\"y\"}");
    for (const char *zone = "aaabc"; *zone != '\0'; zone++) {
        struct cluster_task *task = cluster_bed_task(app, old, TASK_PENDING);
        cluster_task_book(task, cluster_node_find(&bed.cluster, (uint32_t)(*zone - 'a')));
        cluster_task_state(task, TASK_RUNNING, "");
    }
    cr_assert(eq(ptr, app->version, wanted));
    expect_zones(app, VICTIMS_OLD, "cbaaa");
    cluster_bed_close(&bed);
}
