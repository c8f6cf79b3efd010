/*
 * tests/peers/test_store.c
 *
 * Goal:   the fake store and SQLite keep the promises of platform/env/store.h.
 * Method: one body a promise, on both sides, with a small record of the tests' own.
 */
#include "tests/peers/peers.h"

#include <string.h>

#include "platform/base/memory.h"

struct note {
    uint64_t number;
    char word[16];
};

struct letter {
    uint32_t tail_len;
    char tail[];
};

static const struct record_field note_fields[] = {
    RECORD_FIELD(struct note, RECORD_U64, number),
    RECORD_STRING(struct note, word),
};

static const struct record_type note_type = {
    .name = "note",
    .id = 900,
    .bytes = sizeof(struct note),
    .fields = note_fields,
    .fields_count = COUNT_OF(note_fields),
    .tail_len_offset = RECORD_NO_TAIL,
};

static const struct record_type letter_type = {
    .name = "letter",
    .id = 901,
    .bytes = sizeof(struct letter),
    .tail_len_offset = offsetof(struct letter, tail_len),
};

static struct env_store_write
put(uint32_t table, uint64_t id, const struct note *note)
{
    return (struct env_store_write){.table = table, .id = id, .type = &note_type, .record = note};
}

static enum status
commit(struct peer *peer, struct env_store_commit *commit, const struct env_store_write *writes,
       uint32_t writes_count)
{
    commit->op.done = peer_done;
    commit->writes = writes;
    commit->writes_count = writes_count;
    env_store_commit(peer->env->store, commit);
    return peer_wait(peer, &commit->op);
}

struct rows {
    struct env_store_range range;
    uint32_t count;
    uint64_t ids[8];
    uint64_t revisions[8];
    uint64_t numbers[8];
};

static void
rows_row(struct env_store_range *range, uint64_t id, uint64_t revision, const void *record)
{
    struct rows *rows = container_of(range, struct rows, range);
    const struct note *note = record;
    if (rows->count < 8) {
        rows->ids[rows->count] = id;
        rows->revisions[rows->count] = revision;
        rows->numbers[rows->count] = note->number;
    }
    rows->count++;
}

static enum status
read_rows(struct peer *peer, uint32_t table, uint64_t first_id, uint64_t last_id, struct rows *rows)
{
    *rows = (struct rows){.range = {.op.done = peer_done,
                                    .table = table,
                                    .first_id = first_id,
                                    .last_id = last_id,
                                    .type = &note_type,
                                    .row = rows_row}};
    env_store_range(peer->env->store, &rows->range);
    return peer_wait(peer, &rows->range.op);
}

PEER_TEST(store, what_was_written_is_read_in_order_of_id)
{
    const struct note notes[3] = {{.number = 30}, {.number = 10}, {.number = 20}};
    const struct env_store_write writes[3] = {put(1, UINT64_MAX, &notes[0]), put(1, 1, &notes[1]),
                                              put(1, 2, &notes[2])};
    struct env_store_commit once = {0};
    struct rows rows;
    cr_assert(commit(peer, &once, writes, 3) == ST_OK);
    cr_assert(read_rows(peer, 1, 0, UINT64_MAX, &rows) == ST_OK);
    cr_assert(rows.count == 3);
    cr_assert(rows.numbers[0] == 10 && rows.numbers[1] == 20 && rows.numbers[2] == 30);
    cr_assert(rows.ids[2] == UINT64_MAX);
    cr_assert(rows.revisions[0] == once.ret_revision && rows.revisions[2] == once.ret_revision);
}

PEER_TEST(store, a_range_ends_where_it_says_and_in_its_table)
{
    const struct note note = {.number = 1};
    const struct env_store_write writes[4] = {put(1, 4, &note), put(1, 5, &note), put(1, 6, &note),
                                              put(2, 5, &note)};
    struct env_store_commit once = {0};
    struct rows rows;
    cr_assert(commit(peer, &once, writes, 4) == ST_OK);
    cr_assert(read_rows(peer, 1, 5, 5, &rows) == ST_OK);
    cr_assert(rows.count == 1 && rows.ids[0] == 5);
    cr_assert(read_rows(peer, 1, 7, 9, &rows) == ST_OK);
    cr_assert(rows.count == 0);
}

