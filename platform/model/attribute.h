/*
 * platform/model/attribute.h - a node's attributes as constraints compare them.
 *
 * Source: Mesos' text form of attributes: numbers are scalars, "{b,a}" is a set, whose items have
 *         no order, anything else is text; Marathon prints a set as a sorted comma-separated list
 *         in braces.
 */
#ifndef PLATFORM_MODEL_ATTRIBUTE_H
#define PLATFORM_MODEL_ATTRIBUTE_H

#include "platform/model/node.h"

/*
 * As it is written, a set in the order of its items, a fraction to three decimals ("1.50" is
 * "1.5"); it stands in room. NULL: the node has none.
 */
const char *attribute_value(const struct node_spec *node, const char *name,
                            char room[NODE_ATTRIBUTES_BYTES]);

/* What a node says of a field: hostname (or @hostname), @region, @zone, or an attribute. */
const char *attribute_field(const struct node_spec *node, const char *field,
                            char room[NODE_ATTRIBUTES_BYTES]);

/* A number such as "-1.5" in thousandths, rounded; false when the text is no number. */
bool attribute_milli(const char *text, int64_t *ret_milli);

#endif
