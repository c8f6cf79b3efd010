/*
 * platform/cli/run_docker.c - a scenario played for real: Docker Engine, HAProxy, SQLite, real
 * time.
 *
 * The run's id is made of its folder's path: the same command finds by it what an earlier run,
 * killed in the middle, has left, and removes that first. A lock keeps two of them from running at
 * once.
 */
#include "platform/cli/run_docker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "platform/base/memory.h"
#include "platform/backends/docker/docker.h"
#include "platform/cli/docker_world.h"
#include "platform/cli/files.h"
#include "platform/cli/progress.h"

/* Everything that cannot be done for real, at once; false when there is something. */
static bool
run_docker_can(const struct run_one *one, const struct scenario *scenario)
{
    bool good = true;
    for (uint32_t i = 0; i < scenario->steps_count; i++) {
        const struct scenario_step *step = &scenario->steps[i];
        if (!step->action->real) {
            (void)fprintf(stderr, "%s: %s: %s cannot be done on a real backend; it plays on "
                                  "--backend fake\n", one->file, step->pointer,
                          step->action->verb);
            good = false;
        }
    }
    if (scenario->faults.enabled) {
        (void)fprintf(stderr, "%s: /faults: random faults cannot be made on a real backend; they "
                              "play on --backend fake\n", one->file);
        good = false;
    }
    for (uint32_t i = 0; i < scenario->tasks_app_first; i++) {
        if (scenario->apps[i]->gpus > 0 || scenario->apps[i]->gpu_milli > 0) {
            (void)fprintf(stderr, "%s: /apps: %s asks for GPUs, which a real backend does not "
                                  "give; it plays on --backend fake\n",
                          one->file, scenario->apps[i]->id);
            good = false;
        }
    }
    if (scenario->tasks_count > 0) {
        (void)fprintf(stderr, "%s: /tasks: how long tasks of a file run is modelled; they play on "
                              "--backend fake\n", one->file);
        good = false;
    }
    good = docker_traffic_can(scenario, one->file) && good;
    if (scenario->snapshot != NULL) {
        (void)fprintf(stderr, "%s: /state: a snapshot can be begun with on --backend fake only\n",
                      one->file);
        good = false;
    }
    if (scenario->plant != NULL) {
        (void)fprintf(stderr, "%s: /plant: a planted bug exists on --backend fake only\n",
                      one->file);
        good = false;
    }
    return good;
}

static bool
run_docker_allows(const char *allow, const char *word)
{
    const size_t len = strlen(word);
    for (const char *at = allow; at != NULL; at = strchr(at, ',')) {
        at += *at == ',' ? 1 : 0;
        if (strncmp(at, word, len) == 0 && (at[len] == ',' || at[len] == '\0')) {
            return true;
        }
    }
    return false;
}

/* What an app asks for that must be allowed by name. */
static bool
run_docker_trusts(const struct run_one *one, const struct scenario *scenario)
{
    bool good = true;
    for (uint32_t i = 0; i < scenario->apps_count; i++) {
        const struct app_spec *app = scenario->apps[i];
        const struct {
            const char *word;
            bool        asked;
        } asks[] = {
            { "privileged", app->privileged },
            { "host-volumes", app->host_volumes_count > 0 },
            { "parameters", app->parameters_count > 0 },
        };
        for (uint32_t j = 0; j < COUNT_OF(asks); j++) {
            if (asks[j].asked && !run_docker_allows(one->options->allow, asks[j].word)) {
                (void)fprintf(stderr, "%s: app %s asks for %s: a real engine is given that only "
                                      "with --allow %s\n",
                              one->file, app->id, asks[j].word, asks[j].word);
                good = false;
            }
        }
    }
    return good;
}

static enum status
run_docker_environment(const char *socket_path, struct error *err)
{
    const enum status status = docker_backend_ping(socket_path, err);
    return status == ST_OK ? haproxy_backend_check(NULL, err) : status;
}

