/* platform/backends/docker/json.c - what is asked of the engine, as JSON. */
#include "platform/backends/docker/json.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/backends/docker/docker.h"
#include "platform/model/config.h"

/* Source: dockerd 20.10 refuses less ("Minimum memory limit allowed is 6MB"; the kernel wants a
 * quota of 1 ms). The quota is given rather than NanoCpus, which refuses more cores than there are.
 */
enum { MEM_BYTES_MIN = 6 * 1024 * 1024, CPU_PERIOD_US = 100 * 1000, CPU_QUOTA_US_MIN = 1000 };

static void
json_put(json_t *object, const char *key, json_t *value)
{
    const int code = json_object_set_new(object, key, value);
    ASSERT(code == 0);
}

/* Text that is not UTF-8 cannot be said in JSON: it is kept out here and judged by the engine. */
static json_t *
json_text(const char *text)
{
    json_t *value = json_string(text);
    return value != NULL ? value : json_string("");
}

static json_t *
json_environment(const struct container_spec *spec)
{
    json_t *list = json_array();
    struct strbuf line = {0};
    for (uint32_t i = 0; i < spec->env_count; i++) {
        strbuf_clear(&line);
        strbuf_printf(&line, "%s=%s", spec->env[i].key, spec->env[i].value);
        (void)json_array_append_new(list, json_text(strbuf_text(&line)));
    }
    strbuf_fini(&line);
    return list;
}

static json_t *
json_labels(const struct container_spec *spec, const struct docker_identity *identity)
{
    json_t *labels = json_object();
    char token[24];
    for (uint32_t i = 0; i < spec->labels_count; i++) {
        if (spec->labels[i].key[0] != '\0') {
            json_put(labels, spec->labels[i].key, json_text(spec->labels[i].value));
        }
    }
    (void)snprintf(token, sizeof token, "%llu", (unsigned long long)spec->token);
    json_put(labels, AGENT_CONTAINER_LABEL, json_text(identity->run_id));
    json_put(labels, DOCKER_LABEL_AGENT, json_text(identity->agent));
    json_put(labels, DOCKER_LABEL_TOKEN, json_text(token));
    return labels;
}

/* Published on the loopback address only: what is outside comes through the balancer. */
static void
json_ports(const struct container_spec *spec, json_t *body, json_t *host)
{
    json_t *exposed = json_object();
    json_t *bindings = json_object();
    for (uint32_t i = 0; i < spec->ports_count; i++) {
        const struct container_port *port = &spec->ports[i];
        char name[16];
        char host_port[8];
        if (port->host_port == 0 || port->container_port == 0) {
            continue;
        }
        (void)snprintf(name, sizeof name, "%u/%s", port->container_port, port->udp ? "udp" : "tcp");
        (void)snprintf(host_port, sizeof host_port, "%u", port->host_port);
        json_put(exposed, name, json_object());
        json_t *binding = json_pack("{s:s,s:s}", "HostIp", "127.0.0.1", "HostPort", host_port);
        json_t *list = json_object_get(bindings, name);
        if (list == NULL) {
            list = json_array();
            json_put(bindings, name, list);
        }
        (void)json_array_append_new(list, binding);
    }
    json_put(body, "ExposedPorts", exposed);
    json_put(host, "PortBindings", bindings);
}

static json_t *
json_binds(const struct container_spec *spec)
{
    json_t *list = json_array();
    struct strbuf line = {0};
    for (uint32_t i = 0; i < spec->volumes_count; i++) {
        const struct container_volume *volume = &spec->volumes[i];
        if (volume->part > 0) {
            continue;
        }
        strbuf_clear(&line);
        strbuf_printf(&line, "%s:%s:%s", volume->host_path, volume->container_path,
                      volume->read_only ? "ro" : "rw");
        (void)json_array_append_new(list, json_text(strbuf_text(&line)));
    }
    strbuf_fini(&line);
    return list;
}

/* The parts of named volumes: the engine makes those that are not there. A path that is not
 * absolute is seen from the container's root. */
static json_t *
json_mounts(const struct container_spec *spec, const struct docker_identity *identity)
{
    json_t *list = json_array();
    struct strbuf name = {0};
    struct strbuf path = {0};
    char number[24];
    for (uint32_t i = 0; i < spec->volumes_count; i++) {
        const struct container_volume *volume = &spec->volumes[i];
        if (volume->part == 0) {
            continue;
        }
        strbuf_clear(&name);
        strbuf_printf(&name, "rehearsal-%s-volume-%llu-%u", identity->run_id,
                      (unsigned long long)volume->volume, volume->part);
        strbuf_clear(&path);
        strbuf_printf(&path, "%s%s", volume->container_path[0] == '/' ? "" : "/",
                      volume->container_path);
        (void)snprintf(number, sizeof number, "%llu", (unsigned long long)volume->volume);
        json_t *mount = json_object();
        json_put(mount, "Type", json_string("volume"));
        json_put(mount, "Source", json_text(strbuf_text(&name)));
        json_put(mount, "Target", json_text(strbuf_text(&path)));
        json_put(mount, "ReadOnly", json_boolean(volume->read_only));
        json_put(mount, "VolumeOptions",
                 json_pack("{s:{s:s,s:s,s:s}}", "Labels", AGENT_CONTAINER_LABEL, identity->run_id,
                           DOCKER_LABEL_AGENT, identity->agent, DOCKER_LABEL_VOLUME, number));
        (void)json_array_append_new(list, mount);
    }
    strbuf_fini(&name);
    strbuf_fini(&path);
    return list;
}

