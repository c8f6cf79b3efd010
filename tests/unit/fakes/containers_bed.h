/*
 * tests/unit/fakes/containers_bed.h - a container engine in a small world, called through the port
 * of a process that can die. One bed a test program: tests run in processes of their own.
 */
#ifndef TESTS_UNIT_FAKES_CONTAINERS_BED_H
#define TESTS_UNIT_FAKES_CONTAINERS_BED_H

#include "fakes/containers/containers.h"
#include "tests/unit/fakes/test_world.h"

enum { ENGINE_NODE = 5 };

struct engine_bed {
    struct world                  *world;
    struct fake_engine            *engine;
    struct world_process          *process;
    struct fake_containers         port;
    struct env_containers_listener listener;
    uint32_t                       exits_count;
    uint64_t                       exit_token;
    int32_t                        exit_code;
    uint32_t                       done_count;
    enum status                    status;
    uint32_t                       rows_count;
    uint64_t                       row_token;
    struct env_containers_start    start; /* the last one */
};

extern struct engine_bed engine_bed;

void engine_bed_open(const struct fake_containers_options *options);
void engine_bed_close(void);
void engine_bed_listen(void); /* a new life of the agent begins */
void engine_bed_die(void);    /* it ends */
void engine_bed_run(int64_t for_ns);
void engine_bed_done(struct env_op *op); /* for ops of a test's own: counted */

/* Waits for the one answer that is due. */
enum status engine_bed_wait(void);

struct container_spec engine_bed_spec(uint64_t token);
enum status engine_bed_pull(const char *image, bool force);
void        engine_bed_start_begin(const struct container_spec *spec);
enum status engine_bed_start(const struct container_spec *spec);
void        engine_bed_stop_begin(struct env_containers_stop *stop, uint64_t token,
                                  int64_t grace_ns);
enum status engine_bed_stop(uint64_t token, int64_t grace_ns);
enum status engine_bed_remove(uint64_t token);
enum status engine_bed_inspect(uint64_t token, struct env_containers_inspect *inspect);
const struct fake_container *engine_bed_find(uint64_t token);

#endif
