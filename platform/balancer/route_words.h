/*
 * platform/balancer/route_words.h - every label that a balancer knows: its word, its values, and
 * where they go.
 */
#ifndef PLATFORM_BALANCER_ROUTE_WORDS_H
#define PLATFORM_BALANCER_ROUTE_WORDS_H

#include "platform/balancer/route_labels.h"

/* A port while its labels are read. */
struct label_port {
    struct label_service label;
    const char          *groups; /* of this port alone, NULL when not said */
    bool                 enabled;
    bool                 disabled;
    bool                 mode_is_said;
    bool                 mode_http;
    bool                 checks_elsewhere;
    uint32_t             checks_index; /* the port whose health check counts */
    bool                 left_out;
};

enum route_word_kind {
    ROUTE_WORD_BOOL,    /* bool */
    ROUTE_WORD_TIME,    /* int64_t */
    ROUTE_WORD_COUNT,   /* uint32_t */
    ROUTE_WORD_SIGNED,  /* int32_t */
    ROUTE_WORD_PERCENT, /* uint32_t, parts per million */
    ROUTE_WORD_RATE,    /* uint32_t, whole ones a second */
    ROUTE_WORD_READ,    /* by a function */
    ROUTE_WORD_UNUSED   /* known, and not acted upon */
};

typedef bool route_word_read_fn(void *base, const char *value, struct arena *arena);

struct route_word {
    const char          *word;
    enum route_word_kind kind;
    size_t               offset; /* in struct label_port, of an app's word in struct label_group */
    int64_t              min;
    int64_t              max;
    const char          *expected; /* "a path"; of an unused one: why */
    const char          *needs;    /* a label without which it has no effect, "HAPROXY_%u_VHOST" */
    bool                 guards;   /* a bad value leaves the service out */
    route_word_read_fn  *read;
};

/* A label's key taken apart. */
struct route_key {
    const struct route_word *word; /* NULL: not a known one */
    bool                     of_port;
    uint32_t                 port_index;
};

/* False when the key is none of ours at all. */
bool route_word_find(const char *key, struct route_key *ret_key);

/* A sentence for a key that route_word_find does not know, with the nearest that it does. */
const char *route_word_unknown(const char *key, struct arena *arena);

/* False when the value is none of the word's; base is then as it was. */
bool route_word_apply(const struct route_word *word, void *base, const char *value,
                      struct arena *arena);

#endif
