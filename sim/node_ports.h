/*
 * sim/node_ports.h - the ports that tasks may have on a simulated machine.
 */
#ifndef SIM_NODE_PORTS_H
#define SIM_NODE_PORTS_H

#include "platform/model/node.h"

/* By the machine's role; at most NODE_PORT_RANGES_MAX ranges, in order. */
const struct node_port_range *node_ports(const char *role, uint32_t *ret_count);

#endif
