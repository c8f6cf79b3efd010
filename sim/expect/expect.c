/* sim/expect/expect.c - every kind of expectation, and the walk over those of a run. */
#include <stdarg.h>
#include <stdio.h>

#include "sim/run_private.h"

#define EXPECT(name) extern const struct expectation_kind expectation_##name;
#include "sim/expect/expect.def"
#undef EXPECT

const struct expectation_kind *const expectation_kinds[] = {
#define EXPECT(name) &expectation_##name,
#include "sim/expect/expect.def"
#undef EXPECT
    NULL
};

void
expect_start(struct run *run)
{
    for (uint32_t i = 0; i < run->scenario->expects_count; i++) {
        const struct scenario_expect *expect = &run->scenario->expects[i];
        struct run_check             *check = vec_push(&run->checks);
        *check = (struct run_check){
            .expect = expect,
            .state = arena_alloc_zero(run->arena, expect->kind->state_bytes + 1),
            .result = { .id = expect->id,
                        .about = expect->about,
                        .kind = expect->kind->key,
                        .outcome = OUTCOME_PASSED,
                        .at_ns = -1,
                        .detail = "" },
        };
        run->watching += expect->kind->watch != NULL ? 1 : 0;
    }
}

void
run_decide(struct run *run, const struct scenario_expect *expect, enum outcome outcome,
           const char *format, ...)
{
    ASSERT(expect >= run->scenario->expects);
    struct run_check *check = vec_at(&run->checks, (uint32_t)(expect - run->scenario->expects));
    if (check->decided) {
        return;
    }
    char    text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    check->decided = true;
    check->result.outcome = outcome;
    check->result.at_ns = run_at_ns(run);
    check->result.detail = arena_strdup(run->arena, text);
    run->watching -= expect->kind->watch != NULL ? 1 : 0;
}

void
expect_watch(struct run *run)
{
    for (uint32_t i = 0; i < run->checks.count; i++) {
        struct run_check *check = vec_at(&run->checks, i);
        if (!check->decided && check->expect->kind->watch != NULL) {
            check->expect->kind->watch(run, check->expect, check->state);
        }
    }
}

void
expect_end(struct run *run)
{
    for (uint32_t i = 0; i < run->checks.count; i++) {
        struct run_check              *check = vec_at(&run->checks, i);
        const struct expectation_kind *kind = check->expect->kind;
        if (run->aborted && !check->decided) {
            run_decide(run, check->expect, OUTCOME_ERROR, "not judged: the run ended early");
        } else if (!check->decided && !kind->after) {
            ASSERT(kind->end != NULL);
            kind->end(run, check->expect, check->state);
            ASSERT(check->decided);
        }
        *(struct result_expectation *)vec_push(&run->results.expectations) = check->result;
    }
}

void
expect_fini(struct run *run)
{
    vec_clear(&run->checks); /* their states are the arena's */
}
