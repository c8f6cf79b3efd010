/*
 * platform/scheduler/queue.h - which app's task is considered next, where there are roles or
 * priorities: the role by quota.h and sorter.h, anew after every placement; in it the app of the
 * highest priority, and of equal ones the one that began to wait first.
 *
 * Level-triggered: what roles have is counted from the cluster at the beginning of each pass. How
 * often a role was given something lives as long as the master does.
 */
#ifndef PLATFORM_SCHEDULER_QUEUE_H
#define PLATFORM_SCHEDULER_QUEUE_H

#include "platform/model/cluster.h"
#include "platform/scheduler/quota.h"
#include "platform/scheduler/sorter.h"

/* An app that waits, in this pass. */
struct queue_entry {
    struct cluster_app *app;
    uint32_t            role;
    uint32_t            turn;
    int32_t             priority;
    uint32_t            may_place; /* how many tasks of it, where decisions take time */
    bool                asked;     /* that is known */
    struct cluster_task *promised; /* its tasks up to this one have a node that is being emptied */
};

/* A role's entries, the first one next. */
struct queue_role {
    const struct scheduler_role *quota; /* NULL: none */
    uint32_t                     first, end; /* in queue.entries */
};

struct queue {
    struct sorter  sorter;
    struct vec     apps;    /* struct cluster_app *: all that wait, in the order they began to */
    struct vec     roles;   /* struct queue_role, by the sorter's number */
    struct vec     entries; /* struct queue_entry */
    struct vec     spare;   /* the same, while they are ordered */
    struct amounts free;    /* on nodes that take tasks; when anything is guaranteed */
    bool           guarantees;
    bool           collected; /* apps that waited before there was a queue are in it */
    bool           touched;   /* one came, or comes again */
};

void queue_init(struct queue *queue);
void queue_fini(struct queue *queue);

/* It has a task that waits; it keeps its turn when it is there already. */
void queue_add(struct queue *queue, struct cluster_app *app);

/* Counts what roles have, and orders those that may have room now. */
void queue_begin(struct queue *queue, struct cluster *cluster);

/* Whose turn it is, or NULL: nobody is left in this pass. */
struct queue_entry *queue_next(struct queue *queue);

/* One of its tasks was placed, or promised a node; it is its turn again when its role's comes. */
void queue_placed(struct queue *queue, const struct queue_entry *entry,
                  const struct amounts *amounts);

/* Nothing more of it in this pass. */
void queue_skip(struct queue *queue, const struct queue_entry *entry);

/* --- queue_amounts.c --- */
/* What a task counts for its role. */
struct amounts queue_amounts(const struct app_spec *spec);
/* The same is journaled, so that whoever keeps books of tasks can tell what each role has. */
void queue_tell_role(struct cluster *cluster, const struct cluster_version *version);

/* The same of a task that waits; nothing of one whose node or reservation counts already. */
struct amounts queue_wanted(const struct cluster_task *task);

/* Whether its role's quota, or that of others, holds it now; then text says why. */
bool queue_holds(struct queue *queue, const struct queue_entry *entry,
                 const struct amounts *wanted, char *text, size_t bytes);

/* The same of one more task of a version, asked at any time. */
bool queue_would_hold(struct queue *queue, struct cluster *cluster,
                      struct cluster_version *version, char *text, size_t bytes);

/* Whether the role of a version keeps what it is guaranteed without this. */
bool queue_may_lose(struct queue *queue, struct cluster_version *version,
                    const struct amounts *amounts);
/* The number of a version's role. */
uint32_t queue_role_of(struct queue *queue, struct cluster_version *version);

#endif
