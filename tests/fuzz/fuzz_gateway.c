/*
 * tests/fuzz/fuzz_gateway.c
 *
 * Goal:   no bytes make the reader of gateways crash, hang, refuse without a word or contradict
 *         itself, and no gateway that is accepted makes the decisions crash.
 * Method: libFuzzer; any bytes are read as a file, JSON or YAML. Of a gateway that is accepted, the
 *         canonical text read again is the same, loads, and a few requests get a verdict.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "platform/gateway/gateway.h"

static void
fuzz_gateway_ask(const struct env_gateway *gateway)
{
    static const struct env_header headers[] = {
        { "apikey", "k" }, { "Authorization", "Basic YTpi" }, { "Origin", "https://a.test" },
        { "Access-Control-Request-Method", "GET" }, { "x", "y" },
    };
    static const char *const hosts[] = { "a.test", "web", "/web" };
    static const char *const paths[] = { "/", "/a/b?apikey=k", "/users/12" };
    static const char *const methods[] = { "GET", "OPTIONS", "POST" };
    struct env_gateway_state state = { 0 };
    for (uint32_t i = 0; i < 27; i++) {
        const struct env_request request = {
            .method = methods[i % 3], .host = hosts[i / 3 % 3], .path = paths[i / 9],
            .headers = headers, .headers_count = i % (COUNT_OF(headers) + 1),
            .body_bytes = (int64_t)i << 20, .https = i % 2 == 0,
        };
        struct env_gateway_verdict verdict = { 0 };
        const uint32_t route = gateway->ops->match(gateway, &request);
        if (route == ENV_GATEWAY_NO_ROUTE) {
            continue;
        }
        gateway->ops->admit(gateway, &state, route, &request, SEC(1000), &verdict);
        if (verdict.message == NULL || verdict.service == NULL ||
            (verdict.status == 0) != (verdict.service[0] != '\0')) {
            abort();
        }
    }
    gateway->ops->release(&state);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct env_service services[] = {
        { .name = "web_1", .app = "/web", .vhosts = "a.test", .names = "web:80", .http = true },
    };
    struct arena     arena;
    struct diag_list diags;
    arena_init(&arena, 0xA5);
    diag_list_init(&diags, &arena);
    const char *text = gateway_read((const char *)data, size, "fuzz", &arena, &diags);
    if ((text == NULL) != (diags.errors_count > 0)) {
        abort(); /* refused without a word, or accepted with one */
    }
    if (text != NULL) {
        const char *again = gateway_read(text, strlen(text), "again", &arena, &diags);
        const struct env_gateway *gateway =
            gateway_load(text, services, COUNT_OF(services), &arena);
        if (again == NULL || strcmp(again, text) != 0 || gateway == NULL) {
            abort();
        }
        fuzz_gateway_ask(gateway);
    }
    diag_list_fini(&diags);
    arena_fini(&arena);
    return 0;
}
