/* platform/scheduler/place_index.c - keeps each node in the bin of what is free on it. */
#include "platform/scheduler/place_index.h"

#include <stdio.h>

#include "platform/base/memory.h"

void
place_index_init(struct place_index *index)
{
    *index = (struct place_index){ 0 };
    place_sets_init(&index->sets);
    vec_init(&index->shapes, sizeof(struct place_shape *));
    vec_init(&index->bins, sizeof(struct place_bin));
    vec_init(&index->spots, sizeof(struct place_spot));
    vec_init(&index->tied_bins, sizeof(uint32_t));
    vec_init(&index->tied_nodes, sizeof(uint32_t));
    intern_init(&index->kinds);
}

void
place_index_fini(struct place_index *index)
{
    for (uint32_t i = 0; i < index->shapes.count; i++) {
        memory_free(*(struct place_shape **)vec_at(&index->shapes, i));
    }
    place_sets_fini(&index->sets);
    vec_fini(&index->shapes);
    vec_fini(&index->bins);
    vec_fini(&index->spots);
    vec_fini(&index->tied_bins);
    vec_fini(&index->tied_nodes);
    intern_fini(&index->kinds);
}

static void
bits_set(struct place_bits *bits, uint32_t at)
{
    bits->words[at / 64] |= UINT64_C(1) << at % 64;
}

static void
bits_clear(struct place_bits *bits, uint32_t at)
{
    bits->words[at / 64] &= ~(UINT64_C(1) << at % 64);
}

static bool
bits_are_none(const struct place_bits *bits)
{
    uint64_t any = 0;
    for (uint32_t i = 0; i < INDEX_WORDS; i++) {
        any |= bits->words[i];
    }
    return any == 0;
}

/* The least shift that brings a value below INDEX_UNITS. */
static uint8_t
index_shift(uint64_t value)
{
    uint8_t shift = 0;
    while (value >> shift >= INDEX_UNITS) {
        shift++;
    }
    return shift;
}

static bool
shape_is_of(const struct place_shape *shape, const struct cluster_node *node)
{
    return shape->cpu_most == node->spec.cpu_milli && shape->mem_most == node->spec.mem_bytes &&
           shape->role_bit == node->role;
}

/* Index + 1; 0 when the node is none of a grid. */
static uint16_t
index_shape(struct place_index *index, const struct place_spot *spot,
            const struct cluster_node *node, const struct cluster_free *line)
{
    if (spot->shape != 0 &&
        shape_is_of(*(struct place_shape **)vec_at(&index->shapes, spot->shape - 1U), node)) {
        return spot->shape;
    }
    for (uint32_t i = 0; i < index->shapes.count; i++) {
        if (shape_is_of(*(struct place_shape **)vec_at(&index->shapes, i), node)) {
            return (uint16_t)(i + 1);
        }
    }
    if (index->shapes.count == INDEX_SHAPES_MAX) {
        return 0;
    }
    struct place_shape *shape = memory_alloc_zero(1, sizeof *shape);
    shape->cpu_inverse = line->cpu_inverse;
    shape->mem_inverse = line->mem_inverse;
    shape->cpu_most = node->spec.cpu_milli;
    shape->mem_most = node->spec.mem_bytes;
    shape->sample = node;
    shape->role_bit = node->role;
    shape->ports_least = line->ports_free;
    shape->disk_least = line->disk_bytes;
    shape->cpu_shift = index_shift((uint64_t)shape->cpu_most);
    shape->mem_shift = index_shift((uint64_t)shape->mem_most);
    *(struct place_shape **)vec_push(&index->shapes) = shape;
    return (uint16_t)index->shapes.count;
}

/* What its constraints could ask of it, but for its name, as a number; 0: one of too many. */
static uint16_t
index_kind(struct place_index *index, const struct node_spec *spec)
{
    char text[2 * NODE_NAME_BYTES + NODE_ATTRIBUTES_BYTES + 4];
    (void)snprintf(text, sizeof text, "%s\n%s\n%s", spec->region, spec->zone, spec->attributes);
    const uint32_t known = intern_find(&index->kinds, text);
    if (known == 0 && intern_count(&index->kinds) + 1 == INDEX_KINDS_MAX) {
        return 0;
    }
    return (uint16_t)(known != 0 ? known : intern_id(&index->kinds, text));
}

static uint32_t
index_bin_new(struct place_index *index, const struct place_bin *content)
{
    struct place_shape *shape = *(struct place_shape **)vec_at(&index->shapes, content->shape);
    const uint32_t row = index_step(content->cpu_milli, shape->cpu_shift);
    const uint32_t col = index_step(content->mem_bytes, shape->mem_shift);
    uint32_t *first = &shape->cells[row][col];
    uint32_t id = index->bins_unused;
    if (id == 0) {
        (void)vec_push(&index->bins);
        id = index->bins.count;
    }
    struct place_bin *bin = vec_at(&index->bins, id - 1);
    index->bins_unused = bin->next;
    *bin = *content;
    bin->next = *first;
    if (*first != 0) {
        ((struct place_bin *)vec_at(&index->bins, *first - 1))->before = id;
    }
    *first = id;
    bits_set(&shape->rows, row);
    bits_set(&shape->cols[row], col);
    return id;
}

