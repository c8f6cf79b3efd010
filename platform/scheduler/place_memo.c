/* platform/scheduler/place_memo.c - scores that are kept, and brought up to date when asked. */
#include "platform/scheduler/place_memo.h"

#include "platform/base/rng.h"
#include "platform/scheduler/scores/fgd.h"

void
place_memos_init(struct place_memos *memos)
{
    *memos = (struct place_memos){ 0 };
    vec_init(&memos->memos, sizeof(struct place_memo));
    vec_init(&memos->changes, sizeof(uint32_t));
    vec_init(&memos->scored, sizeof(uint64_t));
}

void
place_memos_fini(struct place_memos *memos)
{
    for (uint32_t i = 0; i < memos->memos.count; i++) {
        struct place_memo *memo = vec_at(&memos->memos, i);
        vec_fini(&memo->scores);
        vec_fini(&memo->blocks);
    }
    vec_fini(&memos->memos);
    vec_fini(&memos->changes);
    vec_fini(&memos->scored);
    map64_fini(&memos->by_hash);
}

void
place_memos_change(struct place_memos *memos, const struct cluster *cluster, uint32_t node)
{
    if (memos->memos.count == 0) {
        memos->changes_first++; /* nobody is behind */
        return;
    }
    if (memos->changes.count >= 2 * cluster->free.count + MEMO_BLOCK) { /* the older half goes */
        uint32_t *changes = memos->changes.items;
        const uint32_t gone = memos->changes.count / 2;
        for (uint32_t i = gone; i < memos->changes.count; i++) {
            changes[i - gone] = changes[i];
        }
        memos->changes.count -= gone;
        memos->changes_first += gone;
    }
    *(uint32_t *)vec_push(&memos->changes) = node;
}

/* Whether the request says more than its numbers. */
static bool
memo_is_of_version(const struct place_request *request)
{
    return request->filters != NULL || request->has_fixed_ports;
}

bool
place_memo_can(const struct place_request *request)
{
    return !memo_is_of_version(request) ||
           (request->version != 0 &&
            (request->filters == NULL || !filters_ask_placed(request->filters)));
}

static struct memo_key
memo_key_of(const struct cluster *cluster, const struct place_request *request,
            const struct scores_policy *policy)
{
    return (struct memo_key){
        .policy = policy,
        .basis = (uint64_t)cluster->largest.changes << 32 |
                 (request->fgd != NULL ? request->fgd->version : 0),
        .version = memo_is_of_version(request) ? request->version : 0,
        .mem_bytes = request->mem_bytes,
        .disk_bytes = request->disk_bytes,
        .cpu_milli = request->cpu_milli,
        .gpus = request->gpus,
        .gpu_milli = request->gpu_milli,
        .role_mask = request->role_mask,
        .ports_count = request->ports_count,
    };
}

static bool
memo_key_is(const struct memo_key *a, const struct memo_key *b)
{
    return a->policy == b->policy && a->basis == b->basis && a->version == b->version &&
           a->mem_bytes == b->mem_bytes && a->disk_bytes == b->disk_bytes &&
           a->cpu_milli == b->cpu_milli && a->gpus == b->gpus && a->gpu_milli == b->gpu_milli &&
           a->role_mask == b->role_mask && a->ports_count == b->ports_count;
}

/* Decides about speed alone: which two collide changes no placement. */
static uint64_t
memo_hash(const struct memo_key *key)
{
    const uint64_t fields[] = { key->basis,
                                key->version,
                                (uint64_t)key->mem_bytes,
                                (uint64_t)key->disk_bytes,
                                (uint64_t)key->cpu_milli << 32 | (uint64_t)key->role_mask,
                                (uint64_t)key->gpus << 32 | (uint64_t)key->gpu_milli,
                                (uint64_t)key->ports_count };
    uint64_t hash = 0;
    for (uint32_t i = 0; i < COUNT_OF(fields); i++) {
        hash = rng_mix(hash + fields[i] + RNG_GOLDEN);
    }
    return hash;
}

static void
memo_block_measure(struct place_memo *memo, uint32_t number)
{
    const uint64_t *scores = (const uint64_t *)memo->scores.items;
    const uint32_t from = number * MEMO_BLOCK;
    const uint32_t to = memo->scores.count - from < MEMO_BLOCK ? memo->scores.count
                                                               : from + MEMO_BLOCK;
    struct memo_block block = { .best = UINT64_MAX };
    for (uint32_t i = from; i < to; i++) {
        block.ties = scores[i] < block.best ? 1 : block.ties + (scores[i] == block.best ? 1U : 0U);
        block.best = scores[i] < block.best ? scores[i] : block.best;
    }
    *(struct memo_block *)vec_at(&memo->blocks, number) = block;
}

static uint64_t
memo_score(const struct cluster *cluster, const struct place_request *request,
           const struct scores_policy *policy, uint32_t node)
{
    return place_takes(cluster, node, request)
               ? policy->score(vec_at(&cluster->free, node),
                               *(struct cluster_node **)vec_at(&cluster->nodes, node), request)
               : UINT64_MAX;
}

static void
memo_make(struct place_memo *memo, const struct cluster *cluster,
          const struct place_request *request)
{
    const uint32_t count = cluster->free.count;
    vec_clear(&memo->blocks);
    vec_reserve(&memo->scores, count);
    memo->scores.count = count;
    uint64_t *scores = memo->scores.items;
    for (uint32_t i = 0; i < count; i++) {
        scores[i] = memo_score(cluster, request, memo->key.policy, i);
    }
    for (uint32_t i = 0; i * MEMO_BLOCK < count; i++) {
        (void)vec_push(&memo->blocks);
        memo_block_measure(memo, i);
    }
}

