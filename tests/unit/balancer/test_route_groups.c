/*
 * tests/unit/balancer/test_route_groups.c
 *
 * Goal:   a deployment group drains as many instances of its older app as marathon-lb does.
 * Method: a table of the arithmetic, and who is the older of two.
 */
#include "platform/balancer/route_groups.h"

#include <criterion/criterion.h>

/* min(older tasks, healthy newer, max(0, healthy newer + older.instances - target)) */
Test(route_groups, drain_what_the_newer_app_can_spare)
{
    static const struct {
        uint32_t older_tasks, newer_healthy, older_instances, target, drained;
    } rows[] = {
        { 3, 0, 3, 3, 0 },  /* nothing of the newer is healthy */
        { 3, 1, 3, 3, 1 },  /* one for one */
        { 3, 2, 3, 3, 2 },
        { 3, 3, 3, 3, 3 },  /* all of the older */
        { 3, 5, 3, 5, 3 },  /* never more than there are */
        { 3, 2, 3, 10, 0 }, /* the group grows: nothing to spare yet */
        { 3, 8, 3, 10, 1 },
        { 10, 4, 10, 3, 4 }, /* the group shrinks: never more than the newer has */
        { 2, 3, 5, 4, 2 },  /* some of the older are gone already */
        { 0, 3, 0, 3, 0 },
        { 4, 1, 4, 4, 1 },  /* a state between two versions: one of the newer, three of the older */
        { UINT32_MAX, UINT32_MAX, UINT32_MAX, 0, UINT32_MAX },
    };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        cr_assert_eq(route_groups_drained(rows[i].older_tasks, rows[i].newer_healthy,
                                          rows[i].older_instances, rows[i].target),
                     rows[i].drained, "row %u", i);
    }
}

Test(route_groups, the_target_is_the_label_or_what_the_newer_wants)
{
    cr_assert_eq(route_groups_target(&(struct label_group){ .has_target = true, .target = 7 }, 3),
                 7);
    cr_assert_eq(route_groups_target(&(struct label_group){ 0 }, 3), 3);
}

Test(route_groups, the_one_that_started_first_is_older)
{
    static const struct {
        int64_t first_started, second_started;
        int64_t first_scaled, second_scaled;
        uint32_t new_instances; /* of both */
        bool second_is_older;
    } rows[] = {
        { 1, 2, 0, 0, 0, false }, { 2, 1, 0, 0, 0, true },
        { 0, 2, 0, 0, 0, false }, /* not said: before all others */
        { 2, 0, 0, 0, 0, true },  { 0, 0, 0, 0, 0, false }, /* as they were made */
        { 1, 2, 9, 5, 0, false },
        { 1, 2, 5, 9, 1, false }, /* the newer is being grown */
        { 1, 2, 9, 5, 1, true },  /* the older is being grown again: the way back */
        { 2, 1, 5, 9, 1, false },
    };
    for (uint32_t i = 0; i < COUNT_OF(rows); i++) {
        const struct label_group first = { .started_at_ns = rows[i].first_started,
                                           .new_instances = rows[i].new_instances };
        const struct label_group second = { .started_at_ns = rows[i].second_started,
                                            .new_instances = rows[i].new_instances };
        const struct route_member one = { &first, rows[i].first_scaled };
        const struct route_member two = { &second, rows[i].second_scaled };
        cr_assert_eq(route_groups_second_is_older(&one, &two), rows[i].second_is_older, "row %u",
                     i);
    }
}
