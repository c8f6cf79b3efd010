/*
 * platform/agent/agent.h - one agent: its tasks, what runs for them, and what the master was told.
 *
 * Private to platform/agent/. Who does what:
 *   agent.c       the process: registration, heartbeats, messages
 *   recover.c     finds the containers of an earlier life; labels.c writes and reads their labels
 *   tasks.c       the table of tasks; steps task_fsm and performs what it says
 *   specs.c       app definitions, fetched from the master and kept while they are used
 *   runner.c      pull, start, stop, remove, each with its retries
 *   checks.c      health and readiness probes; health.c judges their answers
 *   volumes.c     the persistent volumes of the node, and which task mounts each
 *   report.c      status updates, repeated until they are acknowledged
 *   environment.c the environment variables of a task
 * Memory: an idle agent is this struct alone; everything a task needs is allocated when it needs
 *         it.
 */
#ifndef PLATFORM_AGENT_AGENT_H
#define PLATFORM_AGENT_AGENT_H

#include "platform/agent/health.h"
#include "platform/agent/labels.h"
#include "platform/agent/task_fsm.h"
#include "platform/base/idtable.h"
#include "platform/base/vec.h"
#include "platform/env/env.h"
#include "platform/env/process.h"
#include "platform/model/config.h"
#include "platform/wire/messages.h"

enum {
    AGENT_TASKS_MAX = NODE_TASKS_MAX, /* ended and not yet acknowledged ones included */
    AGENT_SPECS_IDLE_MAX = 2,  /* definitions kept though no task uses them */
    AGENT_TOMBS_MAX = 32,      /* ids remembered, so that a late LAUNCH starts nothing again */
    AGENT_ATTEMPTS_MAX = 5     /* retries of a pull or start */
};

#define AGENT_REGISTER_NS    SEC(3) /* asked again until the master answers */
#define AGENT_BACKOFF_NS     SEC(1) /* first retry of an operation; doubles */
#define AGENT_BACKOFF_NS_MAX SEC(30)

struct agent_task;

/* One app definition as this agent knows it. */
struct agent_spec {
    struct process        *agent; /* borrowed */
    uint64_t               version;
    /* in arena, or of the definitions that are shared; NULL until the master has sent it */
    const struct app_spec *app;
    struct arena           arena;
    struct env_timer       timer; /* asks again */
    int64_t                retry_ns;
    struct vec             waiting; /* uint64_t: tasks that are told of app */
    uint64_t               used_at; /* agent.spec_uses when last taken */
    uint32_t               users_count;
};

enum act_kind {
    ACT_PULL,
    ACT_START,
    ACT_CLEAN, /* after a start that may or may not have happened: remove, then report */
    ACT_STOP,
    ACT_REMOVE /* the master knows that it has ended */
};

/* The one operation that is under way, or waits for its retry, for a task. */
struct agent_act {
    struct agent_task *task; /* borrowed */
    enum act_kind      kind;
    uint32_t           attempts; /* that failed */
    struct env_timer   timer;    /* the next try */
    union {
        struct env_op                op; /* the first member of all below */
        struct env_containers_pull   pull;
        struct env_containers_start  start;
        struct env_containers_stop   stop;
        struct env_containers_remove remove;
    } u;
};

/* One health check of one task, or its readiness check. */
struct agent_check {
    struct env_timer     timer; /* first: what lies behind it is fetched with it */
    struct agent_task   *task;  /* borrowed */
    struct health_count  count;
    uint32_t             index; /* of the app's health checks; their number: the readiness check */
    bool                 answered; /* at least once */
    bool                 stopped;  /* with all of its task: an answer counts for nothing */
    struct env_probe_ask ask;
};

struct agent_checks {
    struct env_probe  *probe; /* borrowed: whom all of them ask */
    uint32_t           count;
    uint32_t           asking_count; /* probes under way; stopped ones go with the last of them */
    struct agent_check items[];
};

/* The newest status of a task, until it is acknowledged. */
struct agent_report {
    struct agent_task *task; /* borrowed */
    struct env_timer   timer; /* it is sent again */
    int64_t            resend_ns;
};

