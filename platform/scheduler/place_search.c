/*
 * platform/scheduler/place_search.c - the best node by the index: cells in the order of the best
 * score that a node in them could have, until no other can be as good.
 */
#include "platform/scheduler/place_index.h"

/*
 * A search gives up when it has asked this share of the nodes one by one, and some; or has looked
 * at so many bins that the loop over all nodes had been cheaper.
 */
enum { SEARCH_LOOKS_SHARE = 32, SEARCH_BINS_SHARE = 4, SEARCH_LOOKS_MORE = 64 };

enum search_verdict { SEARCH_UNASKED, SEARCH_YES, SEARCH_NO, SEARCH_EACH };

struct search {
    struct place_index         *index;
    const struct cluster       *cluster;
    const struct place_request *request;
    scores_fn                  *score;
    bool                        is_best_fit;
    bool                        draws; /* equal ones are gathered: one is drawn */
    bool                        asks_each; /* of the shape at hand, whatever the kind */
    uint32_t                    looks_left; /* at nodes one by one */
    uint32_t                    bins_left;
    uint32_t                    best;
    uint64_t                    best_score;
    uint8_t                     verdicts[INDEX_KINDS_MAX]; /* enum search_verdict */
};

/* The least that is set from at on, or INDEX_COLS. */
static inline uint32_t
bits_from(const struct place_bits *bits, uint32_t at)
{
    for (uint32_t i = at / 64; i < INDEX_WORDS; i++) {
        const uint64_t from = i == at / 64 ? UINT64_MAX << at % 64 : UINT64_MAX;
        const uint64_t word = bits->words[i] & from;
        if (word != 0) {
            return i * 64 + (uint32_t)__builtin_ctzll(word);
        }
    }
    return INDEX_COLS;
}

/* The greatest that is set below the end, or INDEX_COLS. */
static inline uint32_t
bits_before(const struct place_bits *bits, uint32_t end)
{
    for (uint32_t i = (end + 63) / 64; i > 0; i--) {
        const uint64_t word = end < i * 64 ? bits->words[i - 1] & ((UINT64_C(1) << end % 64) - 1)
                                           : bits->words[i - 1];
        if (word != 0) {
            return i * 64 - 1 - (uint32_t)__builtin_clzll(word);
        }
    }
    return INDEX_COLS;
}

/* The score of a node of the shape with so much free. */
static inline uint64_t
search_score(const struct search *search, const struct place_shape *shape, int64_t cpu_milli,
             int64_t mem_bytes)
{
    const struct cluster_free line = { .mem_bytes = mem_bytes,
                                       .cpu_milli = (int32_t)cpu_milli,
                                       .cpu_inverse = shape->cpu_inverse,
                                       .mem_inverse = shape->mem_inverse };
    return search->is_best_fit ? place_left(&line, search->request) /* the same, without a call */
                               : search->score(&line, shape->sample, search->request);
}

static void
search_better(struct search *search, uint64_t score, uint32_t node)
{
    if (score < search->best_score) {
        vec_clear(&search->index->tied_bins);
        vec_clear(&search->index->tied_nodes);
        search->best_score = score;
        search->best = node;
    } else if (node < search->best) {
        search->best = node;
    }
}

/* Whether a score as good as this is of no use, whoever has it. */
static inline bool
search_is_worse(const struct search *search, uint64_t score)
{
    return score > search->best_score || score == UINT64_MAX;
}

/* What the constraints say of all nodes of a kind; member is one of them. */
static enum search_verdict
search_verdict(struct search *search, uint16_t kind, uint32_t member)
{
    const struct filters *filters = search->request->filters;
    if (filters == NULL) {
        return SEARCH_YES;
    }
    if (kind == 0) {
        return SEARCH_EACH;
    }
    if (search->verdicts[kind] == SEARCH_UNASKED) {
        const struct cluster_node *node =
            *(struct cluster_node **)vec_at(&search->cluster->nodes, member);
        search->verdicts[kind] = !filters_allow_kind(filters, node) ? SEARCH_NO
                                 : filters_ask_hostname(filters)    ? SEARCH_EACH
                                                                    : SEARCH_YES;
    }
    return (enum search_verdict)search->verdicts[kind];
}

