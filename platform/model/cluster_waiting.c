/* platform/model/cluster_waiting.c - bits of the apps that wait. */
#include "platform/model/cluster_waiting.h"

enum { WORD_BITS = 64 };

void
cluster_waiting_add(struct cluster *cluster)
{
    if (cluster->apps_waiting.count * WORD_BITS < cluster->apps.count) {
        (void)vec_push(&cluster->apps_waiting);
    }
}

void
cluster_waiting_set(struct cluster_app *app, bool waits)
{
    const uint32_t place = app->index - 1;
    const uint64_t bit = UINT64_C(1) << place % WORD_BITS;
    uint64_t *word = vec_at(&app->cluster->apps_waiting, place / WORD_BITS);
    *word = waits ? *word | bit : *word & ~bit;
}

uint32_t
cluster_waiting_next(const struct cluster *cluster, uint32_t from)
{
    uint64_t mask = UINT64_MAX << from % WORD_BITS;
    for (uint32_t i = from / WORD_BITS; i < cluster->apps_waiting.count; i++) {
        const uint64_t bits = *(const uint64_t *)vec_at(&cluster->apps_waiting, i) & mask;
        if (bits != 0) {
            return i * WORD_BITS + (uint32_t)__builtin_ctzll(bits);
        }
        mask = UINT64_MAX;
    }
    return UINT32_MAX;
}
