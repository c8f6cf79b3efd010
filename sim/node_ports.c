/* sim/node_ports.c - the ports that tasks may have on a simulated machine. */
#include "sim/node_ports.h"

#include <string.h>

/* Source: DC/OS 2.x defaults for private and public agents: everything but its own ports. */
static const struct node_port_range ports_private[] = { { 1025, 2180 }, { 2182, 3887 },
                                                        { 3889, 5049 }, { 5052, 8079 },
                                                        { 8082, 8180 }, { 8182, 32000 } };
static const struct node_port_range ports_public[] = { { 1, 21 }, { 23, 5050 }, { 5052, 32000 } };
_Static_assert(COUNT_OF(ports_private) <= NODE_PORT_RANGES_MAX, "a node has a place for each");

const struct node_port_range *
node_ports(const char *role, uint32_t *ret_count)
{
    const bool is_public = strcmp(role, "slave_public") == 0;
    *ret_count = is_public ? COUNT_OF(ports_public) : COUNT_OF(ports_private);
    return is_public ? ports_public : ports_private;
}
