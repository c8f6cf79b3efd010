/* platform/balancer/policies/ring.c - points on a circle, and who is nearest. */
#include "platform/balancer/policies/ring.h"

#include "platform/balancer/policies/order.h"
#include "platform/base/memory.h"

struct ring_made_of {
    uint64_t id;
    uint32_t weight;
};

struct ring {
    uint32_t             servers_count;
    uint32_t             points_count;
    uint32_t             starts_bits; /* starts has 2^bits entries and one more */
    struct ring_made_of *made_of;     /* servers_count; owned */
    struct order_entry  *points;      /* points_count, by key ascending; owned */
    uint32_t            *starts;      /* the first point at or after a 2^bits-th; owned */
};

static bool
ring_fits(const struct ring *ring, const struct env_balance_server *servers,
          uint32_t servers_count)
{
    if (ring == NULL || ring->servers_count != servers_count) {
        return false;
    }
    for (uint32_t i = 0; i < servers_count; i++) {
        if (ring->made_of[i].id != servers[i].id || ring->made_of[i].weight != servers[i].weight) {
            return false;
        }
    }
    return true;
}

static uint32_t
ring_points_of(uint32_t weight, uint32_t halvings)
{
    const uint32_t points = weight >> halvings;
    return points > 0 ? points : 1;
}

/* How often weights are halved, and how many points that makes. */
static uint32_t
ring_halvings(const struct env_balance_server *servers, uint32_t servers_count,
              uint32_t *ret_points)
{
    for (uint32_t halvings = 0;; halvings++) {
        uint64_t points = 0;
        for (uint32_t i = 0; i < servers_count; i++) {
            points += ring_points_of(servers[i].weight, halvings);
        }
        if (points <= RING_POINTS_MAX || halvings == 12) { /* 2^12 is the largest weight */
            ASSERT(points < UINT32_MAX / 2);
            *ret_points = (uint32_t)points;
            return halvings;
        }
    }
}

static void
ring_place_points(struct ring *ring, const struct env_balance_server *servers, uint32_t halvings)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < ring->servers_count; i++) {
        const uint64_t place = order_spread(servers[i].id);
        const uint32_t points = ring_points_of(servers[i].weight, halvings);
        for (uint32_t k = 0; k < points; k++) {
            ring->points[at++] =
                (struct order_entry){ .key = order_spread(place + k), .index = i };
        }
    }
    ASSERT(at == ring->points_count);
    struct order_entry *scratch = memory_alloc(ring->points_count * sizeof *scratch);
    order_sort(ring->points, scratch, ring->points_count);
    memory_free(scratch);
}

static void
ring_index_points(struct ring *ring)
{
    ring->starts_bits = 1;
    while ((UINT32_C(1) << ring->starts_bits) < ring->points_count) {
        ring->starts_bits++;
    }
    const uint32_t starts_count = UINT32_C(1) << ring->starts_bits;
    ring->starts = memory_resize(ring->starts, starts_count * sizeof *ring->starts);
    uint32_t point = 0;
    for (uint32_t i = 0; i < starts_count; i++) {
        const uint64_t key = (uint64_t)i << (64 - ring->starts_bits);
        while (point < ring->points_count && ring->points[point].key < key) {
            point++;
        }
        ring->starts[i] = point;
    }
}

void
ring_changed(struct env_balance_state *state, struct env_balance_server *servers,
             uint32_t servers_count, uint32_t eligible_count)
{
    (void)eligible_count; /* who is not eligible is stepped over */
    struct ring *ring = state->memory;
    if (servers_count == 0 || ring_fits(ring, servers, servers_count)) {
        return;
    }
    if (ring == NULL) {
        ring = memory_alloc_zero(1, sizeof *ring);
        state->memory = ring;
    }
    ring->servers_count = servers_count;
    ring->made_of = memory_resize(ring->made_of, servers_count * sizeof *ring->made_of);
    for (uint32_t i = 0; i < servers_count; i++) {
        ring->made_of[i] =
            (struct ring_made_of){ .id = servers[i].id, .weight = servers[i].weight };
    }
    const uint32_t halvings = ring_halvings(servers, servers_count, &ring->points_count);
    ring->points = memory_resize(ring->points, ring->points_count * sizeof *ring->points);
    ring_place_points(ring, servers, halvings);
    ring_index_points(ring);
}

void
ring_release(struct env_balance_state *state)
{
    struct ring *ring = state->memory;
    if (ring != NULL) {
        memory_free(ring->starts);
        memory_free(ring->points);
        memory_free(ring->made_of);
        memory_free(ring);
        state->memory = NULL;
    }
}

uint32_t
ring_find(const struct env_balance_state *state, const struct env_balance_server *servers,
          uint32_t servers_count, uint64_t hash)
{
    const struct ring *ring = state->memory;
    ASSERT(ring != NULL && ring->servers_count == servers_count);
    const uint64_t key = order_spread(hash);
    const uint32_t last = ring->points_count - 1;
    uint32_t after = ring->starts[key >> (64 - ring->starts_bits)];
    while (after <= last && ring->points[after].key < key) {
        after++;
    }
    after = after <= last ? after : 0;
    uint32_t before = after > 0 ? after - 1 : last;
    for (uint32_t steps = 0; !servers[ring->points[after].index].eligible; steps++) {
        ASSERT(steps < ring->points_count);
        after = after < last ? after + 1 : 0;
    }
    while (!servers[ring->points[before].index].eligible) {
        before = before > 0 ? before - 1 : last; /* ends: the other direction has found one */
    }
    /* unsigned differences go round the circle */
    const bool near_before = key - ring->points[before].key < ring->points[after].key - key;
    return ring->points[near_before ? before : after].index;
}
