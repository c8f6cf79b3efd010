/* sim/snapshot_nodes.c - when a snapshot was taken, and the machines that it found. */
#include <jansson.h>

#include "sim/snapshot_read.h"

void
snapshot_read_nodes(struct scenario_reader *reader)
{
    static const char     where[] = "/state/nodes";
    struct arena         *arena = reader->read.arena;
    struct scenario      *scenario = reader->scenario;
    struct snapshot      *snapshot = ARENA_NEW(reader->read.arena, struct snapshot);
    struct snapshot_block block = { .warm_up_ns = SNAPSHOT_WARM_UP_NS };
    scenario->snapshot = snapshot;
    reader->snapshot = snapshot;
    if (!fields_is_object(&reader->read, reader->top.state, "/state")) {
        return;
    }
    fields_parse(&reader->read, reader->top.state, "/state", snapshot_block_table.fields,
                 snapshot_block_table.count, NULL, &block);
    snapshot->taken_at_ns = block.taken_at_ns;
    snapshot->warm_up_ns = block.warm_up_ns;
    if (json_object_get(reader->document.merged, "start") == NULL) {
        scenario->start_at_ns = block.taken_at_ns;
    } else {
        scenario_error(reader, "/start", "stands beside \"state\", which says when it begins, "
                                         "expected one of the two");
    }
    if (scenario->duration_ns > 0 && block.warm_up_ns > scenario->duration_ns) {
        scenario_error(reader, "/duration", "is shorter than the \"warm_up\" of the state, "
                                            "expected more");
    }
    if (json_array_size(block.nodes) == 0 && fields_is_array(&reader->read, block.nodes, where)) {
        scenario_error(reader, where, "found no machine, expected one at least");
        return;
    }
    scenario->groups = ARENA_ARRAY(arena, struct scenario_group, SCENARIO_GROUPS_MAX);
    scenario->zones = ARENA_ARRAY(arena, const char *, SCENARIO_ZONES_MAX);
    scenario->zones_count = 0;
    scenario_read_nodes(reader, block.nodes, where);
}
