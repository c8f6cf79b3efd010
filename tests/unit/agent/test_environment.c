/*
 * tests/unit/agent/test_environment.c
 *
 * Goal:   a task finds the variables that Marathon sets, and its own win over them.
 * Method: one app with every kind of port and label, read as the agent reads it.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <jansson.h>
#include <string.h>

#include "platform/agent/agent.h"

static struct arena arena;
static const struct container_pair *pairs;
static uint32_t pairs_count;
static uint16_t gpu_mask;

static void
environment_of(const char *text, const uint16_t *ports, uint8_t ports_count)
{
    struct diag_list diags;
    arena_init(&arena, 0xA5);
    diag_list_init(&diags, &arena);
    json_t *json = json_loads(text, 0, NULL);
    const struct app_spec *app = app_read(json, NULL, "", &arena, &diags);
    cr_assert_not_null(app);
    struct agent_config *config = ARENA_NEW(&arena, struct agent_config); /* pairs point into it */
    struct process *agent = ARENA_NEW(&arena, struct process);
    config->node.hostname = "private-3";
    agent->config = config;
    struct agent_task *task = arena_alloc_zero(&arena, sizeof *task + ports_count * sizeof *ports);
    task->agent = agent;
    task->id = 42;
    task->version = 7;
    task->ports_count = ports_count;
    task->gpu_mask = gpu_mask;
    memcpy(task->ports, ports, ports_count * sizeof *ports);
    pairs = environment_make(app, task, &arena, &pairs_count);
    diag_list_fini(&diags);
    json_decref(json);
}

static const char *
value(const char *key)
{
    const char *found = "(unset)";
    uint32_t count = 0;
    for (uint32_t i = 0; i < pairs_count; i++) {
        if (strcmp(pairs[i].key, key) == 0) {
            found = pairs[i].value;
            count++;
        }
    }
    cr_assert_leq(count, 1, "%s is set twice", key);
    return found;
}

static const uint16_t two_ports[] = { 31005, 31006 };

Test(environment, names_the_app_and_its_resources)
{
    environment_of("{\"id\": \"/shop/web\", \"cmd\": \"true\", \"cpus\": 0.25, \"mem\": 64,"
                   " \"disk\": 0.5, \"container\": {\"type\": \"DOCKER\", \"docker\":"
                   " {\"image\": \"shop/web:1.0\"}}}",
                   two_ports, 1);
    cr_assert_str_eq(value("MARATHON_APP_ID"), "/shop/web");
    cr_assert_str_eq(value("MARATHON_APP_VERSION"), "7");
    cr_assert_str_eq(value("MARATHON_APP_DOCKER_IMAGE"), "shop/web:1.0");
    cr_assert_str_eq(value("MARATHON_APP_RESOURCE_CPUS"), "0.25");
    cr_assert_str_eq(value("MARATHON_APP_RESOURCE_MEM"), "64.0");
    cr_assert_str_eq(value("MARATHON_APP_RESOURCE_DISK"), "0.5");
    cr_assert_str_eq(value("MARATHON_APP_RESOURCE_GPUS"), "0");
    cr_assert_str_eq(value("MESOS_TASK_ID"), "shop_web.42");
    cr_assert_str_eq(value("HOST"), "private-3");
    arena_fini(&arena);
}

Test(environment, names_the_gpus_of_the_task)
{
    environment_of("{\"id\": \"/a\", \"cmd\": \"true\"}", two_ports, 1);
    cr_assert_str_eq(value("NVIDIA_VISIBLE_DEVICES"), "(unset)");
    cr_assert_str_eq(value("REHEARSAL_GPU_MILLI"), "(unset)");
    arena_fini(&arena);

    gpu_mask = 0x8009;
    environment_of("{\"id\": \"/a\", \"cmd\": \"true\", \"gpus\": 3}", two_ports, 1);
    cr_assert_str_eq(value("MARATHON_APP_RESOURCE_GPUS"), "3");
    cr_assert_str_eq(value("NVIDIA_VISIBLE_DEVICES"), "0,3,15");
    cr_assert_str_eq(value("REHEARSAL_GPU_MILLI"), "(unset)");
    arena_fini(&arena);

    gpu_mask = 0x2;
    environment_of("{\"id\": \"/a\", \"cmd\": \"true\", \"labels\": {\"REHEARSAL_GPU_MILLI\": "
                   "\"250\"}}", two_ports, 1);
    cr_assert_str_eq(value("MARATHON_APP_RESOURCE_GPUS"), "0");
    cr_assert_str_eq(value("NVIDIA_VISIBLE_DEVICES"), "1");
    cr_assert_str_eq(value("REHEARSAL_GPU_MILLI"), "250");
    arena_fini(&arena);
}

Test(environment, tells_every_port_by_number_and_by_name)
{
    environment_of("{\"id\": \"/web\", \"cmd\": \"true\", \"portDefinitions\":"
                   " [{\"port\": 0, \"name\": \"http-api\"}, {\"port\": 0}]}",
                   two_ports, 2);
    cr_assert_str_eq(value("PORT"), "31005");
    cr_assert_str_eq(value("PORT0"), "31005");
    cr_assert_str_eq(value("PORT1"), "31006");
    cr_assert_str_eq(value("PORTS"), "31005,31006");
    cr_assert_str_eq(value("PORT_HTTP_API"), "31005");
    cr_assert_str_eq(value("PORT2"), "(unset)");
    arena_fini(&arena);
}

Test(environment, carries_labels_but_not_overlong_ones)
{
    char text[1200];
    char huge[600];
    memset(huge, 'x', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    (void)snprintf(text, sizeof text,
                   "{\"id\": \"/web\", \"cmd\": \"true\", \"labels\":"
                   " {\"HAPROXY_0_VHOST\": \"a.b\", \"odd key\": \"1\", \"big\": \"%s\"}}",
                   huge);
    environment_of(text, two_ports, 1);
    cr_assert_str_eq(value("MARATHON_APP_LABEL_HAPROXY_0_VHOST"), "a.b");
    cr_assert_str_eq(value("MARATHON_APP_LABEL_ODD_KEY"), "1");
    cr_assert_str_eq(value("MARATHON_APP_LABEL_BIG"), "(unset)");
    cr_assert_not_null(strstr(value("MARATHON_APP_LABELS"), "HAPROXY_0_VHOST"));
    cr_assert_not_null(strstr(value("MARATHON_APP_LABELS"), "ODD_KEY"));
    cr_assert_null(strstr(value("MARATHON_APP_LABELS"), "BIG"));
    arena_fini(&arena);
}

Test(environment, lets_the_apps_own_variables_win)
{
    environment_of("{\"id\": \"/web\", \"cmd\": \"true\","
                   " \"env\": {\"HOST\": \"me\", \"PORT0\": \"80\", \"OWN\": \"1\"}}",
                   two_ports, 1);
    cr_assert_str_eq(value("HOST"), "me");
    cr_assert_str_eq(value("PORT0"), "80");
    cr_assert_str_eq(value("PORT"), "31005");
    cr_assert_str_eq(value("OWN"), "1");
    arena_fini(&arena);
}
