/*
 * tests/unit/backends/test_docker_json.c
 *
 * Goal:   what is asked of the Docker Engine, and what its answers are taken to mean.
 * Method: specs to JSON, and JSON as an engine was seen to send it; broken JSON is refused.
 */
#include "platform/backends/docker/json.h"

#include <criterion/criterion.h>
#include <string.h>

static json_t *
created(const struct container_spec *spec)
{
    const struct docker_identity identity = {.image = "a:1", .run_id = "r", .agent = "n"};
    struct strbuf text = {0};
    docker_json_create(spec, &identity, &text);
    json_t *root = json_loads(strbuf_text(&text), 0, NULL);
    cr_assert(root != NULL);
    strbuf_fini(&text);
    return root;
}

static const char *
text_at(json_t *root, const char *key, const char *below)
{
    const json_t *at = json_object_get(root, key);
    const char *text = json_string_value(below != NULL ? json_object_get(at, below) : at);
    return text != NULL ? text : "";
}

Test(docker_json, a_container_is_labelled_and_limited)
{
    const struct container_pair label = {"color", "blue"};
    const struct container_pair variable = {"A", "b \"c\""};
    const struct container_spec spec = {.token = UINT64_MAX,
                                        .shell = "echo \"$A\"",
                                        .labels = &label,
                                        .labels_count = 1,
                                        .env = &variable,
                                        .env_count = 1,
                                        .cpu_milli = 1500,
                                        .mem_bytes = MIB(64)};
    json_t *root = created(&spec);
    const json_t *host = json_object_get(root, "HostConfig");
    cr_assert(strcmp(text_at(root, "Labels", "rehearsal.token"), "18446744073709551615") == 0);
    cr_assert(strcmp(text_at(root, "Labels", "rehearsal.run"), "r") == 0);
    cr_assert(strcmp(text_at(root, "Labels", "rehearsal.agent"), "n") == 0);
    cr_assert(strcmp(text_at(root, "Labels", "color"), "blue") == 0);
    cr_assert(json_integer_value(json_object_get(host, "CpuQuota")) == 150000);
    cr_assert(json_integer_value(json_object_get(host, "Memory")) == MIB(64));
    cr_assert(json_is_true(json_object_get(host, "Init")));
    cr_assert(strcmp(text_at(root, "HostConfig", "NetworkMode"), "host") == 0);
    const json_t *variables = json_object_get(root, "Env");
    cr_assert(strcmp(json_string_value(json_array_get(variables, 0)), "A=b \"c\"") == 0);
    const json_t *command = json_object_get(root, "Cmd");
    cr_assert(strcmp(json_string_value(json_array_get(command, 0)), "echo \"$A\"") == 0);
    json_decref(root);
}

Test(docker_json, ports_are_published_on_loopback_and_only_when_asked_for)
{
    const struct container_port ports[] = {
        {.container_port = 80, .host_port = 31000},
        {.container_port = 80, .host_port = 31001},
        {.container_port = 53, .host_port = 31002, .udp = true},
        {.container_port = 99},
    };
    struct container_spec spec = {.token = 1,
                                  .ports = ports,
                                  .ports_count = COUNT_OF(ports),
                                  .network = CONTAINER_BRIDGE,
                                  .cpu_milli = 1,
                                  .mem_bytes = 1};
    json_t *root = created(&spec);
    const json_t *bindings = json_object_get(json_object_get(root, "HostConfig"), "PortBindings");
    const json_t *web = json_object_get(bindings, "80/tcp");
    cr_assert(json_object_size(bindings) == 2);
    cr_assert(json_array_size(web) == 2);
    cr_assert(strcmp(text_at(json_array_get(web, 1), "HostPort", NULL), "31001") == 0);
    cr_assert(strcmp(text_at(json_array_get(web, 1), "HostIp", NULL), "127.0.0.1") == 0);
    cr_assert(json_object_get(bindings, "53/udp") != NULL);
    json_decref(root);

    spec.network = CONTAINER_HOST;
    root = created(&spec);
    cr_assert(json_object_get(root, "ExposedPorts") == NULL);
    json_decref(root);
}

