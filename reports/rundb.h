/*
 * reports/rundb.h - the schema of run.db: what the command line writes and every report reads.
 *
 * Units: *_ns in nanoseconds from the start of the run, *_ms floating, money in micro-dollars.
 */
#ifndef REPORTS_RUNDB_H
#define REPORTS_RUNDB_H

#define RUNDB_VERSION 5

/* Why nodes refuse a task, in the order they are asked: Marathon's names. */
#define RUNDB_REFUSALS(X)                                                                          \
    X(UnfulfilledRole)                                                                             \
    X(UnfulfilledConstraint)                                                                       \
    X(NoCorrespondingReservationFound)                                                             \
    X(AgentMaintenance)                                                                            \
    X(InsufficientCpus)                                                                            \
    X(InsufficientMemory)                                                                          \
    X(InsufficientDisk)                                                                            \
    X(InsufficientGpus)                                                                            \
    X(InsufficientPorts)                                                                           \
    X(DeclinedScarceResources)
#define RUNDB_REFUSAL_COLUMN(name) ", " #name " INTEGER"

/* Roles: guarantees are 0 and limits NULL where there are none; shares are dominant ones. */
#define RUNDB_SCHEMA_ROLES                                                                         \
    "CREATE TABLE roles (role TEXT, weight_milli INTEGER, guarantee_cpu_milli INTEGER,"            \
    " guarantee_mem_bytes INTEGER, guarantee_disk_bytes INTEGER, guarantee_gpu_milli INTEGER,"     \
    " limit_cpu_milli INTEGER, limit_mem_bytes INTEGER, limit_disk_bytes INTEGER,"                 \
    " limit_gpu_milli INTEGER);"                                                                   \
    "CREATE TABLE role_samples (at_ns INTEGER, role TEXT, share_ppm INTEGER, waiting INTEGER,"     \
    " cpu_milli INTEGER, mem_bytes INTEGER, disk_bytes INTEGER, gpu_milli INTEGER);"

/* A text of its own: compilers need not take longer ones. */
#define RUNDB_SCHEMA_PENDING                                                                       \
    "CREATE TABLE pending (app TEXT, at_ns INTEGER, until_at_ns INTEGER, since_at_ns INTEGER,"     \
    " tasks INTEGER, why TEXT, nodes INTEGER, nearest TEXT, shortfall TEXT"                        \
    RUNDB_REFUSALS(RUNDB_REFUSAL_COLUMN) ");"

