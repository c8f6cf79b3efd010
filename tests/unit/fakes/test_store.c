/*
 * tests/unit/fakes/test_store.c
 *
 * Goal:   what the modelled store acknowledged survives every crash; what it did not is written as
 *         a prefix of what was submitted, or not at all.
 * Method: transactions of numbered records, crashes at drawn instants over many seeds, and a plain
 *         array as the model of what must be there.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/store/store.h"
#include "tests/unit/fakes/test_world.h"

#define REPLAY "seed %llu", (unsigned long long)seed

struct note {
    uint64_t number;
    char     text[24];
};

static const struct record_field note_fields[] = { RECORD_FIELD(struct note, RECORD_U64, number),
                                                   RECORD_STRING(struct note, text) };
static const struct record_type note_type = { .name = "note", .id = 900,
                                              .bytes = sizeof(struct note),
                                              .fields = note_fields, .fields_count = 2,
                                              .tail_len_offset = RECORD_NO_TAIL };
static const struct record_type other_type = { .name = "other", .id = 901,
                                               .bytes = sizeof(struct note),
                                               .fields = note_fields, .fields_count = 2,
                                               .tail_len_offset = RECORD_NO_TAIL };

enum { TABLE = 3, PENDING_MAX = 64 };

struct pending {
    struct env_store_commit commit;
    uint64_t                number;
    bool                    done;
    enum status             status;
};

static struct world *world;
static struct fake_store *store;
static struct fake_store_port port;
static struct world_process *process;
static struct pending pending[PENDING_MAX];
static uint32_t acked_order; /* the number that was acknowledged last */

static void
bed_open(uint64_t seed, const struct fake_store_options *options)
{
    static const struct fake_store_options none = { 0 };
    world = test_world_open(seed);
    store = fake_store_open(world, options != NULL ? options : &none);
    process = test_world_process(world, env_address_of(ENV_PROCESS_MASTER, 0), 0);
    fake_store_port_init(&port, store, process);
    memset(pending, 0, sizeof pending);
    acked_order = 0;
}

static void
bed_close(void)
{
    fake_store_close(store);
    test_world_close(world);
}

static void
commit_done(struct env_op *op)
{
    struct pending *one = container_of(op, struct pending, commit.op);
    one->done = true;
    one->status = op->status;
    cr_assert_gt(one->number, acked_order, "answers come in the order of the calls");
    acked_order = (uint32_t)one->number;
}

static void
submit(struct pending *one, const struct env_store_write *writes, uint32_t writes_count)
{
    one->done = false;
    one->commit.op.done = commit_done;
    one->commit.writes = writes;
    one->commit.writes_count = writes_count;
    env_store_commit(&port.port, &one->commit);
    one->commit.writes = NULL;
    cr_assert_not(one->done, "never before the call returns");
}

static void
put(uint32_t slot, uint64_t id, uint64_t number)
{
    struct note note = { .number = number, .text = "note" };
    const struct env_store_write write = { .table = TABLE, .id = id, .type = &note_type,
                                           .record = &note };
    pending[slot] = (struct pending){ .number = number };
    submit(&pending[slot], &write, 1);
    note.number = 0; /* it was copied at the call */
}

/* --- reading --- */

struct reading {
    struct env_store_range range;
    uint64_t               ids[256];
    uint64_t               numbers[256];
    uint64_t               revisions[256];
    uint32_t               count;
    bool                   done;
};

static void
range_row(struct env_store_range *range, uint64_t id, uint64_t revision, const void *record)
{
    struct reading *reading = container_of(range, struct reading, range);
    const struct note *note = record;
    cr_assert_lt(reading->count, 256);
    reading->ids[reading->count] = id;
    reading->numbers[reading->count] = note->number;
    reading->revisions[reading->count] = revision;
    reading->count++;
}

static void
range_done(struct env_op *op)
{
    container_of(op, struct reading, range.op)->done = true;
}

static enum status
read_all(struct reading *reading, uint64_t first_id, uint64_t last_id,
         const struct record_type *type)
{
    memset(reading, 0, sizeof *reading);
    reading->range = (struct env_store_range){ .op.done = range_done, .table = TABLE,
                                               .first_id = first_id, .last_id = last_id,
                                               .type = type, .row = range_row };
    env_store_range(&port.port, &reading->range);
    while (!reading->done) {
        cr_assert(test_world_step(world));
    }
    return reading->range.op.status;
}

static struct reading reading;

Test(store, reads_what_was_written_in_order_of_id)
{
    bed_open(1, NULL);
    static const uint64_t ids[] = { 5, 1, 9, 3, 7 };
    for (uint32_t i = 0; i < COUNT_OF(ids); i++) {
        put(i, ids[i], i + 1);
    }
    test_world_run(world, 100);
    cr_assert_eq(read_all(&reading, 2, 8, &note_type), ST_OK);
    cr_assert_eq(reading.count, 3);
    cr_assert_eq(reading.ids[0], 3);
    cr_assert_eq(reading.ids[1], 5);
    cr_assert_eq(reading.ids[2], 7);
    cr_assert_eq(reading.numbers[1], 1);
    cr_assert_eq(reading.revisions[1], 1, "revisions count transactions");
    cr_assert_eq(reading.revisions[2], 5);
    cr_assert_eq(fake_store_count(store, TABLE), 5);
    bed_close();
}

