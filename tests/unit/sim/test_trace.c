/*
 * tests/unit/sim/test_trace.c
 *
 * Goal:   the hash of a trace covers every field of every line and nothing else, and the file gives
 *         back what was written; damaged files are refused with a sentence.
 * Method: traces written into memory by a fixture, changed in one place, read back; a file is cut
 *         at every length and has every byte flipped.
 */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "platform/base/memory.h"
#include "platform/base/rng.h"
#include "tests/unit/sim/trace_story.h"

static uint64_t
hash_of_line(int64_t at_ns, uint32_t process, const char *what, uint64_t a, uint64_t b, uint64_t c,
             const char *text)
{
    struct trace *trace = trace_open(NULL, &trace_story_header);
    trace_line(trace, at_ns, process, what, a, b, c, text);
    const uint64_t hash = trace_hash(trace);
    trace_close(trace);
    return hash;
}

Test(trace, hashes_every_field_of_a_line)
{
    const uint64_t hash = hash_of_line(5, 1, "task", 2, 3, 4, "why");
    cr_assert_eq(hash, hash_of_line(5, 1, "task", 2, 3, 4, "why"));
    cr_assert_neq(hash, hash_of_line(6, 1, "task", 2, 3, 4, "why"));
    cr_assert_neq(hash, hash_of_line(5, 2, "task", 2, 3, 4, "why"));
    cr_assert_neq(hash, hash_of_line(5, 1, "task", 3, 2, 4, "why"), "a and b changed places");
    cr_assert_neq(hash, hash_of_line(5, 1, "task", 2, 4, 3, "why"), "b and c changed places");
    cr_assert_neq(hash, hash_of_line(5, 1, "task", 4, 3, 2, "why"), "a and c changed places");
    cr_assert_neq(hash, hash_of_line(5, 1, "task", 2, 3, 4, "why not"));
    cr_assert_eq(hash_of_line(5, 1, "task", 2, 3, 4, NULL),
                 hash_of_line(5, 1, "task", 2, 3, 4, ""));
}

/* Words are numbered, so a word shows in the hash when it is another one than before. */
Test(trace, hashes_the_words_by_their_order_of_appearance)
{
    uint64_t hashes[2] = { 0 };
    for (uint32_t i = 0; i < 2; i++) {
        struct trace *trace = trace_open(NULL, &trace_story_header);
        trace_line(trace, 1, 0, "store.put", 0, 0, 0, NULL);
        trace_line(trace, 1, 0, i == 0 ? "store.put" : "store.get", 0, 0, 0, NULL);
        hashes[i] = trace_hash(trace);
        trace_close(trace);
    }
    cr_assert_neq(hashes[0], hashes[1]);
}

/* Two copies of one word at two addresses are one word. */
Test(trace, does_not_care_where_a_word_lies)
{
    static const char copies[2][8] = { "task", "task" };
    uint64_t hashes[2] = { 0 };
    for (uint32_t i = 0; i < 2; i++) {
        struct trace *trace = trace_open(NULL, &trace_story_header);
        trace_line(trace, 1, 0, copies[0], 0, 0, 0, NULL);
        trace_line(trace, 1, 0, "node", 0, 0, 0, NULL);
        trace_line(trace, 1, 0, copies[i], 0, 0, 0, NULL);
        hashes[i] = trace_hash(trace);
        trace_close(trace);
    }
    cr_assert_eq(hashes[0], hashes[1]);
}

/* The writer remembers literals by their address: these two meet in one place of its memory. */
Test(trace, tells_words_apart_wherever_they_lie)
{
    static char words[4096 + 8];
    uint64_t hashes[2] = { 0 };
    memcpy(words, "task", sizeof "task");
    memcpy(words + 4096, "node", sizeof "node");
    for (uint32_t i = 0; i < 2; i++) {
        struct trace *trace = trace_open(NULL, &trace_story_header);
        trace_line(trace, 1, 0, words, 0, 0, 0, NULL);
        trace_line(trace, 1, 0, words + 4096 * i, 0, 0, 0, NULL);
        hashes[i] = trace_hash(trace);
        trace_close(trace);
    }
    cr_assert_neq(hashes[0], hashes[1]);
}

Test(trace, hashes_the_order_of_lines)
{
    uint64_t hashes[2] = { 0 };
    for (uint64_t i = 0; i < 2; i++) {
        struct trace *trace = trace_open(NULL, &trace_story_header);
        trace_line(trace, 1, 0, "task", i, 0, 0, NULL);
        trace_line(trace, 1, 0, "task", 1 - i, 0, 0, NULL);
        hashes[i] = trace_hash(trace);
        trace_close(trace);
    }
    cr_assert_neq(hashes[0], hashes[1]);
}

Test(trace, hashes_the_requests_before_and_after_a_checkpoint)
{
    const struct trace_story few[2] = { { .lines_count = 10, .requests_hash = 1 },
                                        { .lines_count = 10, .requests_hash = 2 } };
    cr_assert_neq(trace_story_tell(few[0], NULL), trace_story_tell(few[1], NULL));
    const struct trace_story many[2] = { { .lines_count = 100000, .requests_hash = 1 },
                                         { .lines_count = 100000, .requests_hash = 2 } };
    cr_assert_neq(trace_story_tell(many[0], NULL), trace_story_tell(many[1], NULL));
}

Test(trace, has_the_same_hash_with_and_without_a_file)
{
    for (uint64_t count = 0; count <= 200000; count = count * 10 + 1) {
        struct trace_story_io file = trace_story_io();
        const struct trace_story story = { .lines_count = count, .requests_hash = 3 };
        cr_assert_eq(trace_story_tell(story, &file.io), trace_story_tell(story, NULL));
        strbuf_fini(&file.bytes);
    }
}