Test(docker_json, a_part_of_a_volume_is_mounted_by_its_name_and_labelled)
{
    const struct container_volume volumes[] = {
        {.container_path = "/etc/x", .host_path = "/srv/x", .read_only = true},
        {.container_path = "data", .part = 1, .volume = 7, .bytes = 1},
        {.container_path = "/log", .part = 2, .volume = 7, .bytes = 1},
    };
    const struct container_spec spec = {
        .token = 1, .volumes = volumes, .volumes_count = 3, .cpu_milli = 1, .mem_bytes = 1};
    json_t *root = created(&spec);
    json_t *host = json_object_get(root, "HostConfig");
    json_t *mounts = json_object_get(host, "Mounts");
    json_t *first = json_array_get(mounts, 0);
    cr_assert(json_array_size(json_object_get(host, "Binds")) == 1);
    cr_assert(json_array_size(mounts) == 2);
    cr_assert(strcmp(text_at(first, "Type", NULL), "volume") == 0);
    cr_assert(strcmp(text_at(first, "Source", NULL), "rehearsal-r-volume-7-1") == 0);
    cr_assert(strcmp(text_at(first, "Target", NULL), "/data") == 0);
    json_t *labels = json_object_get(json_object_get(first, "VolumeOptions"), "Labels");
    cr_assert(strcmp(text_at(labels, "rehearsal.run", NULL), "r") == 0);
    cr_assert(strcmp(text_at(labels, "rehearsal.agent", NULL), "n") == 0);
    cr_assert(strcmp(text_at(labels, "rehearsal.volume", NULL), "7") == 0);
    cr_assert(strcmp(text_at(json_array_get(mounts, 1), "Target", NULL), "/log") == 0);
    json_decref(root);
}

Test(docker_json, the_volumes_of_a_list_are_read_in_order_and_once)
{
    static const char body[] =
        "{\"Volumes\":[{\"Name\":\"c\",\"Labels\":{\"rehearsal.volume\":\"12\"}},"
        "{\"Name\":\"a\",\"Labels\":{\"rehearsal.volume\":\"7\"}},"
        "{\"Name\":\"other\",\"Labels\":null},"
        "{\"Name\":\"bad\",\"Labels\":{\"rehearsal.volume\":\"x\"}},"
        "{\"Name\":\"b\",\"Labels\":{\"rehearsal.volume\":\"7\"}}],\"Warnings\":null}";
    static const char none[] = "{\"Volumes\":null,\"Warnings\":null}";
    struct vec volumes;
    json_t *names = json_array();
    vec_init(&volumes, sizeof(uint64_t));
    cr_assert(docker_json_volumes(none, strlen(none), &volumes, names));
    cr_assert(volumes.count == 0 && json_array_size(names) == 0);
    cr_assert(docker_json_volumes(body, strlen(body), &volumes, names));
    cr_assert(volumes.count == 2);
    cr_assert(*(uint64_t *)vec_at(&volumes, 0) == 7 && *(uint64_t *)vec_at(&volumes, 1) == 12);
    cr_assert(json_array_size(names) == 3);
    cr_assert(strcmp(json_string_value(json_array_get(names, 1)), "a") == 0);
    cr_assert(!docker_json_volumes("{}", 2, &volumes, NULL));
    cr_assert(!docker_json_volumes("{\"Volumes\":", 11, &volumes, NULL));
    json_decref(names);
    vec_fini(&volumes);
}

Test(docker_json, an_inspected_container_is_read)
{
    static const char body[] =
        "{\"State\":{\"Status\":\"exited\",\"ExitCode\":137,\"OOMKilled\":true},"
        "\"Config\":{\"Image\":\"a:1\",\"Labels\":{\"rehearsal.token\":\"42\",\"color\":\"blue\"}},"
        "\"NetworkSettings\":{\"Networks\":{\"bridge\":{\"IPAddress\":\"172.17.0.2\"}}}}";
    struct docker_container container;
    cr_assert(docker_json_container(body, strlen(body), &container));
    cr_assert(container.info.token == 42);
    cr_assert(container.info.state == CONTAINER_EXITED);
    cr_assert(container.info.exit_code == 137 && container.info.out_of_memory);
    cr_assert(container.info.ipv4 == UINT32_C(0xAC110002));
    cr_assert(container.info.labels_count == 2);
    docker_container_fini(&container);
}

Test(docker_json, what_is_no_container_of_ours_is_refused)
{
    static const char *const bodies[] = {
        "",
        "{",
        "[]",
        "null",
        "{}",
        "{\"State\":{}}",
        "{\"State\":{\"Status\":\"running\"},\"Config\":{\"Labels\":{}}}",
        "{\"State\":{\"Status\":\"running\"},\"Config\":{\"Labels\":{\"rehearsal.token\":\"1x\"}}}",
        "{\"State\":{},\"Config\":{\"Labels\":{\"rehearsal.token\":\"99999999999999999999\"}}}",
        "{\"State\":1,\"Config\":{\"Labels\":{\"rehearsal.token\":\"1\"}}}",
    };
    for (uint32_t i = 0; i < COUNT_OF(bodies); i++) {
        struct docker_container container;
        cr_assert(!docker_json_container(bodies[i], strlen(bodies[i]), &container), "%s",
                  bodies[i]);
    }
}