static json_t *
json_host(const struct container_spec *spec, const struct docker_identity *identity)
{
    const int64_t mem_bytes = int64_max(spec->mem_bytes, MEM_BYTES_MIN);
    const int64_t quota_us =
        int64_max((int64_t)spec->cpu_milli * (CPU_PERIOD_US / 1000), CPU_QUOTA_US_MIN);
    json_t *host = json_object();
    json_put(host, "NetworkMode", json_string(spec->network == CONTAINER_HOST ? "host" : "bridge"));
    json_put(host, "CpuPeriod", json_integer(CPU_PERIOD_US));
    json_put(host, "CpuQuota", json_integer(quota_us));
    json_put(host, "Memory", json_integer(mem_bytes));
    json_put(host, "MemorySwap", json_integer(mem_bytes)); /* a hard limit: no swap beyond it */
    json_put(host, "Init", json_true());                   /* so that SIGTERM reaches any image */
    json_put(host, "Privileged", json_boolean(spec->privileged));
    json_put(host, "Binds", json_binds(spec));
    json_put(host, "Mounts", json_mounts(spec, identity));
    json_put(host, "LogConfig",
             json_pack("{s:s,s:{s:s,s:s}}", "Type", "json-file", "Config", "max-size", "10m",
                       "max-file", "2"));
    return host;
}

static void
json_command(const struct container_spec *spec, json_t *body)
{
    if (spec->shell != NULL) {
        json_put(body, "Entrypoint", json_pack("[s,s]", "/bin/sh", "-c"));
        json_t *command = json_array();
        (void)json_array_append_new(command, json_text(spec->shell));
        json_put(body, "Cmd", command);
    } else if (spec->args_count > 0) {
        json_t *command = json_array();
        for (uint32_t i = 0; i < spec->args_count; i++) {
            (void)json_array_append_new(command, json_text(spec->args[i]));
        }
        json_put(body, "Cmd", command);
    }
}

static void
json_print(json_t *root, struct strbuf *out)
{
    char *text = json_dumps(root, JSON_COMPACT);
    ASSERT(text != NULL);
    strbuf_add(out, text);
    free(text); /* the library's */
    json_decref(root);
}

void
docker_json_create(const struct container_spec *spec, const struct docker_identity *identity,
                   struct strbuf *out)
{
    json_t *body = json_object();
    json_t *host = json_host(spec, identity);
    json_put(body, "Image", json_text(identity->image));
    json_put(body, "Env", json_environment(spec));
    json_put(body, "Labels", json_labels(spec, identity));
    if (spec->user != NULL) {
        json_put(body, "User", json_text(spec->user));
    }
    json_command(spec, body);
    if (spec->network != CONTAINER_HOST) {
        json_ports(spec, body, host);
    }
    json_put(body, "HostConfig", host);
    json_print(body, out);
}

/* The engine cannot end a command that hangs, so that the command is given a watchdog of its own:
 * one command at a time hangs, not one more at each check. */
void
docker_json_exec(const char *shell, int64_t timeout_ns, struct strbuf *out)
{
    struct strbuf script = {0};
    strbuf_printf(&script,
                  "/bin/sh -c \"$1\" & p=$!; "
                  "(sleep %lld && kill -9 $p) >/dev/null 2>&1 & w=$!; "
                  "wait $p; c=$?; kill $w 2>/dev/null; exit $c",
                  (long long)((timeout_ns + NS_PER_SEC - 1) / NS_PER_SEC));
    json_t *command = json_pack("[s,s,s,s]", "/bin/sh", "-c", strbuf_text(&script), "sh");
    (void)json_array_append_new(command, json_text(shell));
    json_t *body = json_object();
    json_put(body, "AttachStdout", json_true());
    json_put(body, "AttachStderr", json_true());
    json_put(body, "Cmd", command);
    strbuf_fini(&script);
    json_print(body, out);
}

enum status
docker_image_split(const char *image, size_t *ret_name_len, size_t *ret_tag_at)
{
    const size_t len = strlen(image);
    if (len == 0 || len > 512 || !isalnum((unsigned char)image[0])) {
        return ST_INVALID;
    }
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)image[i]) && strchr("._-/:@", image[i]) == NULL) {
            return ST_INVALID;
        }
    }
    const char *slash = strrchr(image, '/');
    const char *tail = slash != NULL ? slash : image;
    const char *colon = strchr(tail, ':');
    if (strchr(tail, '@') != NULL || colon == NULL) {
        *ret_name_len = len;
        *ret_tag_at = len;
        return ST_OK;
    }
    if (colon[1] == '\0') {
        return ST_INVALID;
    }
    *ret_name_len = (size_t)(colon - image);
    *ret_tag_at = *ret_name_len + 1;
    return ST_OK;
}
