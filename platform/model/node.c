/* platform/model/node.c - the names of node states, and what a node's attributes say. */
#include "platform/model/node.h"

#include <string.h>

static const char *const names[NODE_STATE_COUNT] = {
#define X(state, name) [state] = name,
    NODE_STATE_LIST(X)
#undef X
};

const char *
node_state_name(enum node_state state)
{
    ASSERT(state < NODE_STATE_COUNT);
    return names[state];
}

const char *
node_attribute(const struct node_spec *spec, const char *name, size_t *ret_len)
{
    const size_t name_len = strlen(name);
    for (const char *at = spec->attributes; *at != '\0';) {
        const size_t len = strcspn(at, ";");
        if (len > name_len && at[name_len] == ':' && strncmp(at, name, name_len) == 0) {
            *ret_len = len - name_len - 1;
            return at + name_len + 1;
        }
        at += at[len] == ';' ? len + 1 : len;
    }
    return NULL;
}
