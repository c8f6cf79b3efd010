/*
 * tests/unit/model/test_app_cache.c
 *
 * Goal:   equal texts share one definition for as long as somebody uses it; other texts never do.
 * Method: definitions are taken and given back in several orders; the sanitizers see what is left
 *         or used too late.
 */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "platform/base/rng.h"
#include "platform/model/app_cache.h"

enum { TEXTS = 20 };

static const struct app_spec *
take(struct app_cache *cache, uint32_t number)
{
    char json[64];
    (void)snprintf(json, sizeof json, "{\"id\":\"/app-%u\",\"cmd\":\"serve\"}", number);
    return app_cache_take(cache, json, strlen(json));
}

Test(app_cache, shares_a_definition_among_equal_texts)
{
    struct app_cache *cache = app_cache_open(0xA5);
    const struct app_spec *one = take(cache, 1);
    const struct app_spec *other = take(cache, 2);
    cr_assert_eq(take(cache, 1), one);
    cr_assert_neq(one, other);
    cr_assert_str_eq(one->id, "/app-1");
    cr_assert_str_eq(other->id, "/app-2");
    app_cache_give(cache, one);
    cr_assert_str_eq(one->id, "/app-1", "somebody uses it still");
    app_cache_give(cache, other);
    app_cache_give(cache, one);
    cr_assert_str_eq(take(cache, 1)->id, "/app-1", "it is read again");
    app_cache_close(cache);
}

Test(app_cache, finds_what_is_had_and_what_was_read_elsewhere)
{
    static const char json[] = "{\"id\":\"/elsewhere\"}";
    static const char ours[] = "{\"id\":\"/app-1\",\"cmd\":\"serve\"}";
    struct arena arena;
    arena_init(&arena, 0xA5);
    struct app_cache *cache = app_cache_open(0);
    const struct app_spec *elsewhere = app_load(json, strlen(json), &arena);
    app_cache_know(cache, elsewhere);
    for (uint32_t i = 0; i < 2; i++) { /* also after its users are gone */
        cr_assert_eq(app_cache_find(cache, json, strlen(json)), elsewhere);
        cr_assert_eq(app_cache_take(cache, json, strlen(json)), elsewhere);
        app_cache_give(cache, elsewhere);
    }
    cr_assert_null(app_cache_find(cache, json, strlen(json) - 1));
    const struct app_spec *one = take(cache, 1);
    cr_assert_eq(app_cache_find(cache, ours, strlen(ours)), one);
    app_cache_give(cache, one);
    cr_assert_null(app_cache_find(cache, ours, strlen(ours)), "nobody has it any more");
    app_cache_close(cache);
    cr_assert_str_eq(elsewhere->id, "/elsewhere", "it was never the cache's");
    arena_fini(&arena);
}

Test(app_cache, refuses_what_cannot_be_read)
{
    struct app_cache *cache = app_cache_open(0);
    cr_assert_null(app_cache_take(cache, "{", 1));
    cr_assert_null(app_cache_take(cache, "{}", 2));
    app_cache_close(cache);
    app_cache_close(NULL);
}

Test(app_cache, counts_its_users_whatever_the_order)
{
    struct app_cache *cache = app_cache_open(0);
    const struct app_spec *specs[TEXTS] = { 0 };
    uint32_t users[TEXTS] = { 0 };
    struct rng rng;
    rng_init(&rng, 1, 0, "cache");
    for (uint32_t i = 0; i < 5000; i++) {
        const uint32_t at = rng_below(&rng, TEXTS);
        if (users[at] == 0 || rng_below(&rng, 2) == 0) {
            const struct app_spec *spec = take(cache, at);
            cr_assert(users[at] == 0 || spec == specs[at]);
            specs[at] = spec;
            users[at]++;
        } else {
            app_cache_give(cache, specs[at]);
            users[at]--;
        }
        for (uint32_t k = 0; k < TEXTS && i % 100 == 0; k++) {
            char id[32];
            (void)snprintf(id, sizeof id, "/app-%u", k);
            cr_assert(users[k] == 0 || strcmp(specs[k]->id, id) == 0);
        }
    }
    app_cache_close(cache);
}