static void
letter_row(struct env_store_range *range, uint64_t id, uint64_t revision, const void *record)
{
    struct rows *rows = container_of(range, struct rows, range);
    const struct letter *letter = record;
    (void)revision;
    rows->ids[0] = id;
    rows->count += letter->tail_len == 5 && memcmp(letter->tail, "hello", 5) == 0 ? 1 : 0;
}

PEER_TEST(store, a_tail_comes_back)
{
    struct letter *letter = memory_alloc_zero(1, sizeof *letter + 5);
    struct env_store_commit once = {0};
    letter->tail_len = 5;
    memcpy(letter->tail, "hello", 5);
    const struct env_store_write write = {
        .table = 1, .id = 1, .type = &letter_type, .record = letter};
    once.op.done = peer_done;
    once.writes = &write;
    once.writes_count = 1;
    env_store_commit(peer->env->store, &once);
    memset(letter->tail, 'x', 5); /* it was copied at the call */
    cr_assert(peer_wait(peer, &once.op) == ST_OK);
    struct rows rows = {.range = {.op.done = peer_done,
                                  .table = 1,
                                  .last_id = 9,
                                  .type = &letter_type,
                                  .row = letter_row}};
    env_store_range(peer->env->store, &rows.range);
    cr_assert(peer_wait(peer, &rows.range.op) == ST_OK);
    cr_assert(rows.count == 1 && rows.ids[0] == 1);
    memory_free(letter);
}

PEER_TEST(store, revisions_count_up_by_one)
{
    const struct note note = {.number = 1};
    const struct env_store_write write = put(1, 1, &note);
    struct env_store_commit first = {0};
    struct env_store_commit second = {0};
    cr_assert(commit(peer, &first, &write, 1) == ST_OK);
    cr_assert(commit(peer, &second, &write, 1) == ST_OK);
    cr_assert(first.ret_revision == 1);
    cr_assert(second.ret_revision == 2);
}

PEER_TEST(store, a_compare_that_fails_writes_nothing)
{
    const struct note note = {.number = 1};
    const struct note newer = {.number = 2};
    const struct env_store_write write = put(1, 1, &note);
    const struct env_store_write writes[2] = {put(1, 1, &newer), put(1, 2, &newer)};
    struct env_store_commit absent = {.compares = true, .compare_table = 1, .compare_id = 1};
    struct env_store_commit again = absent;
    struct rows rows;
    cr_assert(commit(peer, &absent, &write, 1) == ST_OK);
    cr_assert(commit(peer, &again, writes, 2) == ST_CONFLICT);
    cr_assert(read_rows(peer, 1, 0, 9, &rows) == ST_OK);
    cr_assert(rows.count == 1 && rows.numbers[0] == 1);

    struct env_store_commit right = {.compares = true,
                                     .compare_table = 1,
                                     .compare_id = 1,
                                     .compare_revision = absent.ret_revision};
    cr_assert(commit(peer, &right, writes, 2) == ST_OK);
    cr_assert(right.ret_revision == absent.ret_revision + 1, "a conflict is no revision");
}

PEER_TEST(store, a_deleted_record_is_gone)
{
    const struct note note = {.number = 1};
    const struct env_store_write write = put(1, 1, &note);
    const struct env_store_write gone = {.table = 1, .id = 1};
    struct env_store_commit first = {0};
    struct env_store_commit second = {0};
    struct env_store_commit third = {0};
    struct rows rows;
    cr_assert(commit(peer, &first, &write, 1) == ST_OK);
    cr_assert(commit(peer, &second, &gone, 1) == ST_OK);
    cr_assert(commit(peer, &third, &gone, 1) == ST_OK, "what is absent may be deleted");
    cr_assert(read_rows(peer, 1, 0, 9, &rows) == ST_OK);
    cr_assert(rows.count == 0);
}

PEER_TEST(store, another_type_than_expected_is_invalid)
{
    const struct letter letter = {0};
    const struct env_store_write write = {
        .table = 1, .id = 1, .type = &letter_type, .record = &letter};
    struct env_store_commit once = {0};
    struct rows rows;
    cr_assert(commit(peer, &once, &write, 1) == ST_OK);
    cr_assert(read_rows(peer, 1, 0, 9, &rows) == ST_INVALID);
}