/* Members of the bin are asked one by one, in their order: all of them, or until one takes it. */
static void
search_members(struct search *search, const struct place_bin *bin, uint64_t score)
{
    const struct place_sets *sets = &search->index->sets;
    uint32_t node = place_set_from(sets, bin->root, 0);
    while (node != PLACE_NONE && search->looks_left > 0) {
        if (!search->draws && score == search->best_score && node > search->best) {
            return;
        }
        search->looks_left--;
        if (place_takes(search->cluster, node, search->request)) {
            search_better(search, score, node);
            if (!search->draws) {
                return;
            }
            *(uint32_t *)vec_push(&search->index->tied_nodes) = node;
        }
        node = place_set_from(sets, bin->root, node + 1);
    }
}

static void
search_bin(struct search *search, const struct place_shape *shape, uint32_t id)
{
    const struct place_request *request = search->request;
    const struct place_bin *bin =
        (const struct place_bin *)search->index->bins.items + (id - 1);
    if (bin->cpu_milli < request->cpu_milli || bin->mem_bytes < request->mem_bytes) {
        return;
    }
    const uint64_t score = search_score(search, shape, bin->cpu_milli, bin->mem_bytes);
    if (search_is_worse(search, score)) {
        return;
    }
    const uint32_t first = place_set_from(&search->index->sets, bin->root, 0);
    const enum search_verdict verdict = search_verdict(search, bin->kind, first);
    if (verdict == SEARCH_NO) {
        return;
    }
    if (verdict == SEARCH_EACH || search->asks_each) {
        search_members(search, bin, score);
        return;
    }
    search_better(search, score, first);
    if (search->draws) {
        *(uint32_t *)vec_push(&search->index->tied_bins) = id;
    }
}

static void
search_cell(struct search *search, const struct place_shape *shape, uint32_t row, uint32_t col)
{
    for (uint32_t id = shape->cells[row][col]; id != 0 && search->bins_left > 0;
         id = ((const struct place_bin *)search->index->bins.items)[id - 1].next) {
        search->bins_left--;
        search_bin(search, shape, id);
    }
}

/* Least free first: from the row and the column of what is asked for upwards. */
static void
search_full(struct search *search, const struct place_shape *shape)
{
    const struct place_request *request = search->request;
    const uint32_t col_least = index_step(request->mem_bytes, shape->mem_shift);
    uint32_t row = bits_from(&shape->rows, index_step(request->cpu_milli, shape->cpu_shift));
    for (; row < INDEX_ROWS; row = row + 1 < INDEX_ROWS ? bits_from(&shape->rows, row + 1)
                                                        : INDEX_ROWS) {
        const int64_t cpu =
            int64_max(request->cpu_milli, index_step_least(row, shape->cpu_shift));
        if (search_is_worse(search, search_score(search, shape, cpu, request->mem_bytes))) {
            return;
        }
        const struct place_bits *cols = &shape->cols[row];
        for (uint32_t col = bits_from(cols, col_least); col < INDEX_COLS;
             col = col + 1 < INDEX_COLS ? bits_from(cols, col + 1) : INDEX_COLS) {
            const int64_t mem =
                int64_max(request->mem_bytes, index_step_least(col, shape->mem_shift));
            if (search_is_worse(search, search_score(search, shape, cpu, mem))) {
                break;
            }
            search_cell(search, shape, row, col);
        }
    }
}

/* Most free first: from the last row and the last column down to what is asked for. */
static void
search_empty(struct search *search, const struct place_shape *shape)
{
    const struct place_request *request = search->request;
    const uint32_t col_least = index_step(request->mem_bytes, shape->mem_shift);
    const uint32_t row_least = index_step(request->cpu_milli, shape->cpu_shift);
    uint32_t row = bits_before(&shape->rows, INDEX_ROWS);
    for (; row < INDEX_ROWS && row >= row_least; row = bits_before(&shape->rows, row)) {
        const int64_t cpu =
            int64_min(shape->cpu_most, index_step_least(row + 1, shape->cpu_shift) - 1);
        if (search_is_worse(search, search_score(search, shape, cpu, shape->mem_most))) {
            return;
        }
        const struct place_bits *cols = &shape->cols[row];
        for (uint32_t col = bits_before(cols, INDEX_COLS); col < INDEX_COLS && col >= col_least;
             col = bits_before(cols, col)) {
            const int64_t mem =
                int64_min(shape->mem_most, index_step_least(col + 1, shape->mem_shift) - 1);
            if (search_is_worse(search, search_score(search, shape, cpu, mem))) {
                break;
            }
            search_cell(search, shape, row, col);
        }
    }
}

