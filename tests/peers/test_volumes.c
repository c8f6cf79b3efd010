/*
 * tests/peers/test_volumes.c
 *
 * Goal:   the fake container engine and the real one keep the same promises about volumes that
 *         callers name.
 * Method: one body a promise, run on both sides; what is in a volume is looked at by commands
 *         inside of containers, which only the real side interprets.
 */
#include "tests/peers/peers.h"


struct found {
    struct env_containers_volumes list;
    uint32_t count;
    uint64_t volumes[8];
};

static void
found_row(struct env_containers_volumes *list, uint64_t volume)
{
    struct found *found = container_of(list, struct found, list);
    cr_assert(found->count < COUNT_OF(found->volumes));
    found->volumes[found->count++] = volume;
}

static void
found_list(struct peer *peer, struct found *found)
{
    *found = (struct found){.list = {.op.done = peer_done, .row = found_row}};
    env_containers_volumes(peer->env->containers, &found->list);
    const enum status status = peer_wait(peer, &found->list.op);
    cr_assert(status == ST_OK, "volumes: %s", status_name(status));
}

static enum status
removed(struct peer *peer, uint64_t volume)
{
    struct env_containers_remove_volume remove = {.op.done = peer_done, .volume = volume};
    env_containers_remove_volume(peer->env->containers, &remove);
    return peer_wait(peer, &remove.op);
}

/* Starts one that stays, with two parts of the volume. */
static uint64_t
started_with(struct peer *peer, uint64_t volume)
{
    const struct container_volume volumes[] = {
        {.container_path = "data", .part = 1, .volume = volume, .bytes = MIB(1)},
        {.container_path = "/var/log/own", .part = 2, .volume = volume, .bytes = MIB(1)},
    };
    struct container_spec spec;
    peer_spec(peer, PEER_APP_STAYS, &spec);
    spec.volumes = volumes;
    spec.volumes_count = 2;
    const enum status status = peer_start(peer, &spec);
    cr_assert(status == ST_OK, "%s", status_name(status));
    return spec.token;
}

static int32_t
exit_code_of(struct peer *peer, uint64_t token, const char *shell)
{
    struct env_containers_exec exec = {.op.done = peer_done,
                                       .token = token,
                                       .shell = shell,
                                       .timeout_ns = SEC(20),
                                       .ret_exit_code = -1};
    env_containers_exec(peer->env->containers, &exec);
    cr_assert(peer_wait(peer, &exec.op) == ST_OK);
    return exec.ret_exit_code;
}

PEER_TEST(volumes, a_volume_is_made_with_its_first_container_and_listed_once)
{
    struct found found;
    found_list(peer, &found);
    cr_assert(found.count == 0);
    (void)started_with(peer, 12);
    (void)started_with(peer, 7);
    found_list(peer, &found);
    cr_assert(found.count == 2 && found.volumes[0] == 7 && found.volumes[1] == 12);
}

PEER_TEST(volumes, what_is_in_it_outlives_its_container_and_the_process)
{
    struct found found;
    const uint64_t first = started_with(peer, 5);
    cr_assert(exit_code_of(peer, first, "echo kept >/data/file && echo too >/var/log/own/file") ==
              0);
    cr_assert(peer_remove(peer, first) == ST_OK);
    peer_restart(peer);
    found_list(peer, &found);
    cr_assert(found.count == 1 && found.volumes[0] == 5);
    const uint64_t second = started_with(peer, 5);
    static const char both[] =
        "test \"$(cat /data/file /var/log/own/file | tr -d '\\n')\" = kepttoo";
    cr_assert(exit_code_of(peer, second, both) == 0);
}

PEER_TEST(volumes, a_volume_that_is_mounted_is_not_removed)
{
    struct found found;
    const uint64_t token = started_with(peer, 5);
    cr_assert(removed(peer, 5) == ST_FAILED);
    cr_assert(peer_stop(peer, token, SEC(20)) == ST_OK);
    cr_assert(removed(peer, 5) == ST_FAILED, "the container is still there");
    found_list(peer, &found);
    cr_assert(found.count == 1);
    cr_assert(peer_remove(peer, token) == ST_OK);
    cr_assert(removed(peer, 5) == ST_OK);
    found_list(peer, &found);
    cr_assert(found.count == 0);
}

PEER_TEST(volumes, the_removal_of_an_absent_volume_is_fine)
{
    cr_assert(removed(peer, 99) == ST_OK);
}

PEER_TEST(volumes, a_removed_volume_comes_again_empty)
{
    const uint64_t first = started_with(peer, 5);
    cr_assert(exit_code_of(peer, first, "echo kept >/data/file") == 0);
    cr_assert(peer_remove(peer, first) == ST_OK);
    cr_assert(removed(peer, 5) == ST_OK);
    const uint64_t second = started_with(peer, 5);
    cr_assert(exit_code_of(peer, second, "test ! -e /data/file") == 0);
}