struct agent_task {
    struct process      *agent; /* borrowed */
    uint64_t             id;
    uint64_t             version;
    struct agent_spec   *spec;   /* borrowed, its use counted; NULL once retired */
    struct agent_act    *act;    /* owned; NULL: nothing under way */
    struct agent_checks *checks; /* owned; NULL: none */
    char                *cause;  /* owned; NULL: none */
    int64_t              launched_at_ns;
    int64_t              running_at_ns;
    int64_t              grace_ns;
    uint64_t             run;      /* of an app that runs its tasks once: which; 0: none */
    struct agent_report *report;   /* owned; NULL: no status waits to be acknowledged */
    uint32_t             sequence; /* of the newest status */
    uint32_t             ipv4;
    int32_t              exit_code;
    enum task_state      state : 8;
    enum task_health     health : 8;
    enum container_network network : 8;
    bool                 ready : 1;
    bool                 wants_ready : 1;
    bool                 kill_wanted : 1;
    bool                 hopeless : 1; /* its image is not there, or not for us */
    bool                 acked : 1;     /* the newest status; meaningful when sequence > 0 */
    bool                 withheld : 1;  /* adopted: silent until its checks have answered again */
    bool                 contained : 1; /* a container of it may exist */
    bool                 retired : 1;   /* its end is acknowledged: only tidying is left */
    uint16_t             gpu_mask;  /* the GPUs of the node that it may use; 0 once recovered */
    uint8_t              ports_count;
    uint16_t             ports[];
};

struct agent_volumes;
struct agent_recovery; /* recover.c; while the engine has not answered */

struct process { /* an agent */
    /* what a heartbeat reads lies around its timer */
    struct env                    *env;         /* borrowed */
    struct agent_recovery         *recovery;    /* owned; NULL once done */
    uint64_t                       incarnation;
    struct env_timer               beat; /* recovery's retry, then REGISTER, then HEARTBEAT */
    struct agent_volumes          *volumes; /* owned; volumes.h; NULL: there are none */
    env_address                    master; /* as in config, like the next one */
    uint32_t                       node;   /* its index */
    bool                           registered;
    const struct agent_config     *config; /* borrowed */
    struct env_receiver            receiver;
    struct env_containers_listener listener;
    uint64_t                       term;   /* the newest heard of */
    struct idtable                 tasks;  /* struct agent_task *, owned */
    struct vec                     specs;  /* struct agent_spec *, owned, by version */
    uint64_t                       spec_uses;
    uint64_t                      *tombs; /* owned; NULL until the first */
    uint32_t                       tombs_next;
    uint64_t                       strays_count; /* events without a meaning where they came */
};

/* --- agent.c --- */
void agent_ready(struct process *agent); /* recovery is done: speak to the master */
void agent_send(struct process *agent, const struct record_type *type, const void *record);

/* --- recover.c --- */
void recover_begin(struct process *agent);
void recover_retry(struct process *agent);
void recover_note_exit(struct process *agent, uint64_t token, int32_t exit_code,
                       bool out_of_memory);
void recover_drop(struct process *agent); /* the process closes */

/* --- tasks.c --- */
struct agent_task *tasks_find(struct process *agent, uint64_t id); /* or NULL */
struct agent_task *tasks_add(struct process *agent, const struct labels_facts *facts,
                             bool is_recovered);
bool               tasks_has_tomb(const struct process *agent, uint64_t id);
void               tasks_bury(struct process *agent, uint64_t id);
void               tasks_step(struct agent_task *task, enum task_event event);
void               tasks_ended(struct agent_task *task, int32_t exit_code, bool out_of_memory);
void               tasks_set_cause(struct agent_task *task, const char *format, ...)
    PRINTF_LIKE(2, 3);
void tasks_spec_known(struct agent_task *task); /* the definition it waited for is here */
void tasks_spec_unreadable(struct agent_task *task);
void tasks_retire(struct agent_task *task); /* its end is acknowledged */
void tasks_settle(struct agent_task *task); /* something of it is over: may it go? */
void tasks_free(struct agent_task *task);

/* --- specs.c --- */
/* The definition of its version; while that is not known, the task is told when it is. */
struct agent_spec *specs_take(struct agent_task *task);
void               specs_give(struct agent_spec *spec);
void               specs_received(struct process *agent, const struct msg_spec *message);
void               specs_free(struct agent_spec *spec);

/* --- runner.c --- */
void runner_begin(struct agent_task *task, enum act_kind kind);
void runner_hurry(struct agent_task *task); /* the task is not wanted any more: no more retries */

/* --- checks.c --- */
void checks_start(struct agent_task *task); /* it runs and its definition is known */
void checks_stop(struct agent_task *task);

/* --- report.c --- */
void report_init(struct agent_task *task, bool is_recovered);
void report_drop(struct agent_task *task); /* it is not sent again */
void report_changed(struct agent_task *task); /* a new status, sent and repeated until acked */
void report_all(struct process *agent);       /* the master begins with us anew */
void report_acked(struct agent_task *task, uint32_t sequence);
void report_once(struct process *agent, uint64_t task, uint64_t version, enum task_state state,
                 const char *cause); /* about a task that is not here */

/* --- environment.c --- */
/* The variables of a task: what Marathon sets, then the app's own, which win. In the arena. */
const struct container_pair *environment_make(const struct app_spec *app,
                                              const struct agent_task *task, struct arena *arena,
                                              uint32_t *ret_count);

#endif