/* Sweeps what an earlier run left, and makes an empty state folder. */
static enum status
run_docker_clean(struct docker_world *world, struct error *err)
{
    uint32_t removed = 0;
    enum status status = haproxy_clean(world->state_dir, err);
    if (status == ST_OK) {
        status = docker_backend_sweep(world->socket_path, world->run_id, &removed, err);
    }
    static const char *const files[] = { "store.db", "store.db-wal", "store.db-shm" };
    for (uint32_t i = 0; i < COUNT_OF(files); i++) {
        char path[PATH_MAX + 32];
        (void)snprintf(path, sizeof path, "%s/%s", world->state_dir, files[i]);
        (void)unlink(path);
    }
    if (removed > 0) {
        (void)fprintf(stderr, "removed %u containers that an earlier run had left\n", removed);
    }
    return status;
}

static int64_t
run_docker_wall_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

static int
run_docker_play(const struct run_one *one, struct docker_world *world, const char *reproduce,
                run_docker_report_fn *report, bool (*stop)(void))
{
    struct error err = { "" };
    int code = 3;
    const int64_t from_ns = run_docker_wall_ns();
    if (docker_world_open(world, &err) != ST_OK) {
        (void)fprintf(stderr, "rehearse: %s\n", err.text);
        docker_world_close(world);
        return 3;
    }
    docker_world_play(world, stop);
    world->run.results.wall_ns = run_docker_wall_ns() - from_ns;
    world->run.results.reproduce = reproduce;
    if (stop()) {
        (void)fprintf(stderr, "rehearse: interrupted; removing what was started\n");
    } else {
        code = report(one, &world->run.results, world->scenario, world->arena);
    }
    docker_world_close(world);
    return code;
}

int
run_docker(const struct run_one *one, const struct scenario *scenario, struct arena *arena,
           const char *reproduce, run_docker_report_fn *report, bool (*stop)(void))
{
    struct error err = { "" };
    char state_dir[PATH_MAX];
    if (!run_docker_can(one, scenario) || !run_docker_trusts(one, scenario)) {
        return 2;
    }
    struct docker_world *world = ARENA_NEW(arena, struct docker_world);
    world->scenario = scenario;
    world->arena = arena;
    const char *socket_path = getenv("REHEARSAL_DOCKER_SOCKET");
    world->socket_path = socket_path != NULL && socket_path[0] != '\0' ? socket_path : NULL;
    world->allow_privileged = run_docker_allows(one->options->allow, "privileged");
    world->allow_host_volumes = run_docker_allows(one->options->allow, "host-volumes");
    world->dns_wanted = one->options->dns;
    world->dns_number = one->options->dns_port;
    const char *state = arena_printf(arena, "%s/state", one->folder);
    if (run_docker_environment(world->socket_path, &err) != ST_OK ||
        files_make_folders(state, &err) != ST_OK) {
        (void)fprintf(stderr, "rehearse: %s\n", err.text);
        return 3;
    }
    if (realpath(state, state_dir) == NULL) {
        (void)fprintf(stderr, "rehearse: %s: %s\n", state, strerror(errno));
        return 3;
    }
    world->state_dir = state_dir;
    world->run_id = arena_printf(arena, "%016llx",
                                 (unsigned long long)hash_bytes(0, state_dir, strlen(state_dir)));
    const char *lock_path = arena_printf(arena, "%s.lock", state_dir);
    const int lock = open(lock_path, O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0) {
        (void)fprintf(stderr, "rehearse: another run uses %s\n", one->folder);
        if (lock >= 0) {
            (void)close(lock);
        }
        return 3;
    }
    int code = 3;
    if (run_docker_clean(world, &err) != ST_OK) {
        (void)fprintf(stderr, "rehearse: %s\n", err.text);
    } else {
        code = run_docker_play(one, world, reproduce, report, stop);
        if (run_docker_clean(world, &err) != ST_OK) {
            (void)fprintf(stderr, "rehearse: %s\n", err.text);
        }
        (void)rmdir(state_dir);
    }
    (void)unlink(lock_path);
    (void)close(lock);
    return code;
}
