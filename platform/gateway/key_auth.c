/* platform/gateway/key_auth.c - a key in a header or in the query says who asks. */
#include "platform/gateway/admit.h"

#include <string.h>

enum { KEY_BYTES_MAX = 256 }; /* a longer one is none of ours */

static int32_t
key_hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* A value of the query, its escapes undone; false when it is not given, or too long. */
static bool
key_from_query(const char *path, const char *name, char *ret_value)
{
    const char  *at = strchr(path, '?');
    const size_t name_len = strlen(name);
    while (at != NULL) {
        at++;
        if (strncmp(at, name, name_len) == 0 && at[name_len] == '=') {
            size_t len = 0;
            for (at += name_len + 1; *at != '\0' && *at != '&' && *at != '#'; at++) {
                const int32_t high = *at == '%' ? key_hex(at[1]) : -1;
                const int32_t low = high >= 0 ? key_hex(at[2]) : -1;
                if (len + 1 >= KEY_BYTES_MAX) {
                    return false;
                }
                ret_value[len++] = low >= 0 ? (char)(high * 16 + low) : *at == '+' ? ' ' : *at;
                at += low >= 0 ? 2 : 0;
            }
            ret_value[len] = '\0';
            return true;
        }
        at = strchr(at, '&');
    }
    return false;
}

static const char *
key_find(const struct gateway_call *call, const struct env_gateway_key_auth *auth, char *room)
{
    for (uint32_t i = 0; i < auth->key_names.count; i++) {
        const char *name = auth->key_names.items[i];
        const char *key = auth->key_in_header ? gateway_header(call->request, name) : NULL;
        if (key != NULL) {
            return key;
        }
        if (auth->key_in_query && key_from_query(call->request->path, name, room)) {
            return room;
        }
    }
    return "";
}

bool
key_auth_act(struct gateway_call *call, const struct env_gateway_plugin *plugin)
{
    const struct env_gateway_key_auth *auth = &plugin->key_auth;
    char room[KEY_BYTES_MAX];
    if ((!auth->run_on_preflight && strcmp(call->request->method, "OPTIONS") == 0) ||
        (auth->anonymous != ENV_GATEWAY_NONE && call->credential != NULL)) {
        return false;
    }
    const char *key = key_find(call, auth, room);
    const struct env_gateway_credential *found =
        key[0] == '\0' ? NULL
                       : gateway_credential(call->gateway->keys, call->gateway->keys_count, key);
    if (found != NULL) {
        call->consumer = found->consumer;
        call->credential = found;
        return false;
    }
    if (auth->anonymous != ENV_GATEWAY_NONE) {
        call->consumer = auth->anonymous;
        return false;
    }
    return gateway_answer(call, 401,
                          key[0] == '\0' ? "No API key found in request" : "Unauthorized");
}
