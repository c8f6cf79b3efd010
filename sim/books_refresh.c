/* sim/books_refresh.c - refreshes of node groups, as the journals tell of them. */
#include <string.h>

#include "sim/books.h"

struct book_refresh *
books_refresh_last(const struct books *books, const char *group)
{
    for (uint32_t i = books->refreshes.count; i > 0; i--) {
        struct book_refresh *refresh = vec_at(&books->refreshes, i - 1);
        if (strcmp(refresh->group, group) == 0) {
            return refresh;
        }
    }
    return NULL;
}

void
books_refresh_event(struct books *books, int64_t at_ns, const struct env_event *event)
{
    struct book_refresh *refresh = books_refresh_last(books, event->app);
    if (event->new_state < 0 || event->new_state >= REFRESH_STATE_COUNT) {
        return;
    }
    if (refresh == NULL || refresh->id != event->version) {
        refresh = vec_push(&books->refreshes);
        refresh->id = event->version;
        refresh->group = arena_strdup(books->arena, event->app);
        refresh->from_at_ns = at_ns;
        refresh->why = "";
    }
    const enum refresh_state state = (enum refresh_state)event->new_state;
    if (refresh_is_over(state) && !refresh_is_over(refresh->state)) {
        refresh->to_at_ns = at_ns;
    }
    if (state != refresh->state && event->text[0] != '\0') {
        refresh->why = arena_strdup(books->arena, event->text);
    }
    refresh->state = state;
    refresh->replaced = (uint32_t)event->value;
    refresh->says = event->text[0] != '\0' ? arena_strdup(books->arena, event->text)
                                           : refresh->says;
}

const struct book_refresh *
books_refresh_running(const struct books *books)
{
    for (uint32_t i = 0; i < books->refreshes.count; i++) {
        const struct book_refresh *refresh = vec_at(&books->refreshes, i);
        if (!refresh_is_over(refresh->state) &&
            books_refresh_last(books, refresh->group) == refresh) {
            return refresh;
        }
    }
    return NULL;
}
