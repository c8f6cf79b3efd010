/*
 * tests/unit/names/test_controller.c
 *
 * Goal:   the controller answers what is true now, says that it does not know while its master does
 *         not lead, and lends its answerer for as long as it lives.
 * Method: the controller alone over a master's memory, behind a names port that keeps what it is
 *         given; a question is asked before and after each change.
 */
#include "platform/base/memory.h"
#include "platform/names/dns.h"
#include "tests/unit/names/names_bed.h"

extern const struct controller names_controller;

struct port_bed {
    struct env_names           port;
    struct env_names_answerer *answerer;
};

static void
port_bed_serve(struct env_names *port, struct env_names_answerer *answerer)
{
    container_of(port, struct port_bed, port)->answerer = answerer;
}

static const struct env_names_ops port_bed_ops = { .name = "bed", .serve = port_bed_serve };

struct controller_bed {
    struct names_bed names;
    struct port_bed  port;
    void            *state;
};

static void
controller_bed_open(struct controller_bed *bed)
{
    memset(bed, 0, sizeof *bed);
    names_bed_open(&bed->names);
    bed->port.port.ops = &port_bed_ops;
    bed->names.bed.env.names = &bed->port.port;
    bed->names.bed.cluster.leading = true;
    bed->state = memory_alloc_zero(1, names_controller.state_bytes);
    names_controller.open(&bed->names.bed.cluster, bed->state);
    cr_assert_not_null(bed->port.answerer);
}

static void
controller_bed_close(struct controller_bed *bed)
{
    names_controller.close(&bed->names.bed.cluster, bed->state);
    cr_assert_null(bed->port.answerer);
    memory_free(bed->state);
    names_bed_close(&bed->names);
}

/* How many addresses web-prod.marathon.mesos has; the answer's code times 1000 when it has one. */
static uint32_t
ask(struct controller_bed *bed)
{
    static const uint8_t question[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\x8web-prod\x8marathon\5mesos\0"
                                      "\0\1\0\1"; /* and a NUL that is not asked */
    static uint8_t answer[ENV_NAMES_PACKET_MAX];
    const struct env_names_query query = { .bytes = question, .len = sizeof question - 1 };
    const size_t len = bed->port.answerer->answer(bed->port.answerer, &query, answer);
    cr_assert(len >= 12);
    return (answer[3] & 15U) * 1000U + answer[7];
}

Test(names_controller, answers_what_is_true_after_each_step)
{
    struct controller_bed bed;
    controller_bed_open(&bed);
    cr_assert_eq(ask(&bed), 3);
    bed.names.tasks[1]->record.health = HEALTH_BAD;
    cr_assert_eq(ask(&bed), 3, "no step has ended since");
    names_controller.finish(&bed.names.bed.cluster, bed.state);
    cr_assert_eq(ask(&bed), 2);
    controller_bed_close(&bed);
}

Test(names_controller, looks_again_after_a_while_without_a_step)
{
    struct controller_bed bed;
    controller_bed_open(&bed);
    cr_assert_eq(ask(&bed), 3);
    bed.names.tasks[1]->record.health = HEALTH_BAD;
    test_world_run_until(bed.names.bed.world, SEC(2) - 1);
    cr_assert_eq(ask(&bed), 3);
    test_world_run_until(bed.names.bed.world, SEC(2));
    cr_assert_eq(ask(&bed), 2);
    controller_bed_close(&bed);
}

Test(names_controller, knows_nothing_while_its_master_does_not_lead)
{
    struct controller_bed bed;
    controller_bed_open(&bed);
    cr_assert_eq(ask(&bed), 3);
    bed.names.bed.cluster.leading = false;
    cr_assert_eq(ask(&bed), 2000, "SERVFAIL, and no addresses");
    bed.names.bed.cluster.leading = true;
    cr_assert_eq(ask(&bed), 3);
    controller_bed_close(&bed);
}

Test(names_controller, needs_no_names_port)
{
    struct names_bed names;
    names_bed_open(&names);
    void *state = memory_alloc_zero(1, names_controller.state_bytes);
    names_controller.open(&names.bed.cluster, state);
    names_controller.finish(&names.bed.cluster, state);
    names_controller.close(&names.bed.cluster, state);
    memory_free(state);
    names_bed_close(&names);
}
