/* platform/model/node.c - the names of node states. */
#include "platform/model/node.h"

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
