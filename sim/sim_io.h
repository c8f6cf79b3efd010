/*
 * sim/sim_io.h - the files a simulation may touch, lent by the command line.
 *
 * The simulator opens nothing itself: it is proven to hold no symbol that could.
 */
#ifndef SIM_SIM_IO_H
#define SIM_SIM_IO_H

#include "platform/base/arena.h"

struct sim_io {
    /* The whole file, NUL-terminated, in the arena. ST_NOT_FOUND, ST_IO, ST_NO_CAPACITY (too
     * large). */
    enum status (*read)(struct sim_io *io, const char *path, struct arena *arena, char **ret_text,
                        size_t *ret_len, struct error *err);
    /* Appends to the run's trace; NULL when no trace is kept. */
    void (*trace)(struct sim_io *io, const void *bytes, size_t len);
};

#endif