Test(store, writes_all_of_a_transaction_or_nothing)
{
    bed_open(1, NULL);
    put(0, 1, 1);
    test_world_run(world, 10);
    const struct note note = { .number = 2 };
    const struct env_store_write writes[] = {
        { .table = TABLE, .id = 1, .type = &note_type, .record = NULL },
        { .table = TABLE, .id = 2, .type = &note_type, .record = &note },
    };
    pending[1] = (struct pending){ .number = 2 };
    pending[1].commit.compares = true;
    pending[1].commit.compare_table = TABLE;
    pending[1].commit.compare_id = 1;
    pending[1].commit.compare_revision = 77;
    submit(&pending[1], writes, 2);
    test_world_run(world, 10);
    cr_assert_eq(pending[1].status, ST_CONFLICT);
    cr_assert_eq(fake_store_count(store, TABLE), 1);
    pending[2] = (struct pending){ .number = 3 };
    pending[2].commit.compares = true;
    pending[2].commit.compare_table = TABLE;
    pending[2].commit.compare_id = 1;
    pending[2].commit.compare_revision = pending[0].commit.ret_revision;
    submit(&pending[2], writes, 2);
    test_world_run(world, 10);
    cr_assert_eq(pending[2].status, ST_OK);
    cr_assert_eq(read_all(&reading, 0, UINT64_MAX, &note_type), ST_OK);
    cr_assert_eq(reading.count, 1);
    cr_assert_eq(reading.ids[0], 2);
    bed_close();
}

Test(store, refuses_records_of_another_type)
{
    bed_open(1, NULL);
    put(0, 1, 1);
    test_world_run(world, 10);
    cr_assert_eq(read_all(&reading, 0, 10, &other_type), ST_INVALID);
    bed_close();
}

Test(store, keeps_what_was_acknowledged_and_a_prefix_of_the_rest)
{
    uint32_t partly = 0;
    for (uint64_t seed = 1; seed <= 500; seed++) {
        struct rng rng;
        rng_init(&rng, seed, 0, "test");
        bed_open(seed, NULL);
        uint32_t count = 0;
        for (; count < PENDING_MAX && rng_below(&rng, 20) > 0; count++) {
            put(count, 1 + count, 1 + count);
            test_world_run_until(world, world_now(world) + rng_between(&rng, 0, MS(1)));
        }
        test_world_process_die(world, process);
        fake_store_crash(store);
        uint32_t acked = 0;
        while (acked < count && pending[acked].done) {
            cr_assert_eq(pending[acked].status, ST_OK, REPLAY);
            acked++;
        }
        process = test_world_process(world, env_address_of(ENV_PROCESS_MASTER, 0), 0);
        fake_store_port_init(&port, store, process);
        cr_assert_eq(read_all(&reading, 0, UINT64_MAX, &note_type), ST_OK, REPLAY);
        cr_assert_geq(reading.count, acked, REPLAY);
        cr_assert_leq(reading.count, count, REPLAY);
        for (uint32_t i = 0; i < reading.count; i++) {
            cr_assert_eq(reading.ids[i], i + 1, REPLAY); /* no gap: a prefix */
        }
        partly += reading.count > acked && reading.count < count ? 1 : 0;
        test_world_run(world, 1000);
        cr_assert_eq(fake_store_count(store, TABLE), reading.count, REPLAY);
        bed_close();
    }
    cr_assert_gt(partly, 10, "the seeds must reach the case in between");
}

Test(store, is_the_same_through_the_encoding)
{
    bed_open(1, NULL);
    world->wire_encoded = true;
    put(0, 1, 41);
    test_world_run(world, 10);
    cr_assert_eq(read_all(&reading, 0, 10, &note_type), ST_OK);
    cr_assert_eq(reading.count, 1);
    cr_assert_eq(reading.numbers[0], 41);
    bed_close();
}

Test(store, agrees_with_an_array_over_random_writes_and_deletes)
{
    enum { IDS = 200 };
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t model[IDS] = { 0 };
        struct rng rng;
        rng_init(&rng, seed, 0, "test");
        bed_open(seed, NULL);
        for (uint64_t number = 1; number <= 3000; number++) {
            const uint64_t id = rng_below(&rng, IDS);
            const struct note note = { .number = number };
            const bool deletes = rng_below(&rng, 3) == 0;
            const struct env_store_write write = { .table = TABLE, .id = id, .type = &note_type,
                                                   .record = deletes ? NULL : &note };
            pending[0] = (struct pending){ .number = number };
            submit(&pending[0], &write, 1);
            test_world_run(world, 10);
            cr_assert_eq(pending[0].status, ST_OK, REPLAY);
            model[id] = deletes ? 0 : number;
        }
        cr_assert_eq(read_all(&reading, 0, UINT64_MAX, &note_type), ST_OK, REPLAY);
        uint32_t at = 0;
        for (uint64_t id = 0; id < IDS; id++) {
            if (model[id] != 0) {
                cr_assert_eq(reading.ids[at], id, REPLAY);
                cr_assert_eq(reading.numbers[at], model[id], REPLAY);
                at++;
            }
        }
        cr_assert_eq(at, reading.count, REPLAY);
        bed_close();
    }
}

Test(store, fails_the_nth_commit_without_writing_and_loses_answers_of_what_it_wrote)
{
    static const struct fake_store_options second = { .commit_fail_nth = 2 };
    bed_open(1, &second);
    put(0, 1, 1);
    test_world_run(world, 10);
    put(1, 2, 2);
    test_world_run(world, 10);
    cr_assert_eq(pending[1].status, ST_UNAVAILABLE);
    cr_assert_eq(fake_store_count(store, TABLE), 1);
    bed_close();

    static const struct fake_store_options lost = { .commit_lost_ppm = PPM };
    bed_open(1, &lost);
    put(0, 1, 1);
    test_world_run(world, 10);
    cr_assert_eq(pending[0].status, ST_TIMEOUT);
    cr_assert_eq(fake_store_count(store, TABLE), 1);
    bed_close();
}
