/* sim/invariants/container_book.c - the containers that really run, from facts alone. */
#include "sim/invariants/container_book.h"

#include "platform/model/node.h"

#define CONTAINER_BOOK_MAX UINT32_C(20000000) /* a limit of ours: running at one time */

void
container_book_init(struct container_book *book)
{
    *book = (struct container_book){ 0 };
    pool_init(&book->rows, sizeof(struct container_row), CONTAINER_BOOK_MAX, 0);
    vec_init(&book->nodes, sizeof(struct container_node));
}

void
container_book_fini(struct container_book *book)
{
    vec_fini(&book->nodes);
    idmap_fini(&book->by_token);
    pool_fini(&book->rows);
}

static void
container_book_end(struct container_book *book, uint64_t token)
{
    const uint32_t index = idmap_get(&book->by_token, token);
    if (index == 0) {
        return; /* it never ran, or went down with its node */
    }
    struct container_row  *row = pool_at(&book->rows, index);
    struct container_node *node = vec_at(&book->nodes, row->node);
    node->cpu_milli -= row->cpu_milli;
    node->mem_bytes -= row->mem_bytes;
    if (row->prev != 0) {
        ((struct container_row *)pool_at(&book->rows, row->prev))->next = row->next;
    } else {
        node->first = row->next;
    }
    if (row->next != 0) {
        ((struct container_row *)pool_at(&book->rows, row->next))->prev = row->prev;
    }
    idmap_remove(&book->by_token, token);
    pool_give(&book->rows, index);
}

static void
container_book_start(struct container_book *book, const struct world_fact *fact)
{
    ASSERT(fact->node < NODE_COUNT_MAX);
    container_book_end(book, fact->token); /* started twice: another invariant's business */
    while (book->nodes.count <= fact->node) {
        (void)vec_push(&book->nodes);
    }
    struct container_node *node = vec_at(&book->nodes, fact->node);
    const uint32_t         index = pool_take(&book->rows);
    ASSERT(index != 0);
    struct container_row *row = pool_at(&book->rows, index);
    *row = (struct container_row){ .token = fact->token,
                                   .node = fact->node,
                                   .cpu_milli = fact->cpu_milli,
                                   .mem_bytes = fact->mem_bytes,
                                   .gpu_mask = fact->gpu_mask,
                                   .gpu_milli = fact->gpu_milli,
                                   .next = node->first };
    if (node->first != 0) {
        ((struct container_row *)pool_at(&book->rows, node->first))->prev = index;
    }
    node->first = index;
    node->cpu_milli += fact->cpu_milli;
    node->mem_bytes += fact->mem_bytes;
    idmap_put(&book->by_token, fact->token, index);
}

void
container_book_fact(struct container_book *book, const struct world_fact *fact)
{
    if (fact->kind == WORLD_CONTAINER_STARTED) {
        container_book_start(book, fact);
    } else if (fact->kind == WORLD_CONTAINER_ENDED || fact->kind == WORLD_CONTAINER_REMOVED) {
        container_book_end(book, fact->token);
    } else if (fact->kind == WORLD_NODE_DOWN && fact->node < book->nodes.count) {
        const struct container_node *node = vec_at(&book->nodes, fact->node);
        while (node->first != 0) { /* all that ran there is gone */
            container_book_end(book, container_book_at(book, node->first)->token);
        }
    }
}

bool
container_book_runs(struct container_book *book, uint64_t token)
{
    return idmap_get(&book->by_token, token) != 0;
}

const struct container_node *
container_book_node(const struct container_book *book, uint32_t node)
{
    return node < book->nodes.count ? vec_at(&book->nodes, node) : NULL;
}
