/*
 * tests/peers/fake_world.c - the small world of the unit tests, for the simulated half of these
 * suites.
 *
 * Each test program is linked from its own folder, and this one world is shared by two of them.
 */
#include "tests/unit/fakes/test_world.c"
#include "tests/unit/fakes/test_world_map.c"
