/* platform/gateway/basic_auth.c - a name and a password say who asks (RFC 7617). */
#include "platform/gateway/admit.h"

#include <string.h>

enum { BASIC_BYTES_MAX = 512 };

static int32_t
basic_digit(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

/* Base 64 as text; false when it is none, holds a zero byte, or is too long. */
static bool
basic_decode(const char *text, char *ret)
{
    uint32_t bits = 0;
    uint32_t bits_count = 0;
    size_t   len = 0;
    for (; *text != '\0' && *text != '=' && *text != ' '; text++) {
        const int32_t digit = basic_digit(*text);
        if (digit < 0 || len + 1 >= BASIC_BYTES_MAX) {
            return false;
        }
        bits = (bits << 6 | (uint32_t)digit) & 0xFFFFFF;
        bits_count += 6;
        if (bits_count >= 8) {
            bits_count -= 8;
            ret[len] = (char)(uint8_t)(bits >> bits_count);
            if (ret[len++] == '\0') {
                return false;
            }
        }
    }
    ret[len] = '\0';
    return text[strspn(text, "= ")] == '\0';
}

static const struct env_gateway_credential *
basic_find(const struct gateway_call *call, const char *header)
{
    char        login[BASIC_BYTES_MAX];
    const char *text = gateway_header(call->request, header);
    if (text == NULL) {
        return NULL;
    }
    text += strspn(text, " ");
    if (strncmp(text + 1, "asic ", 5) != 0 || (text[0] != 'B' && text[0] != 'b') ||
        !basic_decode(text + 6 + strspn(text + 6, " "), login)) {
        return NULL;
    }
    char *colon = strchr(login, ':');
    if (colon == NULL) {
        return NULL;
    }
    *colon = '\0';
    const struct env_gateway_credential *found =
        gateway_credential(call->gateway->logins, call->gateway->logins_count, login);
    return found != NULL && strcmp(found->secret, colon + 1) == 0 ? found : NULL;
}

bool
basic_auth_act(struct gateway_call *call, const struct env_gateway_plugin *plugin)
{
    const struct env_gateway_basic_auth *auth = &plugin->basic_auth;
    if (auth->anonymous != ENV_GATEWAY_NONE && call->credential != NULL) {
        return false;
    }
    const struct env_gateway_credential *found = basic_find(call, "proxy-authorization");
    found = found != NULL ? found : basic_find(call, "authorization");
    if (found != NULL) {
        call->consumer = found->consumer;
        call->credential = found;
        return false;
    }
    if (auth->anonymous != ENV_GATEWAY_NONE) {
        call->consumer = auth->anonymous;
        return false;
    }
    return gateway_answer(call, 401, "Unauthorized");
}
