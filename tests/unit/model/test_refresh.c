/*
 * tests/unit/model/test_refresh.c
 *
 * Goal:   what is said of a refresh is read as it is meant, and every mistake is said where it
 *         stands.
 * Method: JSON in, a spec or a sentence out; the canonical text reads as the same again.
 */
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "platform/base/units.h"
#include "platform/model/refresh.h"

static struct arena     arena;
static struct diag_list diags;

static void
begin(void)
{
    arena_init(&arena, 0xA5);
    diag_list_init(&diags, &arena);
}

static void
end(void)
{
    diag_list_fini(&diags);
    arena_fini(&arena);
}

TestSuite(refresh_spec, .init = begin, .fini = end);

static const struct refresh_spec *
read_text(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);
    cr_assert_not_null(json, "%s", text);
    const struct refresh_spec *spec = refresh_read(json, NULL, "", &arena, &diags);
    json_decref(json);
    return spec;
}

Test(refresh_spec, has_the_defaults_of_the_cloud)
{
    const struct refresh_spec *spec = read_text("{\"group\":\"g\",\"image\":\"i\"}");
    cr_assert_not_null(spec);
    cr_assert_eq(spec->min_healthy_ppm, 900000);
    cr_assert_eq(spec->max_healthy_ppm, 1000000);
    cr_assert_eq(spec->checkpoint_delay_ns, HOUR(1));
    cr_assert_eq(spec->checkpoints_count, 0);
    cr_assert(spec->rollback && !spec->skip_matching);
}

Test(refresh_spec, reads_its_own_canonical_text_as_the_same)
{
    const struct refresh_spec *spec = read_text(
        "{\"image\":\"i\",\"group\":\"g\",\"min_healthy\":50,\"max_healthy\":\"150%\","
        "\"checkpoints\":[25,\"50%\",100],\"checkpoint_delay\":\"5m\",\"warmup\":\"30s\","
        "\"boot_deadline\":\"4m\",\"drain_deadline\":\"6m\",\"skip_matching\":true,"
        "\"rollback\":false,\"apps\":[\"/web\"],\"sick_for\":\"20s\"}");
    cr_assert_not_null(spec);
    const struct refresh_spec *again = read_text(spec->json);
    cr_assert_str_eq(again->json, spec->json);
    cr_assert_eq(again->checkpoints_ppm[1], 500000);
    cr_assert_eq(again->checkpoints_count, 3);
    cr_assert_eq(again->max_healthy_ppm, 1500000);
    cr_assert_eq(again->warmup_ns, SEC(30));
    cr_assert_str_eq(again->apps[0], "/web");
}

Test(refresh_spec, says_every_mistake_where_it_stands)
{
    static const struct {
        const char *text, *pointer, *said;
    } table[] = {
        { "{\"image\":\"i\"}", "/group", "is missing" },
        { "{\"group\":\"g\"}", "/image", "is missing" },
        { "{\"group\":\"g\",\"image\":\"\"}", "/image", "0 characters" },
        { "{\"group\":\"g\",\"image\":\"i\",\"min_healthy\":101}", "/min_healthy", "0% to 100%" },
        { "{\"group\":\"g\",\"image\":\"i\",\"max_healthy\":99}", "/max_healthy", "100% to 200%" },
        { "{\"group\":\"g\",\"image\":\"i\",\"min_healthy\":50,\"max_healthy\":151}",
          "/max_healthy", "at most 150%" },
        { "{\"group\":\"g\",\"image\":\"i\",\"checkpoints\":[50,50]}", "/checkpoints/1",
          "above the one before" },
        { "{\"group\":\"g\",\"image\":\"i\",\"checkpoints\":[50,120]}", "/checkpoints/1",
          "up to 100%" },
        { "{\"group\":\"g\",\"image\":\"i\",\"checkpoints\":[]}", "/checkpoints", "1 to 16" },
        { "{\"group\":\"g\",\"image\":\"i\",\"warmup\":\"11m\"}", "/warmup", "boot_deadline" },
        { "{\"group\":\"g\",\"image\":\"i\",\"apps\":[\"web\"]}", "/apps/0", "id of an app" },
        { "{\"group\":\"g\",\"image\":\"i\",\"min_helthy\":90}", "/min_helthy", "min_healthy" },
        { "[]", "", "expected an object" },
    };
    for (uint32_t i = 0; i < COUNT_OF(table); i++) {
        const uint32_t before = diags.items.count;
        cr_expect_null(read_text(table[i].text), "%s", table[i].text);
        cr_assert_gt(diags.items.count, before, "%s", table[i].text);
        const struct diag *diag = vec_at(&diags.items, before);
        cr_expect_str_eq(diag->pointer, table[i].pointer);
        cr_expect_not_null(strstr(diag->text, table[i].said), "%s", diag->text);
    }
}
