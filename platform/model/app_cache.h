/*
 * platform/model/app_cache.h - definitions read once for all processes of one program.
 *
 * A definition is what its text says, so processes that live in one program (a simulated world, a
 * run on one machine) may share what was read: reading it for each costs more than a start. All
 * texts are canonical, which only a definition without mistakes has.
 * Memory: a definition lives until its last user has given it back.
 */
#ifndef PLATFORM_MODEL_APP_CACHE_H
#define PLATFORM_MODEL_APP_CACHE_H

#include "platform/model/app.h"

struct app_cache; /* opaque */

struct app_cache *app_cache_open(uint8_t poison);
void              app_cache_close(struct app_cache *cache); /* NULL: nothing */

/* As app_load; NULL when it cannot be read. Each that is not NULL is given back. */
const struct app_spec *app_cache_take(struct app_cache *cache, const char *json, size_t len);
void                   app_cache_give(struct app_cache *cache, const struct app_spec *spec);

/* A definition that was read elsewhere (app_read) and outlives the cache. */
void app_cache_know(struct app_cache *cache, const struct app_spec *spec);
/* One that somebody has or that is known, not to be given back. NULL: none has this text. */
const struct app_spec *app_cache_find(const struct app_cache *cache, const char *json, size_t len);

#endif
