/* tests/scenario/master_points.c - plays to the instant after each thing that the master did. */
#include "tests/scenario/master_points.h"

/* The master's lines among those that came since. */
static bool
master_wrote(const struct play *play, uint32_t *events_count)
{
    const struct vec *events = &play->results->events;
    bool              wrote = false;
    for (; *events_count < events->count; (*events_count)++) {
        const struct result_event *event = vec_at(events, *events_count);
        wrote = wrote || env_address_kind(event->process) == ENV_PROCESS_MASTER;
    }
    return wrote;
}

bool
master_points_play(struct play *play, int64_t from_at_ns, master_points_go_on_fn *go_on,
                   uint32_t number)
{
    uint32_t events_count = 0;
    uint32_t points = 0;
    if (!play_until(play, from_at_ns)) {
        return false;
    }
    (void)master_wrote(play, &events_count);
    uint64_t moves = fake_store_moves(play->world->store);
    while (points < number && go_on(play) && world_step(play->world)) {
        const bool wrote = master_wrote(play, &events_count);
        points += wrote || fake_store_moves(play->world->store) != moves ? 1U : 0U;
        moves = fake_store_moves(play->world->store);
    }
    return points == number;
}