Test(trace, gives_back_its_header)
{
    struct trace_story_io file = trace_story_io();
    struct arena arena = { 0 };
    struct trace_file read = { 0 };
    trace_story_tell((struct trace_story){ .lines_count = 3 }, &file.io);
    cr_assert_eq(trace_file_open(&read, file.bytes.text, file.bytes.len, &arena, NULL), ST_OK);
    cr_assert_str_eq(read.header.file, trace_story_header.file);
    cr_assert_eq(read.header.seed, 7);
    cr_assert_eq(read.header.start_at_ns, trace_story_header.start_at_ns);
    cr_assert_eq(read.header.sets_count, 2);
    cr_assert_str_eq(read.header.sets[0], trace_story_sets[0]);
    cr_assert_str_eq(read.header.sets[1], trace_story_sets[1]);
    trace_file_fini(&read);
    arena_fini(&arena);
    strbuf_fini(&file.bytes);
}

/* 200,000 lines: several parts, and two checkpoints, each a line of its own. */
Test(trace, gives_back_every_line)
{
    struct trace_story_io file = trace_story_io();
    struct arena arena = { 0 };
    struct trace_file read = { 0 };
    const uint64_t hash = trace_story_tell((struct trace_story){ .lines_count = 200000 }, &file.io);
    cr_assert_eq(trace_file_open(&read, file.bytes.text, file.bytes.len, &arena, NULL), ST_OK);
    cr_assert_eq(read.hash, hash);
    cr_assert_gt(read.parts.count, 3);
    uint64_t told = 0;
    uint64_t number = 0;
    for (uint32_t part = 0; part < read.parts.count; part++) {
        struct trace_entry *entries = NULL;
        uint32_t count = 0;
        cr_assert_eq(trace_file_read(&read, part, &arena, &entries, &count, NULL), ST_OK);
        for (uint32_t i = 0; i < count; i++) {
            number++;
            cr_assert_eq(entries[i].number, number);
            if (strcmp(entries[i].what, "trace.requests") == 0) {
                continue;
            }
            told++;
            cr_assert_eq(entries[i].at_ns, trace_story_header.start_at_ns + MS(10) * (int64_t)told);
            cr_assert_eq(entries[i].process, told % 5);
            cr_assert_eq(entries[i].a, told * UINT64_C(0x9E3779B97F4A7C15));
            cr_assert_eq(entries[i].c, told);
            cr_assert_str_eq(entries[i].text, told % 3 == 0 ? "launched by deployment web/2" : "");
        }
    }
    cr_assert_eq(told, 200000);
    cr_assert_eq(number, read.lines);
    cr_assert_eq(number, 200000 + 3, "a checkpoint each 65,536 lines");
    trace_file_fini(&read);
    arena_fini(&arena);
    strbuf_fini(&file.bytes);
}

/* Whatever the bytes: an answer and, when it is no, a sentence. */
static enum status
read_all(const void *bytes, size_t len)
{
    struct arena arena = { 0 };
    struct trace_file read = { 0 };
    struct error err = { .text = "" };
    enum status status = trace_file_open(&read, bytes, len, &arena, &err);
    for (uint32_t part = 0; status == ST_OK && part < read.parts.count; part++) {
        struct trace_entry *entries = NULL;
        uint32_t count = 0;
        status = trace_file_read(&read, part, &arena, &entries, &count, &err);
    }
    cr_assert(status == ST_OK || (status == ST_INVALID && strlen(err.text) > 10));
    trace_file_fini(&read);
    arena_fini(&arena);
    return status;
}

Test(trace, refuses_a_file_cut_anywhere, .timeout = 60)
{
    struct trace_story_io file = trace_story_io();
    trace_story_tell((struct trace_story){ .lines_count = 50 }, &file.io);
    cr_assert_eq(read_all(file.bytes.text, file.bytes.len), ST_OK);
    for (size_t len = 0; len < file.bytes.len; len++) {
        char *exact = memory_alloc(len); /* no byte more, so that an overrun shows */
        memcpy(exact, file.bytes.text, len);
        cr_assert_eq(read_all(exact, len), ST_INVALID, "cut at %zu", len);
        memory_free(exact);
    }
    strbuf_fini(&file.bytes);
}

/*
 * Every line read is checked by the hash, so what is accepted all the same (lz4 can say the same
 * bytes in two ways) says what was written.
 */
Test(trace, never_misreads_a_flipped_bit, .timeout = 60)
{
    struct trace_story_io file = trace_story_io();
    trace_story_tell((struct trace_story){ .lines_count = 50 }, &file.io);
    uint32_t accepted = 0;
    for (size_t at = 0; at < file.bytes.len; at++) {
        for (uint32_t bit = 0; bit < 8; bit++) {
            file.bytes.text[at] ^= (char)(1u << bit);
            accepted += read_all(file.bytes.text, file.bytes.len) == ST_OK ? 1 : 0;
            file.bytes.text[at] ^= (char)(1u << bit);
        }
    }
    cr_assert_leq(accepted, 8);
    strbuf_fini(&file.bytes);
}

Test(trace, survives_noise, .timeout = 60)
{
    struct rng rng;
    rng_init(&rng, 1, 0, "noise");
    for (uint32_t i = 0; i < 2000; i++) {
        uint8_t noise[300];
        for (size_t at = 0; at < sizeof noise; at++) {
            noise[at] = (uint8_t)rng_u64(&rng);
        }
        cr_assert_eq(read_all(noise, rng_below(&rng, sizeof noise)), ST_INVALID);
    }
}