#define RUNDB_SCHEMA                                                                               \
    "CREATE TABLE run (version INTEGER, scenario TEXT, file TEXT, about TEXT, seed INTEGER,"       \
    " backend TEXT, scheduler TEXT, outcome TEXT, error TEXT, reproduce TEXT, trace_hash TEXT,"    \
    " trace_events INTEGER, start_at_ns INTEGER, simulated_ns INTEGER, wall_ns INTEGER,"           \
    " sample_ns INTEGER, events_dropped INTEGER, nodes_max INTEGER, tasks_submitted INTEGER,"      \
    " cost_microusd INTEGER, policy TEXT, tie TEXT, decision_app_ns INTEGER,"                      \
    " decision_task_ns INTEGER);"                                                                  \
    "CREATE TABLE events (at_ns INTEGER, kind TEXT, process TEXT, node TEXT, app TEXT,"            \
    " task INTEGER, version INTEGER, deployment INTEGER, old TEXT, new TEXT, value INTEGER,"       \
    " text TEXT);"                                                                                 \
    "CREATE TABLE nodes (name TEXT, grp TEXT, type TEXT, zone TEXT, role TEXT, cpu_milli INTEGER," \
    " mem_bytes INTEGER, up_at_ns INTEGER, up_ns INTEGER, cost_microusd INTEGER);"                 \
    "CREATE TABLE tasks (id INTEGER, app TEXT, version INTEGER, deployment INTEGER, node TEXT,"    \
    " state TEXT, cause TEXT, created_at_ns INTEGER, running_at_ns INTEGER,"                       \
    " healthy_at_ns INTEGER, ended_at_ns INTEGER);"                                                \
    "CREATE TABLE deployments (id INTEGER, app TEXT, strategy TEXT, version_old INTEGER,"          \
    " version_new INTEGER, from_at_ns INTEGER, to_at_ns INTEGER, outcome TEXT, waits_for TEXT,"    \
    " phase TEXT, step INTEGER, weight_ppm INTEGER, plan TEXT, reverts INTEGER);"                  \
    "CREATE TABLE rollout_steps (at_ns INTEGER, deployment INTEGER, app TEXT, phase TEXT,"         \
    " step INTEGER, weight_ppm INTEGER, text TEXT);"                                               \
    "CREATE TABLE analyses (deployment INTEGER, number INTEGER, name TEXT, metric TEXT,"           \
    " unit TEXT, at_most INTEGER, at_least INTEGER, relative_ppm INTEGER,"                         \
    " confidence_ppm INTEGER, every_ns INTEGER, count INTEGER, failures INTEGER,"                  \
    " inconclusive INTEGER, dry_run INTEGER);"                                                     \
    "CREATE TABLE analysis_samples (at_ns INTEGER, deployment INTEGER, app TEXT, name TEXT,"       \
    " value INTEGER, verdict TEXT, dry_run INTEGER, text TEXT);"                                   \
    "CREATE TABLE app_samples (at_ns INTEGER, app TEXT, wanted INTEGER, healthy INTEGER,"          \
    " healthy_min INTEGER, running INTEGER, pending INTEGER);"                                     \
    "CREATE TABLE service_samples (at_ns INTEGER, service TEXT, requests INTEGER, ok INTEGER,"     \
    " error INTEGER, timeout INTEGER, reset INTEGER, refused INTEGER, no_server INTEGER,"          \
    " no_route INTEGER, denied INTEGER, limited INTEGER, mean_ns INTEGER, p50_ns INTEGER,"         \
    " p90_ns INTEGER, p99_ns INTEGER, max_ns INTEGER, retries INTEGER);"                           \
    "CREATE TABLE cluster_samples (at_ns INTEGER, nodes_up INTEGER, nodes_ready INTEGER,"          \
    " cpu_milli INTEGER, cpu_milli_used INTEGER, mem_bytes INTEGER, mem_bytes_used INTEGER,"       \
    " gpu_milli INTEGER, gpu_milli_used INTEGER);"                                                 \
    "CREATE TABLE services (service TEXT, requests INTEGER, ok INTEGER, error INTEGER,"            \
    " timeout INTEGER, reset INTEGER, refused INTEGER, no_server INTEGER, no_route INTEGER,"       \
    " denied INTEGER, limited INTEGER,"                                                            \
    " mean_ns INTEGER, p50_ns INTEGER, p90_ns INTEGER, p99_ns INTEGER, p999_ns INTEGER,"           \
    " max_ns INTEGER, attempts INTEGER, retries INTEGER, is_class INTEGER);"                       \
    "CREATE TABLE servers (service TEXT, app TEXT, task INTEGER, node TEXT, requests INTEGER,"     \
    " errors INTEGER, failures INTEGER, ejections INTEGER, mean_ns INTEGER, share_ppm INTEGER);"   \
    "CREATE TABLE apps (app TEXT, wanted INTEGER, healthy INTEGER, healthy_min INTEGER,"           \
    " placed INTEGER, failed INTEGER, pending INTEGER, why_pending TEXT);"                         \
    "CREATE TABLE service_apps (service TEXT, app TEXT);"                                          \
    "CREATE TABLE faults (at_ns INTEGER, until_at_ns INTEGER, verb TEXT, target TEXT,"             \
    " is_fault INTEGER, drawn INTEGER);"                                                           \
    "CREATE TABLE expectations (id TEXT, about TEXT, kind TEXT, outcome TEXT, at_ns INTEGER,"      \
    " detail TEXT);"                                                                               \
    "CREATE TABLE invariants (id TEXT, about TEXT, outcome TEXT, checks INTEGER, at_ns INTEGER,"   \
    " detail TEXT);"                                                                               \
    "CREATE TABLE task_counts (state TEXT, count INTEGER);"

#endif
