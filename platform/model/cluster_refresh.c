/* platform/model/cluster_refresh.c - refreshes of node groups in the master's memory. */
#include "platform/model/cluster_refresh.h"

#include <string.h>

#include <jansson.h>

#include "platform/base/memory.h"

static struct cluster_refresh *
cluster_refresh_at(const struct cluster *cluster, uint32_t index)
{
    return *(struct cluster_refresh **)vec_at(&cluster->refreshes, index);
}

struct cluster_refresh *
cluster_refresh_find(struct cluster *cluster, const char *group)
{
    for (uint32_t i = 0; i < cluster->refreshes.count; i++) {
        struct cluster_refresh *refresh = cluster_refresh_at(cluster, i);
        if (strcmp(refresh->spec->group, group) == 0) {
            return refresh;
        }
    }
    return NULL;
}

static void
cluster_refresh_free(struct cluster_refresh *refresh)
{
    memory_free(refresh->waits_for);
    arena_fini(&refresh->arena);
    memory_free(refresh);
}

/* NULL when the text is none. */
static struct cluster_refresh *
cluster_refresh_new(struct cluster *cluster, const char *json, size_t json_len)
{
    struct diag_list diags;
    json_error_t error;
    struct cluster_refresh *refresh = memory_alloc_zero(1, sizeof *refresh);
    refresh->cluster = cluster;
    arena_init(&refresh->arena, cluster->env->memory_poison);
    diag_list_init(&diags, &refresh->arena);
    json_t *parsed = json_loadb(json, json_len, 0, &error);
    refresh->spec =
        parsed != NULL ? refresh_read(parsed, NULL, "", &refresh->arena, &diags) : NULL;
    json_decref(parsed);
    diag_list_fini(&diags);
    if (refresh->spec == NULL) {
        cluster_refresh_free(refresh);
        return NULL;
    }
    refresh->record = arena_alloc_zero(&refresh->arena, sizeof *refresh->record + json_len);
    refresh->record->tail_len = (uint32_t)json_len;
    memcpy(refresh->record->tail, json, json_len);
    return refresh;
}

struct cluster_refresh *
cluster_refresh_begin(struct cluster *cluster, const char *json, size_t json_len, uint64_t request)
{
    struct cluster_refresh *refresh = cluster_refresh_new(cluster, json, json_len);
    ASSERT(refresh != NULL); /* it was printed by refresh_read */
    for (uint32_t i = 0; i < cluster->refreshes.count; i++) {
        struct cluster_refresh *older = cluster_refresh_at(cluster, i);
        if (strcmp(older->spec->group, refresh->spec->group) == 0) {
            ASSERT(refresh_is_over((enum refresh_state)older->record->state));
            cluster_unwrite(cluster, older);
            cluster_write(cluster, WRITE_REFRESH_DELETE, older->record->id, NULL);
            cluster_refresh_free(older);
            vec_remove_at(&cluster->refreshes, i);
            break;
        }
    }
    refresh->record->id = cluster->meta.next_deployment++;
    refresh->record->request = request;
    refresh->record->started_at_ns = cluster_now(cluster);
    *(struct cluster_refresh **)vec_push(&cluster->refreshes) = refresh;
    cluster_refresh_state(refresh, REFRESH_RUNNING, "accepted");
    return refresh;
}

bool
cluster_refresh_load(struct cluster *cluster, const struct refresh_record *record)
{
    struct cluster_refresh *refresh =
        cluster_refresh_new(cluster, record->tail, record->tail_len);
    if (refresh == NULL) {
        return false;
    }
    memcpy(refresh->record, record, offsetof(struct refresh_record, tail));
    refresh->record->tail_len = record->tail_len;
    *(struct cluster_refresh **)vec_push(&cluster->refreshes) = refresh;
    return true;
}

void
cluster_refresh_changed(struct cluster_refresh *refresh)
{
    cluster_unwrite(refresh->cluster, refresh); /* at most one write of it a step */
    cluster_write(refresh->cluster, WRITE_REFRESH, refresh->record->id, refresh);
}

static void
cluster_refresh_say(const struct cluster_refresh *refresh, enum refresh_state old_state,
                    const char *text)
{
    cluster_journal(refresh->cluster, &(struct env_event){ .kind = ENV_EVENT_REFRESH,
                                                           .old_state = (int32_t)old_state,
                                                           .new_state = refresh->record->state,
                                                           .version = refresh->record->id,
                                                           .value = refresh->record->replaced,
                                                           .app = refresh->spec->group,
                                                           .text = text });
}

void
cluster_refresh_state(struct cluster_refresh *refresh, enum refresh_state state, const char *text)
{
    const enum refresh_state old_state = (enum refresh_state)refresh->record->state;
    refresh->record->state = (uint8_t)state;
    if (refresh_is_over(state)) {
        refresh->record->ended_at_ns = cluster_now(refresh->cluster);
    }
    (void)cluster_sentence(&refresh->waits_for, NULL);
    cluster_refresh_say(refresh, old_state, text);
    cluster_refresh_changed(refresh);
}

void
cluster_refresh_wait(struct cluster_refresh *refresh, const char *text)
{
    if (cluster_sentence(&refresh->waits_for, text)) {
        cluster_refresh_say(refresh, (enum refresh_state)refresh->record->state, text);
    }
}

void
cluster_refresh_fini(struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->refreshes.count; i++) {
        cluster_refresh_free(cluster_refresh_at(cluster, i));
    }
    vec_clear(&cluster->refreshes);
}
