/* platform/backends/docker/sync.c - the two blocking questions of the command line. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/backends/docker/docker.h"
#include "platform/backends/docker/json.h"
#include "platform/model/config.h"

enum { SYNC_SECONDS_MAX = 60, SYNC_BYTES_MAX = 16 * 1024 * 1024 };

struct sync_answer {
    struct strbuf body;
    long code;
};

static size_t
sync_write(char *bytes, size_t size, size_t count, void *context)
{
    struct sync_answer *answer = context;
    if (answer->body.len + size * count > SYNC_BYTES_MAX) {
        return 0;
    }
    strbuf_add_bytes(&answer->body, bytes, size * count);
    return size * count;
}

static enum status
sync_ask(const char *socket_path, const char *method, const char *path, struct sync_answer *answer,
         struct error *err)
{
    struct strbuf url = {0};
    CURL *easy = curl_easy_init();
    ASSERT(easy != NULL);
    strbuf_printf(&url, "http://docker/v1.41%s", path);
    strbuf_clear(&answer->body);
    (void)curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket_path);
    (void)curl_easy_setopt(easy, CURLOPT_URL, strbuf_text(&url));
    (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    (void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)SYNC_SECONDS_MAX);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, sync_write);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
    const CURLcode code = curl_easy_perform(easy);
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer->code);
    curl_easy_cleanup(easy);
    strbuf_fini(&url);
    if (code != CURLE_OK) {
        return error_set(err, ST_UNAVAILABLE,
                         "no Docker Engine answers at %s (%s): start dockerd, or name its "
                         "socket in REHEARSAL_DOCKER_SOCKET",
                         socket_path, curl_easy_strerror(code));
    }
    return ST_OK;
}

enum status
docker_backend_ping(const char *socket_path, struct error *err)
{
    struct sync_answer answer = {0};
    const char *path = socket_path != NULL ? socket_path : DOCKER_SOCKET_DEFAULT;
    enum status status = sync_ask(path, "GET", "/_ping", &answer, err);
    if (status == ST_OK && answer.code != 200) {
        status = error_set(err, ST_UNAVAILABLE,
                           "what answers at %s is no Docker Engine with API 1.41 (HTTP %ld): "
                           "start dockerd 20.10 or newer",
                           path, answer.code);
    }
    strbuf_fini(&answer.body);
    return status;
}

/* What of a run is at this path: its containers, or its volumes. */
static enum status
sweep_list(const char *socket_path, const char *what, const char *run_id,
           struct sync_answer *answer, struct error *err)
{
    struct strbuf path = {0};
    char *label = curl_easy_escape(NULL, run_id, 0);
    ASSERT(label != NULL);
    strbuf_printf(&path, "%sfilters=%%7B%%22label%%22%%3A%%5B%%22%s%%3D%s%%22%%5D%%7D", what,
                  AGENT_CONTAINER_LABEL, label);
    curl_free(label);
    enum status status = sync_ask(socket_path, "GET", strbuf_text(&path), answer, err);
    if (status == ST_OK && answer->code != 200) {
        status = error_set(err, ST_FAILED, "the engine does not list what is left (HTTP %ld)",
                           answer->code);
    }
    strbuf_fini(&path);
    return status;
}

/* what: "container", the engine's own word; options: of the question. */
static enum status
sweep_one(const char *socket_path, const char *what, const char *id, const char *options,
          struct error *err)
{
    struct sync_answer answer = {0};
    struct strbuf path = {0};
    strbuf_printf(&path, "/%ss/%s%s", what, id, options);
    enum status status = sync_ask(socket_path, "DELETE", strbuf_text(&path), &answer, err);
    /* 404: gone by itself; 409: somebody is removing it just now */
    if (status == ST_OK && answer.code != 204 && answer.code != 404 && answer.code != 409) {
        char why[128];
        docker_json_message(strbuf_text(&answer.body), answer.body.len, why, sizeof why);
        status = error_set(err, ST_FAILED, "%s %.64s is not removed: %s", what, id, why);
    }
    strbuf_fini(&path);
    strbuf_fini(&answer.body);
    return status;
}

/* Those that carry the run's label, by the ids of containers. */
static enum status
sweep_containers(const char *socket_path, const char *run_id, uint32_t *ret_removed_count,
                 struct error *err)
{
    struct sync_answer answer = {0};
    uint32_t removed_count = 0;
    enum status status = sweep_list(socket_path, "/containers/json?all=1&", run_id, &answer, err);
    json_t *list = status == ST_OK
                       ? json_loadb(strbuf_text(&answer.body), answer.body.len, 0, NULL)
                       : NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *id = json_string_value(json_object_get(json_array_get(list, i), "Id"));
        if (id == NULL || id[strspn(id, "0123456789abcdef")] != '\0') {
            continue;
        }
        const enum status one = sweep_one(socket_path, "container", id, "?force=1&v=1", err);
        removed_count += one == ST_OK ? 1 : 0;
        status = one != ST_OK ? one : status; /* the others are removed all the same */
    }
    json_decref(list);
    strbuf_fini(&answer.body);
    *ret_removed_count = removed_count;
    return status;
}

/* Those that carry the run's label, by the names that we gave them. */
static enum status
sweep_volumes(const char *socket_path, const char *run_id, struct error *err)
{
    struct sync_answer answer = {0};
    enum status status = sweep_list(socket_path, "/volumes?", run_id, &answer, err);
    struct vec volumes;
    json_t *names = json_array();
    vec_init(&volumes, sizeof(uint64_t));
    if (status == ST_OK) {
        (void)docker_json_volumes(strbuf_text(&answer.body), answer.body.len, &volumes, names);
    }
    for (size_t i = 0; i < json_array_size(names); i++) {
        char *name = curl_easy_escape(NULL, json_string_value(json_array_get(names, i)), 0);
        ASSERT(name != NULL);
        const enum status one = sweep_one(socket_path, "volume", name, "", err);
        status = one != ST_OK ? one : status;
        curl_free(name);
    }
    json_decref(names);
    vec_fini(&volumes);
    strbuf_fini(&answer.body);
    return status;
}

enum status
docker_backend_sweep(const char *socket_path, const char *run_id, uint32_t *ret_removed_count,
                     struct error *err)
{
    const char *path = socket_path != NULL ? socket_path : DOCKER_SOCKET_DEFAULT;
    uint32_t removed_count = 0;
    enum status status = sweep_containers(path, run_id, &removed_count, err);
    if (status == ST_OK) {
        status = sweep_volumes(path, run_id, err); /* no container mounts them any more */
    }
    if (status == ST_OK) {
        *ret_removed_count = removed_count;
    }
    return status;
}
