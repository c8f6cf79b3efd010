/* platform/backends/docker/json_read.c - what the engine's answers say. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/backends/docker/docker.h"
#include "platform/backends/docker/json.h"
#include "platform/base/memory.h"

static const char *
json_text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* A token as we wrote it into the label; 0 when it is none. */
static uint64_t
token_parse(const char *text)
{
    uint64_t token = 0;
    size_t i = 0;
    for (; i < 20 && text[i] >= '0' && text[i] <= '9'; i++) {
        const uint64_t digit = (uint64_t)(text[i] - '0');
        if (token > (UINT64_MAX - digit) / 10) {
            return 0;
        }
        token = token * 10 + digit;
    }
    return text[i] == '\0' ? token : 0;
}

void
docker_json_message(const char *body, size_t len, char *text, size_t text_bytes)
{
    json_t *root = json_loadb(body, len, 0, NULL);
    (void)snprintf(text, text_bytes, "%s", json_text_at(root, "message"));
    json_decref(root);
    /* one line: the sentence may end up in a table */
    for (char *at = text; *at != '\0'; at++) {
        if (*at == '\n' || *at == '\r') {
            *at = ' ';
        }
    }
}

/* --- a container --- */

static uint32_t
container_ipv4(const json_t *root)
{
    json_t *networks = json_object_get(json_object_get(root, "NetworkSettings"), "Networks");
    const char *name = NULL;
    json_t *network = NULL;
    json_object_foreach(networks, name, network)
    {
        struct in_addr address;
        if (inet_pton(AF_INET, json_text_at(network, "IPAddress"), &address) == 1) {
            return ntohl(address.s_addr);
        }
    }
    return 0;
}

static enum container_state
container_state(const char *status)
{
    if (strcmp(status, "created") == 0) {
        return CONTAINER_CREATED;
    }
    if (strcmp(status, "exited") == 0 || strcmp(status, "dead") == 0 ||
        strcmp(status, "removing") == 0) {
        return CONTAINER_EXITED;
    }
    return CONTAINER_RUNNING; /* running, paused, restarting: its process is not over */
}

static void
container_labels(struct docker_container *container, json_t *labels)
{
    container->labels = memory_alloc_zero(json_object_size(labels), sizeof(struct container_pair));
    uint32_t count = 0;
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(labels, key, value)
    {
        if (json_is_string(value)) {
            container->labels[count++] =
                (struct container_pair){.key = key, .value = json_string_value(value)};
        }
    }
    container->info.labels = container->labels;
    container->info.labels_count = count;
}

bool
docker_json_container(const char *body, size_t len, struct docker_container *ret)
{
    json_t *root = json_loadb(body, len, 0, NULL);
    const json_t *config = json_object_get(root, "Config");
    const json_t *state = json_object_get(root, "State");
    json_t *labels = json_object_get(config, "Labels");
    const uint64_t token = token_parse(json_text_at(labels, DOCKER_LABEL_TOKEN));
    if (!json_is_object(state) || token == 0) {
        json_decref(root);
        return false;
    }
    *ret = (struct docker_container){.root = root};
    ret->info.token = token;
    ret->info.state = container_state(json_text_at(state, "Status"));
    ret->info.image = json_text_at(config, "Image");
    ret->info.ipv4 = container_ipv4(root);
    if (ret->info.state == CONTAINER_EXITED) {
        ret->info.exit_code = (int32_t)json_integer_value(json_object_get(state, "ExitCode"));
        ret->info.out_of_memory = json_is_true(json_object_get(state, "OOMKilled"));
    }
    container_labels(ret, labels);
    return true;
}

void
docker_container_fini(struct docker_container *container)
{
    json_decref(container->root);
    memory_free(container->labels);
    *container = (struct docker_container){0};
}

