/*
 * sim/scenario_file.h - one JSON file, with // comments, read through a sim_io.
 *
 * Limits: SCENARIO_FILE_BYTES_MAX and SCENARIO_DEPTH_MAX are checked before anything is parsed, so
 *         that every later walk over the document may recurse.
 */
#ifndef SIM_SCENARIO_FILE_H
#define SIM_SCENARIO_FILE_H

#include "platform/base/diag.h"
#include "sim/sim_io.h"

struct json_t;

enum { SCENARIO_FILE_BYTES_MAX = 8 * 1024 * 1024, SCENARIO_DEPTH_MAX = 64 };

struct scenario_file {
    struct diag_source source; /* source.file: as named by the user, or found from that name */
    struct json_t     *json;   /* owned: json_decref */
};

/*
 * False when it cannot be read or is not JSON. That is said at the file's own place; only when it
 * cannot be read, and from is not NULL, at pointer in from, which named it.
 */
bool scenario_file_read(struct sim_io *io, const char *path, const struct diag_source *from,
                        const char *pointer, struct arena *arena, struct diag_list *diags,
                        struct scenario_file *ret_file) MUST_USE;

/* path as seen from the folder of file; "a/../" taken out. An absolute path stays. */
const char *scenario_file_beside(struct arena *arena, const char *file, const char *path);

/* target changed by patch (RFC 7396): a new document, owned by the caller. target may be NULL. */
struct json_t *scenario_merge(const struct json_t *target, const struct json_t *patch);

#endif
