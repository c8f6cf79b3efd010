/*
 * reports/timeline.h - what happened, told to a person: events and steps as sentences.
 *
 * Limits: at most as many rows as asked for; when there are more, faults, deployments and machines
 *         stay before failures of tasks, and those before decisions. left_out says how many went.
 * Memory: texts live in the reader's arena.
 */
#ifndef REPORTS_TIMELINE_H
#define REPORTS_TIMELINE_H

#include "platform/base/vec.h"
#include "reports/reader.h"

enum timeline_kind {
    TIMELINE_FAULT,      /* begun or undone */
    TIMELINE_STEP,       /* of the scenario, no fault */
    TIMELINE_DEPLOYMENT,
    TIMELINE_NODE,       /* machines and masters */
    TIMELINE_FAILURE,    /* of a task, and warnings */
    TIMELINE_OTHER
};
#define TIMELINE_KIND_COUNT (TIMELINE_OTHER + 1)

struct timeline_row {
    int64_t            at_ns;
    enum timeline_kind kind;
    const char        *who;  /* the machine, else the process, else "scenario" */
    const char        *text; /* one sentence */
};

struct timeline {
    struct vec rows;     /* struct timeline_row, by time */
    int64_t    left_out; /* events of interest beyond the limit */
};

struct timeline_failure { /* an expectation or an invariant. Texts live in the reader's arena */
    const char *id;
    const char *what; /* "expectation", "invariant" */
    const char *about;
    const char *detail;
    int64_t     at_ns;       /* when it was decided; -1: none */
    int64_t     story_at_ns; /* up to when to tell what led to it */
    bool        is_worst;    /* that is the worst interval of the service, not the decision */
};

/* All that did not hold: expectations, then invariants, each in the order of the scenario. */
struct reader_rows timeline_failures(struct reader *reader);
bool timeline_next_failure(struct reader_rows *rows, struct timeline_failure *ret);

const char *timeline_kind_name(enum timeline_kind kind); /* "fault", "step"... */

/* All of the run. */
void timeline_read(struct reader *reader, uint32_t rows_max, struct timeline *ret);

/*
 * The last rows up to an instant, in full detail. When about names apps of the run, what happened
 * to other apps is left out.
 */
void timeline_read_before(struct reader *reader, int64_t at_ns, const char *about,
                          uint32_t rows_max, struct timeline *ret);

void timeline_fini(struct timeline *timeline); /* a zeroed timeline is valid and empty */

#endif