static void
index_bin_drop(struct place_index *index, uint32_t id)
{
    struct place_bin *bin = vec_at(&index->bins, id - 1);
    struct place_shape *shape = *(struct place_shape **)vec_at(&index->shapes, bin->shape);
    const uint32_t row = index_step(bin->cpu_milli, shape->cpu_shift);
    const uint32_t col = index_step(bin->mem_bytes, shape->mem_shift);
    if (bin->next != 0) {
        ((struct place_bin *)vec_at(&index->bins, bin->next - 1))->before = bin->before;
    }
    if (bin->before != 0) {
        ((struct place_bin *)vec_at(&index->bins, bin->before - 1))->next = bin->next;
    } else {
        shape->cells[row][col] = bin->next;
    }
    if (shape->cells[row][col] == 0) {
        bits_clear(&shape->cols[row], col);
        if (bits_are_none(&shape->cols[row])) {
            bits_clear(&shape->rows, row);
        }
    }
    *bin = (struct place_bin){ .next = index->bins_unused };
    index->bins_unused = id;
}

static bool
bin_is_of(const struct place_bin *bin, const struct place_bin *content)
{
    return bin->cpu_milli == content->cpu_milli && bin->mem_bytes == content->mem_bytes &&
           bin->kind == content->kind && bin->shape == content->shape;
}

/* The bin of this content, made when there is none. */
static uint32_t
index_bin(struct place_index *index, const struct place_bin *content)
{
    const struct place_shape *shape =
        *(struct place_shape **)vec_at(&index->shapes, content->shape);
    uint32_t id = shape->cells[index_step(content->cpu_milli, shape->cpu_shift)]
                              [index_step(content->mem_bytes, shape->mem_shift)];
    while (id != 0) {
        const struct place_bin *bin = vec_at(&index->bins, id - 1);
        if (bin_is_of(bin, content)) {
            return id;
        }
        id = bin->next;
    }
    return index_bin_new(index, content);
}

static void
index_leave(struct place_index *index, struct place_spot *spot, uint32_t node)
{
    if (spot->bin != 0) {
        struct place_bin *bin = vec_at(&index->bins, spot->bin - 1);
        bin->root = place_set_remove(&index->sets, bin->root, node);
        if (bin->root == 0) {
            index_bin_drop(index, spot->bin);
        }
        spot->bin = 0;
    }
    if (spot->is_odd) {
        index->odd = place_set_remove(&index->sets, index->odd, node);
        spot->is_odd = false;
    }
}

/* The node has room: it goes where that belongs. */
static void
index_enter(struct place_index *index, struct place_spot *spot, const struct cluster_node *node,
            const struct cluster_free *line)
{
    const bool is_sound =
        line->cpu_milli <= node->spec.cpu_milli && line->mem_bytes <= node->spec.mem_bytes;
    spot->shape = node->spec.gpus == 0 ? index_shape(index, spot, node, line) : 0;
    if (spot->shape == 0 || !is_sound) {
        index_leave(index, spot, node->index);
        index->odd = place_set_add(&index->sets, index->odd, node->index);
        spot->is_odd = true;
        return;
    }
    struct place_shape *shape = *(struct place_shape **)vec_at(&index->shapes, spot->shape - 1U);
    if (line->ports_free < shape->ports_least) {
        shape->ports_least = line->ports_free;
    }
    shape->disk_least = int64_min(shape->disk_least, line->disk_bytes);
    const struct place_bin content = { .mem_bytes = line->mem_bytes,
                                       .cpu_milli = line->cpu_milli,
                                       .shape = (uint16_t)(spot->shape - 1),
                                       .kind = spot->kind };
    if (spot->bin != 0 && bin_is_of(vec_at(&index->bins, spot->bin - 1), &content)) {
        return;
    }
    index_leave(index, spot, node->index);
    spot->bin = index_bin(index, &content);
    struct place_bin *bin = vec_at(&index->bins, spot->bin - 1);
    bin->root = place_set_add(&index->sets, bin->root, node->index);
}

void
place_index_change(struct place_index *index, const struct cluster *cluster, uint32_t node_index)
{
    const struct cluster_node *node = *(struct cluster_node **)vec_at(&cluster->nodes, node_index);
    const struct cluster_free *line = vec_at(&cluster->free, node_index);
    while (index->spots.count <= node_index) {
        (void)vec_push(&index->spots);
    }
    place_sets_grow(&index->sets, node_index + 1);
    struct place_spot *spot = vec_at(&index->spots, node_index);
    if (line->mem_bytes < 0 || line->cpu_milli < 0) { /* it fits nothing */
        index_leave(index, spot, node_index);
        return;
    }
    if ((spot->bin == 0 && !spot->is_odd) || spot->incarnation != node->incarnation) {
        spot->kind = index_kind(index, &node->spec);
        spot->incarnation = node->incarnation;
    }
    index_enter(index, spot, node, line);
}