PEER_TEST(store, transactions_commit_in_the_order_of_their_calls)
{
    enum { COUNT = 20 };
    struct note notes[COUNT] = {0};
    struct env_store_commit commits[COUNT] = {0};
    struct rows rows;
    for (uint32_t i = 0; i < COUNT; i++) {
        notes[i].number = i;
        const struct env_store_write write = put(1, 1, &notes[i]);
        commits[i].op.done = peer_done;
        commits[i].writes = &write;
        commits[i].writes_count = 1;
        env_store_commit(peer->env->store, &commits[i]);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        cr_assert(peer_wait(peer, &commits[i].op) == ST_OK);
        cr_assert(commits[i].ret_revision == i + 1);
    }
    cr_assert(read_rows(peer, 1, 1, 1, &rows) == ST_OK);
    cr_assert(rows.numbers[0] == COUNT - 1);
}

PEER_TEST(store, a_transaction_that_fails_takes_those_called_meanwhile_with_it)
{
    const struct note note = {.number = 1};
    const struct env_store_write writes[3] = {put(1, 1, &note), put(1, 2, &note), put(1, 3, &note)};
    struct env_store_commit commits[3] = {0};
    struct rows rows;
    for (uint32_t i = 0; i < 3; i++) {
        commits[i].op.done = peer_done;
        commits[i].writes = &writes[i];
        commits[i].writes_count = 1;
    }
    commits[0].compares = true; /* with a record that is not there */
    commits[0].compare_table = 1;
    commits[0].compare_id = 9;
    commits[0].compare_revision = 9;
    for (uint32_t i = 0; i < 2; i++) {
        env_store_commit(peer->env->store, &commits[i]);
    }
    cr_assert(peer_wait(peer, &commits[0].op) == ST_CONFLICT);
    env_store_commit(peer->env->store, &commits[2]); /* knows of the failure */
    cr_assert(peer_wait(peer, &commits[1].op) == ST_UNAVAILABLE);
    cr_assert(peer_wait(peer, &commits[2].op) == ST_OK);
    cr_assert(read_rows(peer, 1, 0, 9, &rows) == ST_OK);
    cr_assert(rows.count == 1 && rows.ids[0] == 3);
}

PEER_TEST(store, what_was_acknowledged_survives_the_process)
{
    const struct note note = {.number = 7};
    const struct env_store_write write = put(1, 1, &note);
    struct env_store_commit once = {0};
    struct env_store_commit later = {0};
    struct rows rows;
    cr_assert(commit(peer, &once, &write, 1) == ST_OK);
    peer_restart(peer);
    cr_assert(read_rows(peer, 1, 0, 9, &rows) == ST_OK);
    cr_assert(rows.count == 1 && rows.numbers[0] == 7);
    cr_assert(commit(peer, &later, &write, 1) == ST_OK);
    cr_assert(later.ret_revision == 2, "revisions go on");
}

/* Written or not, but whole, and answered to nobody. */
PEER_TEST(store, a_dead_process_is_answered_nothing)
{
    const struct note note = {.number = 7};
    const struct env_store_write writes[2] = {put(1, 1, &note), put(1, 2, &note)};
    struct env_store_commit lost = {.op.done = peer_done, .writes = writes, .writes_count = 2};
    struct rows rows;
    env_store_commit(peer->env->store, &lost);
    peer_restart(peer);
    cr_assert(read_rows(peer, 1, 0, 9, &rows) == ST_OK);
    cr_assert(rows.count == 0 || rows.count == 2);
    cr_assert(env_op_is_pending(&lost.op));
}

PEER_TEST(store, the_largest_transaction_fits)
{
    struct note *notes = memory_alloc_zero(ENV_STORE_WRITES_MAX, sizeof *notes);
    struct env_store_write *writes = memory_alloc_zero(ENV_STORE_WRITES_MAX, sizeof *writes);
    struct env_store_commit once = {0};
    struct rows rows;
    for (uint32_t i = 0; i < ENV_STORE_WRITES_MAX; i++) {
        writes[i] = put(1, i, &notes[i]);
    }
    cr_assert(commit(peer, &once, writes, ENV_STORE_WRITES_MAX) == ST_OK);
    cr_assert(read_rows(peer, 1, 0, UINT64_MAX, &rows) == ST_OK);
    cr_assert(rows.count == ENV_STORE_WRITES_MAX);
    memory_free(notes);
    memory_free(writes);
}
