/*
 * tests/unit/names/test_table.c
 *
 * Goal:   the table publishes what is healthy under every name that DC/OS gives it, and all that
 *         runs when nothing is healthy.
 * Method: a master's memory with three tasks; what they are is changed, and every kind of name is
 *         looked up.
 */
#include "tests/unit/names/names_bed.h"

static void
expect(struct names_bed *names, const char *name, const char *expected)
{
    struct strbuf out = { 0 };
    const char *said = names_bed_say(names, name, &out);
    cr_assert_str_eq(said, expected, "%s: %s, expected %s", name, said, expected);
    strbuf_fini(&out);
}

static void
rebuild(struct names_bed *names)
{
    names_table_build(&names->table, &names->bed.cluster);
}

Test(names_table, publishes_every_name_of_an_app)
{
    struct names_bed names;
    names_bed_open(&names);
    static const char *const addresses[] = {
        "web-prod.marathon.mesos",
        "web-prod.marathon.slave.mesos",
        "web-prod.marathon.containerip.dcos.thisdcos.directory",
        "web-prod.marathon.agentip.dcos.thisdcos.directory",
        "web-prod.marathon.autoip.dcos.thisdcos.directory",
        "slave.mesos",
    };
    for (uint32_t i = 0; i < COUNT_OF(addresses); i++) {
        expect(&names, addresses[i], "10.0.0.1 10.0.0.2 10.0.0.3");
    }
    const char *const targets = "31000>web-prod-1-s0.marathon.mesos "
                                "31000>web-prod-2-s1.marathon.mesos "
                                "31000>web-prod-3-s2.marathon.mesos";
    expect(&names, "_web-prod._tcp.marathon.mesos", targets);
    expect(&names, "_http._web-prod._tcp.marathon.mesos", targets);
    expect(&names, "_web._tcp.marathon.l4lb.thisdcos.directory", targets);
    expect(&names, "_web-prod._udp.marathon.mesos",
           "31001>web-prod-1-s0.marathon.mesos 31001>web-prod-2-s1.marathon.mesos "
           "31001>web-prod-3-s2.marathon.mesos");
    expect(&names, "web-prod-2-s1.marathon.mesos", "10.0.0.2");
    names_bed_close(&names);
}

Test(names_table, tells_names_above_from_names_that_are_not_there)
{
    struct names_bed names;
    names_bed_open(&names);
    expect(&names, "marathon.mesos", "-");
    expect(&names, "_tcp.marathon.mesos", "-");
    expect(&names, "mesos", "-");
    expect(&names, "thisdcos.directory", "-");
    expect(&names, "web.marathon.mesos", "none");
    expect(&names, "prod.marathon.mesos", "none");
    cr_assert(names_table_owns("mesos") && names_table_owns("a.mesos"));
    cr_assert_not(names_table_owns("amesos"));
    cr_assert_not(names_table_owns("mesos.org"));
    cr_assert_not(names_table_owns(""));
    names_bed_close(&names);
}

Test(names_table, leaves_out_what_is_not_healthy)
{
    struct names_bed names;
    names_bed_open(&names);
    names.tasks[0]->record.health = HEALTH_BAD;
    names.tasks[2]->record.stop = STOP_DRAINING;
    rebuild(&names);
    expect(&names, "web-prod.marathon.mesos", "10.0.0.2");
    expect(&names, "_web-prod._tcp.marathon.mesos", "31000>web-prod-2-s1.marathon.mesos");
    expect(&names, "web-prod-1-s0.marathon.mesos", "none");
    names.tasks[2]->record.stop = STOP_NONE;
    names.tasks[2]->record.wants_ready = 1; /* and it is not */
    rebuild(&names);
    expect(&names, "web-prod.marathon.mesos", "10.0.0.2");
    names_bed_close(&names);
}

Test(names_table, publishes_all_that_run_when_none_is_healthy)
{
    struct names_bed names;
    names_bed_open(&names);
    names.tasks[0]->record.health = HEALTH_BAD;
    names.tasks[1]->record.health = HEALTH_UNKNOWN;
    names.tasks[2]->record.health = HEALTH_BAD;
    names.tasks[2]->record.stop = STOP_KILLING;
    rebuild(&names);
    expect(&names, "web-prod.marathon.mesos", "10.0.0.1 10.0.0.2");
    names.tasks[0]->record.state = TASK_STAGING;
    names.tasks[1]->record.state = TASK_UNREACHABLE;
    rebuild(&names);
    expect(&names, "web-prod.marathon.mesos", "none");
    names_bed_close(&names);
}

Test(names_table, tells_containers_from_their_agents)
{
    struct names_bed names;
    names_bed_open(&names);
    names.tasks[0]->record.ipv4 = UINT32_C(0xAC110005); /* 172.17.0.5: a network of its own */
    names.tasks[1]->record.health = HEALTH_BAD;
    names.tasks[2]->record.health = HEALTH_BAD;
    rebuild(&names);
    expect(&names, "web-prod.marathon.mesos", "172.17.0.5");
    expect(&names, "web-prod.marathon.containerip.dcos.thisdcos.directory", "172.17.0.5");
    expect(&names, "web-prod.marathon.agentip.dcos.thisdcos.directory", "10.0.0.1");
    expect(&names, "web-prod.marathon.slave.mesos", "10.0.0.1");
    expect(&names, "web-prod-1-s0.marathon.mesos", "172.17.0.5");
    names_bed_close(&names);
}

Test(names_table, names_an_address_once)
{
    struct names_bed names;
    names_bed_open(&names);
    for (uint32_t i = 0; i < NAMES_BED_TASKS; i++) {
        names.tasks[i]->record.ipv4 = UINT32_C(0x7F000001);
        cluster_node_get(&names.bed.cluster, i)->spec.ipv4 = UINT32_C(0x7F000001);
    }
    rebuild(&names);
    expect(&names, "web-prod.marathon.mesos", "127.0.0.1");
    expect(&names, "slave.mesos", "127.0.0.1");
    names_bed_close(&names);
}

Test(names_table, gives_a_vip_the_addresses_of_proxies_that_answer)
{
    struct names_bed names;
    names_bed_open(&names);
    expect(&names, "web.marathon.l4lb.thisdcos.directory", "none");
    struct cluster_edge *edge = cluster_edge_get(&names.bed.cluster, 1);
    edge->seen_at_ns = cluster_now(&names.bed.cluster);
    rebuild(&names);
    expect(&names, "web.marathon.l4lb.thisdcos.directory", "10.0.0.2");
    names_bed_close(&names);
}

Test(names_table, forgets_an_app_that_is_gone)
{
    struct names_bed names;
    names_bed_open(&names);
    for (uint32_t i = 0; i < NAMES_BED_TASKS; i++) {
        names.tasks[i]->record.node = 0; /* nothing was booked */
        cluster_task_forget(names.tasks[i]);
    }
    rebuild(&names);
    expect(&names, "web-prod.marathon.mesos", "none");
    expect(&names, "slave.mesos", "10.0.0.1 10.0.0.2 10.0.0.3");
    names_bed_close(&names);
}
