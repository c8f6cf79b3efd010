/*
 * sim/schema_parts.h - parts of scenarios/schema.json that have a file of their own.
 */
#ifndef SIM_SCHEMA_PARTS_H
#define SIM_SCHEMA_PARTS_H

struct json_t;

/* Of "strategy" of a deploy step; a new reference. */
struct json_t *schema_strategy(void);

#endif
