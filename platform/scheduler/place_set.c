/* platform/scheduler/place_set.c - sets of node indices in order: treaps over one array. */
#include "platform/scheduler/place_set.h"

#include "platform/base/rng.h"

void
place_sets_init(struct place_sets *sets)
{
    vec_init(&sets->links, sizeof(struct place_link));
}

void
place_sets_fini(struct place_sets *sets)
{
    vec_fini(&sets->links);
}

void
place_sets_grow(struct place_sets *sets, uint32_t nodes_count)
{
    while (sets->links.count < nodes_count) {
        (void)vec_push(&sets->links);
    }
}

static inline struct place_link *
set_link(const struct place_sets *sets, uint32_t id)
{
    ASSERT(id > 0 && id <= sets->links.count);
    return (struct place_link *)sets->links.items + (id - 1);
}

/* Whether a stands above b in a tree. The mixing is one-to-one, so that two never are equal. */
static inline bool
set_is_above(uint32_t a, uint32_t b)
{
    return rng_mix(a) > rng_mix(b);
}

/* Parts a tree into what is below the id and what is above it: its two subtrees from now on. */
static void
set_split(struct place_sets *sets, uint32_t tree, uint32_t id)
{
    struct place_link *link = set_link(sets, id);
    uint32_t *left = &link->left;
    uint32_t *right = &link->right;
    uint32_t left_count = place_set_below(sets, tree, id - 1);
    uint32_t right_count = place_set_count(sets, tree) - left_count;
    while (tree != 0) { /* each turn hangs one more on, with all that goes below it */
        struct place_link *at = set_link(sets, tree);
        if (tree < id) {
            const uint32_t kept = place_set_count(sets, at->left) + 1;
            *left = tree;
            at->count = left_count;
            left_count -= kept;
            left = &at->right;
            tree = at->right;
        } else {
            const uint32_t kept = place_set_count(sets, at->right) + 1;
            *right = tree;
            at->count = right_count;
            right_count -= kept;
            right = &at->left;
            tree = at->left;
        }
    }
    *left = 0;
    *right = 0;
}

uint32_t
place_set_add(struct place_sets *sets, uint32_t root, uint32_t node)
{
    const uint32_t id = node + 1;
    uint32_t *hook = &root;
    struct place_link *link = set_link(sets, id);
    while (*hook != 0 && set_is_above(*hook, id)) {
        struct place_link *at = set_link(sets, *hook);
        ASSERT(*hook != id);
        at->count++;
        hook = id < *hook ? &at->left : &at->right;
    }
    link->count = place_set_count(sets, *hook) + 1;
    set_split(sets, *hook, id);
    *hook = id;
    return root;
}

uint32_t
place_set_remove(struct place_sets *sets, uint32_t root, uint32_t node)
{
    const uint32_t id = node + 1;
    uint32_t *hook = &root;
    while (*hook != id) {
        struct place_link *at = set_link(sets, *hook);
        at->count--;
        hook = id < *hook ? &at->left : &at->right;
    }
    uint32_t left = set_link(sets, id)->left;
    uint32_t right = set_link(sets, id)->right;
    while (left != 0 && right != 0) { /* the higher one stays, the other joins below it */
        if (set_is_above(left, right)) {
            struct place_link *at = set_link(sets, left);
            *hook = left;
            at->count += place_set_count(sets, right);
            hook = &at->right;
            left = at->right;
        } else {
            struct place_link *at = set_link(sets, right);
            *hook = right;
            at->count += place_set_count(sets, left);
            hook = &at->left;
            right = at->left;
        }
    }
    *hook = left != 0 ? left : right;
    return root;
}

uint32_t
place_set_from(const struct place_sets *sets, uint32_t root, uint32_t node)
{
    uint32_t found = 0;
    while (root != 0) {
        const struct place_link *at = set_link(sets, root);
        if (root > node) {
            found = root;
            root = at->left;
        } else {
            root = at->right;
        }
    }
    return found - 1; /* 0 - 1: none */
}

uint32_t
place_set_at(const struct place_sets *sets, uint32_t root, uint32_t number)
{
    for (;;) {
        const struct place_link *at = set_link(sets, root);
        const uint32_t below = place_set_count(sets, at->left);
        if (number == below) {
            return root - 1;
        }
        root = number < below ? at->left : at->right;
        number -= number < below ? 0 : below + 1;
    }
}

uint32_t
place_set_below(const struct place_sets *sets, uint32_t root, uint32_t node)
{
    uint32_t below = 0;
    while (root != 0) {
        const struct place_link *at = set_link(sets, root);
        if (root <= node) {
            below += place_set_count(sets, at->left) + 1;
            root = at->right;
        } else {
            root = at->left;
        }
    }
    return below;
}
