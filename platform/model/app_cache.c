/* platform/model/app_cache.c - definitions by their texts, with how many use each. */
#include "platform/model/app_cache.h"

#include <string.h>

#include "platform/base/map.h"
#include "platform/base/memory.h"
#include "platform/base/record.h"

struct cached_app {
    struct arena           arena; /* of spec */
    const struct app_spec *spec;  /* NULL: a free place */
    uint32_t               users_count;
    uint32_t               next; /* of the same hash, or free: place + 1; 0: none */
};

struct app_cache {
    struct vec   places;  /* struct cached_app */
    struct map64 by_hash; /* -> place + 1 of the newest */
    uint32_t     free_first;
    uint8_t      poison;
};

struct app_cache *
app_cache_open(uint8_t poison)
{
    struct app_cache *cache = memory_alloc_zero(1, sizeof *cache);
    cache->poison = poison;
    vec_init(&cache->places, sizeof(struct cached_app));
    return cache;
}

void
app_cache_close(struct app_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    for (uint32_t i = 0; i < cache->places.count; i++) {
        arena_fini(&((struct cached_app *)vec_at(&cache->places, i))->arena);
    }
    vec_fini(&cache->places);
    map64_fini(&cache->by_hash);
    memory_free(cache);
}

static struct cached_app *
cache_at(const struct app_cache *cache, uint32_t place)
{
    return vec_at(&cache->places, place - 1);
}

/* The arena is the cache's from now on. */
static void
cache_put(struct app_cache *cache, const struct app_spec *spec, struct arena arena)
{
    uint32_t place = cache->free_first;
    if (place != 0) {
        cache->free_first = cache_at(cache, place)->next;
    } else {
        (void)vec_push(&cache->places);
        place = cache->places.count;
    }
    *cache_at(cache, place) = (struct cached_app){ .arena = arena,
                                                   .spec = spec,
                                                   .users_count = 1,
                                                   .next = map64_get(&cache->by_hash,
                                                                     spec->json_hash) };
    map64_put(&cache->by_hash, spec->json_hash, place);
}

void
app_cache_know(struct app_cache *cache, const struct app_spec *spec)
{
    cache_put(cache, spec, (struct arena){ 0 }); /* its user stays: it is never given back */
}

static struct cached_app *
cache_get(const struct app_cache *cache, const char *json, size_t len)
{
    uint32_t place = map64_get(&cache->by_hash, hash_bytes(0, json, len));
    while (place != 0) {
        struct cached_app *cached = cache_at(cache, place);
        if (cached->spec->json_len == len && memcmp(cached->spec->json, json, len) == 0) {
            return cached;
        }
        place = cached->next;
    }
    return NULL;
}

const struct app_spec *
app_cache_find(const struct app_cache *cache, const char *json, size_t len)
{
    const struct cached_app *cached = cache_get(cache, json, len);
    return cached != NULL ? cached->spec : NULL;
}

const struct app_spec *
app_cache_take(struct app_cache *cache, const char *json, size_t len)
{
    struct cached_app *cached = cache_get(cache, json, len);
    if (cached != NULL) {
        cached->users_count++;
        return cached->spec;
    }
    struct arena arena;
    arena_init(&arena, cache->poison);
    const struct app_spec *spec = app_load(json, len, &arena);
    if (spec == NULL) {
        arena_fini(&arena);
        return NULL;
    }
    cache_put(cache, spec, arena);
    return spec;
}

/* Takes the place out of the chain of its hash. */
static void
cache_unlink(struct app_cache *cache, uint32_t place)
{
    const struct cached_app *gone = cache_at(cache, place);
    const uint64_t           hash = gone->spec->json_hash;
    const uint32_t           first = map64_get(&cache->by_hash, hash);
    if (first == place && gone->next == 0) {
        map64_remove(&cache->by_hash, hash);
    } else if (first == place) {
        map64_put(&cache->by_hash, hash, gone->next);
    } else {
        struct cached_app *before = cache_at(cache, first);
        while (before->next != place) { /* it is in its chain */
            before = cache_at(cache, before->next);
        }
        before->next = gone->next;
    }
}

void
app_cache_give(struct app_cache *cache, const struct app_spec *spec)
{
    uint32_t place = map64_get(&cache->by_hash, spec->json_hash);
    while (cache_at(cache, place)->spec != spec) { /* it was taken, so it is there */
        place = cache_at(cache, place)->next;
    }
    struct cached_app *cached = cache_at(cache, place);
    ASSERT(cached->users_count > 0);
    cached->users_count--;
    if (cached->users_count > 0) {
        return;
    }
    cache_unlink(cache, place);
    arena_fini(&cached->arena);
    *cached = (struct cached_app){ .next = cache->free_first };
    cache->free_first = place;
}
