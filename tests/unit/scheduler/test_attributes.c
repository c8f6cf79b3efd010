/*
 * tests/unit/scheduler/test_attributes.c
 *
 * Goal:   constraints ask for what nodes say of themselves: text exactly, numbers rounded, sets in
 *         whatever order they are written.
 * Method: three nodes with attributes and three without; each constraint beside the nodes that it
 *         allows, with one instance on the first node or none.
 */
#include "platform/model/attribute.h"
#include "tests/unit/scheduler/constraints_bed.h"

TestSuite(attributes);

static void
attributes_open(struct constraints_bed *bed)
{
    static const char *const attributes[] = {
        "rack:r1;speed:1.5;media:{ssd,hdd};gpu_model:V100",
        "rack:r2;speed:1.50049;media:{hdd,ssd};gpu_model:A100",
        "rack:r2;speed:2;media:ssd;rack2:r1",
    };
    constraints_bed_open(bed);
    for (uint32_t i = 0; i < 3; i++) {
        struct cluster_node *node = cluster_node_find(&bed->bed.cluster, i);
        node->spec.attributes = attributes[i];
    }
}

struct asked {
    const char *constraint;
    bool        has_one; /* an instance is on the first node */
    const char *allowed; /* node after node */
};

Test(attributes, each_operator_asks_for_them)
{
    static const struct asked rows[] = {
        { "[\"rack\",\"IS\",\"r1\"]", false, "100000" },
        { "[\"rack\",\"IS\",\"R1\"]", false, "000000" },
        { "[\"rack\",\"CLUSTER\",\"r2\"]", false, "011000" },
        { "[\"rack\",\"CLUSTER\"]", true, "100000" },
        { "[\"rack\",\"UNIQUE\"]", true, "011000" },
        { "[\"rack\",\"MAX_PER\",\"1\"]", true, "011000" },
        { "[\"rack\",\"GROUP_BY\",\"2\"]", true, "111000" }, /* six of them: three on each */
        { "[\"rack\",\"LIKE\",\"r[13]\"]", false, "100000" },
        { "[\"rack\",\"LIKE\",\"r\"]", false, "000000" },
        { "[\"rack\",\"UNLIKE\",\"r1\"]", false, "011111" },
        { "[\"gpu_model\",\"LIKE\",\"V100|A100\"]", false, "110000" },
        { "[\"speed\",\"IS\",\"1.500\"]", false, "110000" },
        { "[\"speed\",\"IS\",\"1.50049\"]", false, "110000" },
        { "[\"speed\",\"IS\",\"1.501\"]", false, "000000" },
        { "[\"speed\",\"IS\",\"2.0\"]", false, "001000" },
        { "[\"speed\",\"UNIQUE\"]", true, "001000" },
        { "[\"speed\",\"CLUSTER\"]", true, "110000" },
        { "[\"speed\",\"CLUSTER\",\"1.50\"]", false, "110000" },
        { "[\"speed\",\"MAX_PER\",\"1\"]", true, "001000" },
        { "[\"speed\",\"LIKE\",\"1\\\\.5\"]", false, "110000" },
        { "[\"media\",\"IS\",\"{hdd,ssd}\"]", false, "110000" },
        { "[\"media\",\"CLUSTER\"]", true, "110000" },
        { "[\"media\",\"UNIQUE\"]", true, "001000" },
        { "[\"media\",\"LIKE\",\"\\\\{hdd,ssd\\\\}\"]", false, "110000" },
        { "[\"media\",\"LIKE\",\".*ssd.*\"]", false, "111000" },
        { "[\"media\",\"UNLIKE\",\".*hdd.*\"]", false, "001111" },
        { "[\"floor\",\"IS\",\"3\"]", false, "000000" },
        { "[\"floor\",\"UNIQUE\"]", false, "000000" },
        { "[\"floor\",\"UNLIKE\",\".*\"]", false, "111111" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct constraints_bed bed;
        char allowed[BED_NODES + 1] = "";
        attributes_open(&bed);
        struct cluster_app *app = constraints_bed_app(&bed, 6, rows[i].constraint);
        if (rows[i].has_one) {
            (void)put(&bed, app, 0);
        }
        struct cluster_task *task = cluster_bed_task(app, NULL, TASK_PENDING);
        const struct filters *filters = filters_begin(&bed.filters, task);
        for (uint32_t k = 0; k < BED_NODES; k++) {
            const struct cluster_node *node = cluster_node_find(&bed.bed.cluster, k);
            allowed[k] = filters_allow(filters, node) ? '1' : '0';
        }
        cr_expect_str_eq(allowed, rows[i].allowed, "%s: %s", rows[i].constraint, allowed);
        constraints_bed_close(&bed);
    }
}

static const char *
value_of(const char *attributes, const char *name, char room[NODE_ATTRIBUTES_BYTES])
{
    const struct node_spec spec = { .attributes = attributes };
    const char *value = attribute_value(&spec, name, room);
    return value != NULL ? value : "none";
}

Test(attributes, a_set_is_printed_in_the_order_of_its_items)
{
    char room[NODE_ATTRIBUTES_BYTES];
    cr_expect_str_eq(value_of("m:{b,a,ab,c}", "m", room), "{a,ab,b,c}");
    cr_expect_str_eq(value_of("m:{}", "m", room), "{}");
    cr_expect_str_eq(value_of("m:{b,,a}", "m", room), "{,a,b}");
    cr_expect_str_eq(value_of("m:{b,a", "m", room), "{b,a");
    cr_expect_str_eq(value_of("k:v;m:x:y", "m", room), "x:y");
    cr_expect_str_eq(value_of("mm:v", "m", room), "none");

    char longest[NODE_ATTRIBUTES_BYTES] = "m:{";
    memset(longest + 3, ',', NODE_ATTRIBUTES_BYTES - 5);
    longest[NODE_ATTRIBUTES_BYTES - 2] = '}';
    longest[NODE_ATTRIBUTES_BYTES - 1] = '\0';
    cr_expect_str_eq(value_of(longest, "m", room), longest + 2);
}

Test(attributes, a_number_with_a_fraction_has_one_way_to_be_written)
{
    char room[NODE_ATTRIBUTES_BYTES];
    cr_expect_str_eq(value_of("m:1.50", "m", room), "1.5");
    cr_expect_str_eq(value_of("m:2.000", "m", room), "2");
    cr_expect_str_eq(value_of("m:100.0004", "m", room), "100");
    cr_expect_str_eq(value_of("m:-0.25", "m", room), "-0.25");
    cr_expect_str_eq(value_of("m:-0.0", "m", room), "0");
    cr_expect_str_eq(value_of("m:0.0625", "m", room), "0.063");
    cr_expect_str_eq(value_of("m:007", "m", room), "007", "which may be a name");
    cr_expect_str_eq(value_of("m:v1.50", "m", room), "v1.50");
    cr_expect_str_eq(value_of("m:1.2.30", "m", room), "1.2.30");
}

Test(attributes, numbers_are_rounded_to_three_decimals)
{
    static const struct {
        const char *text;
        int64_t     milli;
    } numbers[] = {
        { "0", 0 },         { "12", 12000 },     { "-1.5", -1500 },  { "1.0004", 1000 },
        { "1.0005", 1001 }, { "1.00049", 1000 }, { "0.9996", 1000 },
        { "999999999999", 999999999999000 },
    };
    static const char *const others[] = { "",   "-",  ".5",    "1.",           "1e3",
                                          "v1", "1 ", "1.2.3", "1234567890123" };
    int64_t milli = 0;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        cr_expect(attribute_milli(numbers[i].text, &milli), "%s", numbers[i].text);
        cr_expect(eq(i64, milli, numbers[i].milli), "%s", numbers[i].text);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        cr_expect(not(attribute_milli(others[i], &milli)), "%s", others[i]);
    }
}
