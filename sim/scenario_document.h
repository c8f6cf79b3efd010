/*
 * sim/scenario_document.h - a scenario file with all that it extends, as one JSON document: merged,
 * its variables put in.
 */
#ifndef SIM_SCENARIO_DOCUMENT_H
#define SIM_SCENARIO_DOCUMENT_H

#include "sim/fields.h"
#include "sim/scenario.h"
#include "sim/scenario_file.h"

enum { SCENARIO_EXTENDS_MAX = 8 };

struct scenario_document {
    struct scenario_file files[SCENARIO_EXTENDS_MAX + 1]; /* each before what it extends */
    uint32_t             files_count;
    struct json_t       *merged; /* owned; without "extends" and "vars" */
};

/* False when no document could be made. Mistakes in variables are said and leave it usable. */
bool scenario_document_read(struct sim_io *io, const char *path,
                            const struct scenario_options *options, struct arena *arena,
                            struct diag_list *diags,
                            struct scenario_document *ret_document) MUST_USE;
void scenario_document_fini(struct scenario_document *document); /* a zeroed one is fine */

/* The file that the value at pointer came from. */
const struct scenario_file *scenario_document_owner(const struct scenario_document *document,
                                                    const char *pointer);

/* Gives every entry from index first on that names the first file the place it came from. */
void scenario_document_place(const struct scenario_document *document, struct diag_list *diags,
                             uint32_t first);

/* sim/scenario_vars.c: puts vars, as changed by the "k=v" of options, for ${name} in document. */
void scenario_vars_apply(const struct fields_read *read, const struct scenario_options *options,
                         struct json_t *vars, struct json_t *document);

#endif