Test(docker_json, the_tokens_of_a_list_are_sorted_and_strangers_left_out)
{
    static const char body[] = "[{\"Labels\":{\"rehearsal.token\":\"9\"}},{\"Labels\":null},{},"
                               "{\"Labels\":{\"rehearsal.token\":\"2\"}},"
                               "{\"Labels\":{\"rehearsal.token\":\"30\"}}]";
    struct vec tokens;
    vec_init(&tokens, sizeof(uint64_t));
    cr_assert(docker_json_tokens(body, strlen(body), &tokens));
    cr_assert(tokens.count == 3);
    const uint64_t *items = tokens.items;
    cr_assert(items[0] == 2 && items[1] == 9 && items[2] == 30);
    cr_assert(!docker_json_tokens("{}", 2, &tokens));
    vec_fini(&tokens);
}

Test(docker_json, the_end_of_a_container_is_an_event)
{
    static const char died[] =
        "{\"status\":\"die\",\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"Attributes\":"
        "{\"exitCode\":\"7\",\"rehearsal.token\":\"42\"}},\"time\":1,\"timeNano\":1500000000}";
    static const char started[] =
        "{\"Action\":\"start\",\"Actor\":{\"Attributes\":{\"rehearsal.token\":\"42\"}}}";
    struct docker_event event;
    cr_assert(docker_json_event(died, strlen(died), &event));
    cr_assert(event.is_exit && event.token == 42 && event.exit_code == 7);
    cr_assert(event.at_ns == 1500000000);
    cr_assert(docker_json_event(started, strlen(started), &event));
    cr_assert(!event.is_exit);
    cr_assert(!docker_json_event("nonsense", 8, &event));
}

Test(docker_json, a_failed_pull_is_told_in_its_stream)
{
    static const char fine[] = "{\"status\":\"Pulling from library/a\",\"id\":\"1\"}";
    static const char error[] =
        "{\"errorDetail\":{\"message\":\"manifest unknown\"},\"error\":\"manifest unknown\"}";
    char text[64];
    cr_assert(!docker_json_pull_error(fine, strlen(fine), text, sizeof text));
    cr_assert(docker_json_pull_error(error, strlen(error), text, sizeof text));
    cr_assert(docker_pull_status(0, text) == ST_NOT_FOUND);
}

Test(docker_json, the_words_of_a_failed_pull_have_their_meaning)
{
    cr_assert(docker_pull_status(404, "pull access denied for a, repository does not exist or may "
                                      "require 'docker login'") == ST_NOT_FOUND);
    cr_assert(docker_pull_status(500, "Get ...: unauthorized: authentication required") ==
              ST_DENIED);
    cr_assert(docker_pull_status(500, "Get ...: no basic auth credentials") == ST_DENIED);
    cr_assert(docker_pull_status(500, "toomanyrequests: slow down") == ST_THROTTLED);
    cr_assert(docker_pull_status(500, "dial tcp: connection refused") == ST_UNAVAILABLE);
    cr_assert(docker_pull_status(400, "invalid tag format") == ST_INVALID);
}

static void
expect_split(const char *image, enum status status, const char *name, const char *tag)
{
    size_t name_len = 0;
    size_t tag_at = 0;
    cr_assert(docker_image_split(image, &name_len, &tag_at) == status, "%s", image);
    if (status == ST_OK) {
        cr_assert(name_len == strlen(name) && strncmp(image, name, name_len) == 0, "%s", image);
        cr_assert(strcmp(image + tag_at, tag) == 0, "%s", image);
    }
}

Test(docker_json, the_name_of_an_image_is_split_at_its_tag)
{
    expect_split("web", ST_OK, "web", "");
    expect_split("web:1.0", ST_OK, "web", "1.0");
    expect_split("127.0.0.1:5000/team/web", ST_OK, "127.0.0.1:5000/team/web", "");
    expect_split("127.0.0.1:5000/team/web:1", ST_OK, "127.0.0.1:5000/team/web", "1");
    expect_split("web@sha256:abc", ST_OK, "web@sha256:abc", "");
    expect_split("", ST_INVALID, "", "");
    expect_split("web:", ST_INVALID, "", "");
    expect_split("../x", ST_INVALID, "", "");
    expect_split("web?x=1", ST_INVALID, "", "");
    expect_split("web 1", ST_INVALID, "", "");
}