bool
docker_json_tokens(const char *body, size_t len, struct vec *ret)
{
    json_t *root = json_loadb(body, len, 0, NULL);
    const bool is_list = json_is_array(root);
    for (size_t i = 0; i < json_array_size(root); i++) {
        const json_t *labels = json_object_get(json_array_get(root, i), "Labels");
        const uint64_t token = token_parse(json_text_at(labels, DOCKER_LABEL_TOKEN));
        if (token == 0) {
            continue;
        }
        (void)vec_push(ret);
        uint32_t at = ret->count - 1; /* insertion: a few hundred containers at the most */
        uint64_t *tokens = ret->items;
        for (; at > 0 && tokens[at - 1] > token; at--) {
            tokens[at] = tokens[at - 1];
        }
        tokens[at] = token;
    }
    json_decref(root);
    return is_list;
}

/* Ascending; one that is there already is not added. */
static void
token_insert(struct vec *tokens, uint64_t token)
{
    uint32_t at = tokens->count;
    while (at > 0 && *(uint64_t *)vec_at(tokens, at - 1) >= token) {
        at--;
    }
    if (at < tokens->count && *(uint64_t *)vec_at(tokens, at) == token) {
        return;
    }
    (void)vec_push(tokens);
    uint64_t *items = tokens->items;
    for (uint32_t i = tokens->count - 1; i > at; i--) {
        items[i] = items[i - 1];
    }
    items[at] = token;
}

bool
docker_json_volumes(const char *body, size_t len, struct vec *ret, json_t *ret_names)
{
    json_t *root = json_loadb(body, len, 0, NULL);
    const json_t *list = json_object_get(root, "Volumes"); /* null when there are none */
    const bool is_list = json_is_array(list) || json_is_null(list);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *volume = json_array_get(list, i);
        const json_t *labels = json_object_get(volume, "Labels");
        const uint64_t number = token_parse(json_text_at(labels, DOCKER_LABEL_VOLUME));
        if (number == 0) {
            continue;
        }
        token_insert(ret, number);
        if (ret_names != NULL) {
            (void)json_array_append_new(ret_names, json_string(json_text_at(volume, "Name")));
        }
    }
    json_decref(root);
    return is_list;
}

/* --- events --- */

bool
docker_json_event(const char *line, size_t len, struct docker_event *ret)
{
    json_t *root = json_loadb(line, len, 0, NULL);
    if (!json_is_object(root)) {
        json_decref(root);
        return false;
    }
    const json_t *attributes = json_object_get(json_object_get(root, "Actor"), "Attributes");
    *ret = (struct docker_event){0};
    ret->at_ns = json_integer_value(json_object_get(root, "timeNano"));
    ret->token = token_parse(json_text_at(attributes, DOCKER_LABEL_TOKEN));
    ret->is_exit = ret->token != 0 && strcmp(json_text_at(root, "Action"), "die") == 0;
    ret->exit_code = (int32_t)token_parse(json_text_at(attributes, "exitCode"));
    json_decref(root);
    return true;
}

/* --- pulls --- */

bool
docker_json_pull_error(const char *line, size_t len, char *text, size_t text_bytes)
{
    json_t *root = json_loadb(line, len, 0, NULL);
    const char *error = json_string_value(json_object_get(root, "error"));
    if (error != NULL) {
        (void)snprintf(text, text_bytes, "%s", error);
    }
    json_decref(root);
    return error != NULL;
}

enum status
docker_pull_status(int32_t code, const char *text)
{
    static const struct {
        const char *words;
        enum status status;
    } known[] = {
        {"toomanyrequests", ST_THROTTLED},
        {"unauthorized", ST_DENIED},
        {"no basic auth credentials", ST_DENIED},
        {"denied: ", ST_DENIED},
        {"manifest unknown", ST_NOT_FOUND},
        {"not found", ST_NOT_FOUND},
        {"does not exist", ST_NOT_FOUND},
        {"invalid reference", ST_INVALID},
        {"no space left", ST_IO},
    };
    /* "pull access denied for x, repository does not exist or may require 'docker login'": the
     * public registry's way to say that there is no such image */
    if (strstr(text, "repository does not exist") != NULL) {
        return ST_NOT_FOUND;
    }
    for (uint32_t i = 0; i < COUNT_OF(known); i++) {
        if (strstr(text, known[i].words) != NULL) {
            return known[i].status;
        }
    }
    if (code == 404) {
        return ST_NOT_FOUND;
    }
    return code == 400 ? ST_INVALID : ST_UNAVAILABLE;
}