static void
memo_node(struct place_memo *memo, uint32_t node, uint64_t score)
{
    uint64_t *kept = (uint64_t *)vec_at(&memo->scores, node);
    struct memo_block *block = vec_at(&memo->blocks, node / MEMO_BLOCK);
    const uint64_t old = *kept;
    *kept = score;
    if (score == old) {
        return;
    }
    if (old == block->best && (block->ties > 1 || score < old)) {
        block->ties--;
    } else if (old == block->best) {
        memo_block_measure(memo, node / MEMO_BLOCK);
        return;
    }
    if (score < block->best) {
        *block = (struct memo_block){ .best = score, .ties = 1 };
    } else if (score == block->best) {
        block->ties++;
    }
}

/* Once, however often it changed: it is scored as it is now. */
static bool
memos_may_skip(struct place_memos *memos, uint32_t node)
{
    while (memos->scored.count <= node) {
        (void)vec_push(&memos->scored);
    }
    uint64_t *scored = vec_at(&memos->scored, node);
    const bool skips = *scored == memos->turn;
    *scored = memos->turn;
    return skips;
}

static void
memo_catch_up(struct place_memos *memos, struct place_memo *memo, const struct cluster *cluster,
              const struct place_request *request)
{
    const uint32_t *changes = memos->changes.items;
    const uint64_t end = memos->changes_first + memos->changes.count;
    if (memo->scores.count != cluster->free.count || end - memo->seen > cluster->free.count) {
        memo_make(memo, cluster, request);
    } else {
        ASSERT(memo->seen >= memos->changes_first); /* more changes are kept than there are nodes */
        for (uint64_t i = memo->seen; i < end; i++) {
            const uint32_t node = changes[i - memos->changes_first];
            if (!memos_may_skip(memos, node)) {
                memo_node(memo, node, memo_score(cluster, request, memo->key.policy, node));
            }
        }
    }
    memo->seen = end;
}

/* A place for one more: the one that was not used for longest, when there are as many as may be. */
static struct place_memo *
memos_room(struct place_memos *memos, uint32_t nodes_count)
{
    const uint64_t each = (uint64_t)nodes_count * sizeof(uint64_t) + sizeof(struct place_memo);
    if (memos->memos.count < MEMO_COUNT_MAX && (memos->memos.count + 1) * each <= MEMO_BYTES_MAX) {
        struct place_memo *memo = vec_push(&memos->memos);
        vec_init(&memo->scores, sizeof(uint64_t));
        vec_init(&memo->blocks, sizeof(struct memo_block));
        return memo;
    }
    struct place_memo *oldest = vec_at(&memos->memos, 0);
    for (uint32_t i = 1; i < memos->memos.count; i++) {
        struct place_memo *memo = vec_at(&memos->memos, i);
        oldest = memo->turn < oldest->turn ? memo : oldest;
    }
    map64_remove(&memos->by_hash, oldest->hash);
    return oldest;
}

/* The memo of a request, or NULL when it was not asked for lately. */
static struct place_memo *
memos_of(struct place_memos *memos, const struct memo_key *key, uint32_t nodes_count)
{
    const uint64_t hash = memo_hash(key);
    const uint32_t id = map64_get(&memos->by_hash, hash);
    if (id != 0) {
        struct place_memo *memo = vec_at(&memos->memos, id - 1);
        return memo_key_is(&memo->key, key) ? memo : NULL;
    }
    uint64_t *ghost = &memos->ghosts[hash % MEMO_GHOSTS];
    if (*ghost != hash) {
        *ghost = hash;
        return NULL;
    }
    struct place_memo *memo = memos_room(memos, nodes_count);
    memo->key = *key;
    memo->hash = hash;
    vec_clear(&memo->scores);
    map64_put(&memos->by_hash, hash,
              (uint32_t)(memo - (struct place_memo *)memos->memos.items) + 1);
    return memo;
}

static uint32_t
memo_pick(const struct place_memo *memo, uint64_t best, uint32_t number)
{
    uint32_t at = 0;
    for (;; at++) {
        const struct memo_block *block = vec_at(&memo->blocks, at);
        const uint32_t here = block->best == best ? block->ties : 0;
        if (number < here) {
            break;
        }
        number -= here;
    }
    for (uint32_t i = at * MEMO_BLOCK;; i++) {
        if (*(uint64_t *)vec_at(&memo->scores, i) == best && number-- == 0) {
            return i;
        }
    }
}

bool
place_memo_find(struct place_memos *memos, const struct cluster *cluster,
                const struct place_request *request, const struct scores_policy *policy,
                struct rng *rng, uint32_t *ret_node)
{
    ASSERT(place_memo_can(request));
    const struct memo_key key = memo_key_of(cluster, request, policy);
    struct place_memo *memo = memos_of(memos, &key, cluster->free.count);
    if (memo == NULL) {
        return false;
    }
    memo->turn = ++memos->turn;
    memo_catch_up(memos, memo, cluster, request);
    const struct memo_block *blocks = memo->blocks.items;
    uint64_t best = UINT64_MAX;
    uint32_t ties = 0;
    for (uint32_t i = 0; i < memo->blocks.count; i++) {
        ties = blocks[i].best < best ? blocks[i].ties
                                     : ties + (blocks[i].best == best ? blocks[i].ties : 0);
        best = blocks[i].best < best ? blocks[i].best : best;
    }
    *ret_node = best == UINT64_MAX ? PLACE_NONE
                                   : memo_pick(memo, best, rng != NULL ? rng_below(rng, ties) : 0);
    return true;
}
