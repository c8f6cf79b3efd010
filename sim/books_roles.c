/* sim/books_roles.c - tasks counted by version, for the shares of roles. */
#include "sim/books_roles.h"

static struct book_version *
books_version_get(struct books *books, uint64_t id)
{
    const uint32_t index = map64_get(&books->versions_by_id, id);
    if (index > 0) {
        return vec_at(&books->versions, index - 1);
    }
    struct book_version *version = vec_push(&books->versions);
    version->id = id;
    map64_put(&books->versions_by_id, id, books->versions.count);
    return version;
}

void
books_role_count(struct books *books, const struct book_task *task, uint32_t one)
{
    if (task->version == 0) {
        return; /* just made, and told of in a moment */
    }
    struct book_version *version = books_version_get(books, task->version);
    if (task->state == TASK_PENDING) {
        version->waiting += one;
    } else {
        version->booked += task->node > 0 ? one : 0;
    }
}

void
books_role_event(struct books *books, const struct env_event *event)
{
    if (!books->counts_roles) {
        return;
    }
    struct book_version *version = books_version_get(books, event->version);
    version->role = intern_id(&books->names, event->text);
    version->amounts = (struct amounts){ .of = { [AMOUNT_CPU] = event->value,
                                                 [AMOUNT_MEMORY] = (int64_t)event->task,
                                                 [AMOUNT_DISK] = (int64_t)event->deployment,
                                                 [AMOUNT_GPU] = event->new_state } };
}
