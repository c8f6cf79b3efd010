/*
 * tests/unit/model/test_capacity.c
 *
 * Goal:   the cluster's capacity is the sum of the machines that are ready, also when one falls
 *         silent, comes back, or comes back as another machine.
 * Method: nodes that change their states, and the sum after each.
 */
#include "tests/unit/model/cluster_bed.h"

static void
expect_capacity(const struct cluster_bed *bed, int64_t cpu_milli, int64_t mib)
{
    cr_expect(eq(i64, bed->cluster.capacity.of[AMOUNT_CPU], cpu_milli));
    cr_expect(eq(i64, bed->cluster.capacity.of[AMOUNT_MEMORY], MIB(mib)));
}

Test(capacity, is_the_sum_of_the_machines_that_are_ready)
{
    struct cluster_bed bed;
    cluster_bed_open(&bed, 1);
    expect_capacity(&bed, 0, 0);
    struct cluster_node *one = cluster_bed_node(&bed, 0, 4000, MIB(100), 31000, 32000);
    struct cluster_node *two = cluster_bed_node(&bed, 1, 2000, MIB(50), 31000, 32000);
    expect_capacity(&bed, 6000, 150);
    cluster_node_refresh(one);
    expect_capacity(&bed, 6000, 150);
    cluster_node_state(two, NODE_UNREACHABLE, "");
    cluster_node_refresh(two);
    expect_capacity(&bed, 4000, 100);
    cluster_node_state(two, NODE_READY, "");
    expect_capacity(&bed, 6000, 150);
    cluster_node_uncount(one);
    one->spec.cpu_milli = 1000;
    one->spec.gpus = 2;
    cluster_node_refresh(one);
    expect_capacity(&bed, 3000, 150);
    cr_expect(eq(i64, bed.cluster.capacity.of[AMOUNT_GPU], 2 * NODE_GPU_MILLI));
    cluster_bed_close(&bed);
}
