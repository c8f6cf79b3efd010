/* platform/gateway/gateway_refs.c - names differ, and what is named is there. */
#include "platform/gateway/gateway_parts.h"

#include <string.h>

#include "platform/base/map.h"

/* Entities of one section by what names them. */
struct refs_index {
    struct intern names; /* "n<name>" and "i<id>" */
    struct vec    places; /* uint32_t: index of the entity, by interned id - 1 */
};

static void
refs_index_fini(struct refs_index *index)
{
    intern_fini(&index->names);
    vec_fini(&index->places);
}

/* The entity that had the text first, + 1; 0 when it is new, and then it is index's. */
static uint32_t
refs_index_add(struct refs_index *index, const char *prefix, const char *text, uint32_t entity,
               struct arena *scratch)
{
    const uint32_t count = intern_count(&index->names);
    const uint32_t id = intern_id(&index->names, arena_printf(scratch, "%s%s", prefix, text));
    if (id <= count) {
        return *(uint32_t *)vec_at(&index->places, id - 1) + 1;
    }
    *(uint32_t *)vec_push(&index->places) = entity;
    return 0;
}

/* Values of a field must differ within a section. A secret is not shown. */
static void
refs_unique(struct gateway_draft *draft, enum gateway_section section, const char *key,
            bool is_secret, struct refs_index *index)
{
    const struct vec *entities = &draft->entities[section];
    for (uint32_t i = 0; i < entities->count; i++) {
        const struct gateway_entity *entity = vec_at(entities, i);
        const char *text = gateway_text(entity->json, key);
        const uint32_t first =
            text[0] == '\0' ? 0 : refs_index_add(index, key, text, i, draft->reader.scratch);
        if (first > 0) {
            const struct gateway_entity *other = vec_at(entities, first - 1);
            gateway_say(draft, entity, key, DIAG_ERROR,
                        "%s%s%s is used twice, first at %s, expected different ones",
                        is_secret ? "this " : "\"", is_secret ? key : text, is_secret ? "" : "\"",
                        other->pointer);
        }
    }
}

static void
refs_resolve(struct gateway_draft *draft, struct gateway_entity *entity,
             enum gateway_section section, struct refs_index *index)
{
    const struct gateway_section_about *about = &gateway_sections[section];
    struct arena *scratch = draft->reader.scratch;
    const char   *text = gateway_text(entity->json, about->reference);
    if (text[0] == '\0') {
        return;
    }
    uint32_t id = intern_find(&index->names, arena_printf(scratch, "%s%s", about->identity, text));
    id = id > 0 ? id : intern_find(&index->names, arena_printf(scratch, "id%s", text));
    if (id == 0) {
        const struct vec *all = &draft->entities[section];
        const char      **names = ARENA_ARRAY(scratch, const char *, all->count + 1);
        for (uint32_t i = 0; i < all->count; i++) {
            names[i] = gateway_text(((struct gateway_entity *)vec_at(all, i))->json,
                                    about->identity);
        }
        const char *nearest = diag_nearest(text, names, all->count);
        gateway_say(draft, entity, about->reference, DIAG_ERROR,
                    "no %s \"%s\" in this file, expected the name of one%s%s%s", about->one, text,
                    nearest != NULL ? " (did you mean \"" : "", nearest != NULL ? nearest : "",
                    nearest != NULL ? "\"?)" : "");
        return;
    }
    const uint32_t place = *(uint32_t *)vec_at(&index->places, id - 1);
    const struct gateway_entity *found = vec_at(&draft->entities[section], place);
    const char *name = arena_strdup(scratch, gateway_text(found->json, about->identity));
    (void)json_object_set_new(entity->json, about->reference, json_string(name));
}

struct gateway_entity *
gateway_refs_find(struct gateway_draft *draft, enum gateway_section section, const char *name)
{
    for (uint32_t i = 0; i < draft->entities[section].count; i++) {
        struct gateway_entity *entity = vec_at(&draft->entities[section], i);
        if (strcmp(gateway_text(entity->json, gateway_sections[section].identity), name) == 0 ||
            strcmp(gateway_text(entity->json, "id"), name) == 0) {
            return entity;
        }
    }
    return NULL;
}

void
gateway_refs_check(struct gateway_draft *draft)
{
    struct refs_index indexes[GATEWAY_SECTION_COUNT];
    for (uint32_t i = 0; i < GATEWAY_SECTION_COUNT; i++) {
        intern_init(&indexes[i].names);
        vec_init(&indexes[i].places, sizeof(uint32_t));
        const char *identity = gateway_sections[i].identity;
        if (identity != NULL) {
            refs_unique(draft, (enum gateway_section)i, identity, false, &indexes[i]);
        }
        refs_unique(draft, (enum gateway_section)i, "id", false, &indexes[i]);
    }
    refs_unique(draft, GATEWAY_KEYS, "key", true, &indexes[GATEWAY_KEYS]);
    refs_unique(draft, GATEWAY_LOGINS, "username", false, &indexes[GATEWAY_LOGINS]);
    for (uint32_t i = 0; i < GATEWAY_SECTION_COUNT; i++) {
        for (uint32_t e = 0; e < draft->entities[i].count; e++) {
            for (uint32_t to = 0; to < GATEWAY_SECTION_COUNT; to++) {
                if (gateway_sections[to].reference != NULL) {
                    refs_resolve(draft, vec_at(&draft->entities[i], e), (enum gateway_section)to,
                                 &indexes[to]);
                }
            }
        }
    }
    for (uint32_t i = 0; i < GATEWAY_SECTION_COUNT; i++) {
        refs_index_fini(&indexes[i]);
    }
}