static void
search_shape(struct search *search, const struct place_shape *shape, bool prefers_empty)
{
    const struct place_request *request = search->request;
    if ((shape->role_bit & request->role_mask) == 0 || request->cpu_milli > shape->cpu_most ||
        request->mem_bytes > shape->mem_most) {
        return;
    }
    search->asks_each = request->has_fixed_ports || request->ports_count > shape->ports_least ||
                        request->disk_bytes > shape->disk_least;
    if (prefers_empty) {
        search_empty(search, shape);
    } else {
        search_full(search, shape);
    }
}

/* Those that are in no grid. */
static void
search_odd(struct search *search)
{
    const struct place_index *index = search->index;
    uint32_t node = place_set_from(&index->sets, index->odd, 0);
    while (node != PLACE_NONE && search->looks_left > 0) {
        const struct cluster_free *line = vec_at(&search->cluster->free, node);
        search->looks_left--;
        if (place_fits(line, search->request)) {
            const uint64_t score = search->score(
                line, *(struct cluster_node **)vec_at(&search->cluster->nodes, node),
                search->request);
            if (!search_is_worse(search, score) &&
                place_takes(search->cluster, node, search->request)) {
                search_better(search, score, node);
                *(uint32_t *)vec_push(&search->index->tied_nodes) = node;
            }
        }
        node = place_set_from(&index->sets, index->odd, node + 1);
    }
}

/* How many of the equal ones are below a node. */
static uint32_t
search_ties_below(const struct place_index *index, uint32_t node)
{
    uint32_t below = 0;
    for (uint32_t i = 0; i < index->tied_bins.count; i++) {
        const struct place_bin *bin =
            vec_at(&index->bins, *(uint32_t *)vec_at(&index->tied_bins, i) - 1);
        below += place_set_below(&index->sets, bin->root, node);
    }
    for (uint32_t i = 0; i < index->tied_nodes.count; i++) {
        below += *(uint32_t *)vec_at(&index->tied_nodes, i) < node ? 1U : 0U;
    }
    return below;
}

static uint32_t
search_draw(const struct search *search, struct rng *rng)
{
    const struct place_index *index = search->index;
    const uint32_t number = rng_below(rng, search_ties_below(index, UINT32_MAX));
    if (index->tied_nodes.count == 0 && index->tied_bins.count == 1) {
        const struct place_bin *bin =
            vec_at(&index->bins, *(uint32_t *)vec_at(&index->tied_bins, 0) - 1);
        return place_set_at(&index->sets, bin->root, number);
    }
    uint32_t low = search->best; /* the first of them */
    uint32_t high = index->spots.count - 1;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (search_ties_below(index, middle + 1) > number) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

bool
place_index_find(struct place_index *index, const struct cluster *cluster,
                 const struct place_request *request, const struct scores_policy *policy,
                 struct rng *rng, uint32_t *ret_node)
{
    ASSERT(policy->is_by_left);
    ASSERT(request->gpus == 0 && request->gpu_milli == 0);
    struct search search = { .index = index,
                             .cluster = cluster,
                             .request = request,
                             .score = policy->score,
                             .is_best_fit = policy->score == scores_best_fit,
                             .draws = rng != NULL,
                             .looks_left = index->spots.count / SEARCH_LOOKS_SHARE +
                                           SEARCH_LOOKS_MORE,
                             .bins_left = index->spots.count / SEARCH_BINS_SHARE +
                                          SEARCH_LOOKS_MORE,
                             .best = PLACE_NONE,
                             .best_score = UINT64_MAX };
    if (place_set_count(&index->sets, index->odd) >= search.looks_left) {
        return false;
    }
    vec_clear(&index->tied_bins);
    vec_clear(&index->tied_nodes);
    for (uint32_t i = 0; i < index->shapes.count; i++) {
        search_shape(&search, *(struct place_shape **)vec_at(&index->shapes, i),
                     policy->prefers_empty);
    }
    search_odd(&search);
    if (search.looks_left == 0 || search.bins_left == 0) {
        return false;
    }
    *ret_node = rng == NULL || search.best == PLACE_NONE ? search.best : search_draw(&search, rng);
    return true;
}
