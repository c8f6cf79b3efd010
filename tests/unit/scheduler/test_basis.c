/*
 * tests/unit/scheduler/test_basis.c
 *
 * Goal:   typical shapes are those of the configuration, or else what the apps' instances ask for,
 *         counted anew when there are an eighth more or fewer of them, and at most once in a step.
 * Method: apps that grow and shrink; the version of the shapes tells when they were counted.
 */
#include "platform/scheduler/basis.h"
#include "tests/unit/model/cluster_bed.h"

#define PLAIN "{\"id\":\"/plain\",\"cmd\":\"x\",\"cpus\":1,\"mem\":32,\"instances\":20}"

static const struct fgd *
asked(struct basis *basis, struct cluster_bed *bed)
{
    struct place_request request = { 0 };
    basis_give(basis, &bed->cluster, &request);
    return request.fgd;
}

Test(basis, shapes_of_the_apps_are_counted_anew_when_many_changed)
{
    struct cluster_bed bed;
    struct basis basis = { 0 };
    cluster_bed_open(&bed, 1);
    bed.config.policy = SCHEDULER_FGD;
    struct cluster_app *whole = cluster_bed_app(
        &bed, "/whole",
        "{\"id\":\"/whole\",\"cmd\":\"x\",\"cpus\":4,\"mem\":32,\"gpus\":2,\"instances\":60}");
    (void)cluster_bed_app(&bed, "/plain", PLAIN);
    const struct fgd *fgd = asked(&basis, &bed);
    cr_assert_not_null(fgd);
    cr_expect(eq(u32, fgd->version, 1));
    cr_expect(eq(i64, fgd->weight_all, 80));
    cr_expect(eq(i64, fgd->weight_without, 20));
    cr_expect(eq(i32, fgd->shapes, 1));
    cr_expect(eq(i32, fgd->cpu_milli[0], 4000));
    cr_expect(eq(i16, fgd->gpus[0], 2));
    whole->record.instances = 70; /* exactly an eighth more than 80 in all */
    basis_step_ended(&basis);
    cr_expect(eq(u32, asked(&basis, &bed)->version, 1));
    whole->record.instances = 71;
    cr_expect(eq(u32, asked(&basis, &bed)->version, 1), "the same step");
    basis_step_ended(&basis);
    cr_expect(eq(u32, asked(&basis, &bed)->version, 2));
    cr_expect(eq(i64, fgd->weight_all, 91));
    whole->record.instances = 0;
    basis_step_ended(&basis);
    cr_expect(eq(u32, asked(&basis, &bed)->version, 3));
    cr_expect(eq(i32, fgd->shapes, 0));
    basis_fini(&basis);
    cluster_bed_close(&bed);
}

Test(basis, shapes_of_the_configuration_stay)
{
    static const struct scheduler_shape typical[] = { { .gpu_milli = 300, .weight = 7 } };
    struct cluster_bed bed;
    struct basis basis = { 0 };
    cluster_bed_open(&bed, 1);
    bed.config.policy = SCHEDULER_FGD;
    bed.config.typical = typical;
    bed.config.typical_count = 1;
    (void)cluster_bed_app(&bed, "/plain", PLAIN);
    for (uint32_t step = 0; step < 3; step++) {
        const struct fgd *fgd = asked(&basis, &bed);
        cr_expect(eq(u32, fgd->version, 1));
        cr_expect(eq(i64, fgd->weight_all, 7));
        cr_expect(eq(i16, fgd->gpu_milli[0], 300));
        basis_step_ended(&basis);
    }
    basis_fini(&basis);
    cluster_bed_close(&bed);
}

Test(basis, other_policies_need_none)
{
    struct cluster_bed bed;
    struct basis basis = { 0 };
    cluster_bed_open(&bed, 1);
    cr_expect(eq(ptr, (void *)(uintptr_t)asked(&basis, &bed), NULL));
    basis_fini(&basis);
    cluster_bed_close(&bed);
}
