/*
 * platform/master/master.h - the master process: private to this folder.
 *
 * Life:  load (read the store, take a term) -> lead (messages, steps, commits). When a commit fails
 *        or its answer is lost, the memory is dropped and it loads again.
 */
#ifndef PLATFORM_MASTER_MASTER_H
#define PLATFORM_MASTER_MASTER_H

#include "platform/master/outbox.h"
#include "platform/model/cluster.h"
#include "platform/wire/messages.h"

/* A message that waits for its revision. */
struct effect {
    /* of the transaction it waits for; EFFECT_OPEN: this step's */
    uint64_t                  sequence;
    env_address               to;
    const struct record_type *type;
    void                     *record; /* in the outbox */
    struct cloud_call        *call; /* borrowed: to the cloud instead of a message; or NULL */
};
#define EFFECT_OPEN UINT64_MAX

/* One transaction in flight. */
struct commit {
    struct env_store_commit op;
    struct master          *master;
    uint64_t                sequence;
    uint64_t                epoch; /* of the memory it belongs to */
    struct commit          *next, *previous; /* all in flight, newest first */
};

struct pipeline {
    struct vec     effects;       /* struct effect, oldest first */
    struct outbox  outbox;
    struct arena   scratch;       /* of one commit */
    uint32_t       effects_first; /* those before it have left */
    struct commit *in_flight;     /* all of them, owned */
    bool           waits;         /* the next step, for one of them */
    uint64_t       submitted;     /* sequence of the newest transaction */
    uint64_t       acknowledged;
};

enum { CONTROLLERS_MAX = 16 };

/* What is being read from the store, one table after the other. */
struct loader {
    struct env_store_range  range;
    struct env_store_commit commit;
    uint32_t                table;
    uint64_t                meta_revision;
    struct meta_record      meta;
    bool                    found_meta;
    struct env_timer        retry;
};

struct cloud_call; /* clouds.c */

struct master {
    struct env          *env;
    struct master_config config;
    struct env_receiver  receiver;
    struct cluster       cluster;
    bool                 cluster_open;
    void                *states[CONTROLLERS_MAX]; /* owned */
    struct pipeline      pipeline;
    struct loader        loader;
    uint64_t             epoch; /* grows with each load */
    uint64_t             meta_revision; /* what every commit compares */
    struct cloud_call   *calls;         /* to the cloud: waiting or on their way, owned */
};

/* load.c: drops what is in memory and begins again from the store. */
void master_load(struct master *master);

/* commit.c */
void pipeline_send(struct cluster *cluster, env_address to, const struct record_type *type,
                   const void *record); /* is cluster.send */
void pipeline_commit(struct master *master); /* the writes of a step */
void pipeline_drop(struct master *master);   /* effects not yet left are forgotten */
void pipeline_fini(struct master *master);

/* clouds.c */
struct cluster_cloud_ask;
struct cluster_cloud_answer;
void clouds_ask(struct cluster *cluster, const struct cluster_cloud_ask *ask,
                void (*done)(void *context, const struct cluster_cloud_answer *answer),
                void *context); /* is cluster.cloud */
void clouds_start(struct cloud_call *call);
/* Those that have not left yet; at the end of the process all of them. */
void clouds_drop(struct master *master, bool started_too);

/* step.c */
void master_controllers_open(struct master *master);
void master_controllers_close(struct master *master);
bool master_controllers_message(struct master *master, env_address from,
                                const struct record_type *type, const void *record);
void master_wake(struct cluster *cluster);
void master_step(struct env_timer *timer);

/* inbox.c */
void master_receive(struct env_receiver *receiver, env_address from,
                    const struct record_type *type, const void *record);

/* nodes.c */
void nodes_register(struct master *master, const struct msg_register *message);
void nodes_heartbeat(struct master *master, const struct msg_heartbeat *message);
void nodes_await(struct cluster_node *node); /* after a load: it has until its timeout */
void nodes_prepare(struct cluster_node *node);

/* statuses.c */
void statuses_take(struct master *master, const struct msg_status *status);
/* The task is final: cause for people; failed ones count for the back-off. */
void statuses_end(struct cluster_task *task, enum task_state state, const char *cause);

#endif
