/* platform/backends/haproxy/haproxy_gateway_auth.c - who asks: keys, passwords, consumers. */
#include <stdio.h>
#include <string.h>

#include "platform/backends/haproxy/haproxy_gateway.h"

#define LINE(render, ...) haproxy_render_line((render)->rendered, 0, __VA_ARGS__)

static void
who_key(const struct haproxy_gateway_render *render, const struct env_gateway_plugin *plugin,
           const char *condition)
{
    const struct env_gateway_key_auth *auth = &plugin->key_auth;
    const char *preflight = auth->run_on_preflight ? "" : " !{ method OPTIONS }";
    LINE(render, "    http-request set-var(txn.gw_wants_key) int(1) if %s%s\n", condition,
         preflight);
    for (uint32_t i = 0; i < auth->key_names.count; i++) {
        const char *name = auth->key_names.items[i];
        if (auth->key_in_header) {
            LINE(render,
                 "    http-request set-var(txn.gw_key) req.fhdr(%s) if %s%s "
                 "!{ var(txn.gw_key) -m found }\n",
                 name, condition, preflight);
        }
        if (auth->key_in_query) {
            LINE(render,
                 "    http-request set-var(txn.gw_key) url_param(%s),url_dec if %s%s "
                 "!{ var(txn.gw_key) -m found }\n",
                 name, condition, preflight);
        }
    }
}

static void
who_credentials(const struct haproxy_gateway_render *render, bool keys)
{
    const struct env_gateway *gateway = render->gateway;
    const struct env_gateway_credential *items = keys ? gateway->keys : gateway->logins;
    const uint32_t count = keys ? gateway->keys_count : gateway->logins_count;
    for (uint32_t i = 0; i < count && i < HAPROXY_GATEWAY_CREDENTIALS_MAX; i++) {
        if (!haproxy_gateway_is_quotable(items[i].name) ||
            (!keys && !haproxy_gateway_is_quotable(items[i].secret))) {
            continue;
        }
        LINE(render, "    http-request set-var(txn.gw_%s) int(%u) if %s '%s' }\n",
             keys ? "keyed" : "named", i + 1,
             keys ? "{ var(txn.gw_key) -m str"
                  : "{ var(txn.gw_basic) -m found } { http_auth_user -m str",
             items[i].name);
        LINE(render,
             "    http-request set-var(txn.gw_consumer) int(%u) if { var(txn.gw_%s) -m int %u }\n",
             items[i].consumer + 1, keys ? "keyed" : "named", i + 1);
    }
}

static void
who_key_answer(const struct haproxy_gateway_render *render,
                  const struct env_gateway_plugin *plugin, const char *condition)
{
    const struct env_gateway_key_auth *auth = &plugin->key_auth;
    char whole[HAPROXY_GATEWAY_CONDITION_BYTES + 128];
    if (auth->anonymous != ENV_GATEWAY_NONE) {
        LINE(render,
             "    http-request set-var(txn.gw_consumer) int(%u) if %s "
             "{ var(txn.gw_wants_key) -m found } !{ var(txn.gw_keyed) -m found }\n",
             auth->anonymous + 1, condition);
    } else {
        (void)snprintf(whole, sizeof(whole),
                       "%s { var(txn.gw_wants_key) -m found } !{ var(txn.gw_key) -m len gt 0 }",
                       condition);
        haproxy_gateway_answer(render, 401, " hdr WWW-Authenticate 'Key realm=\"kong\"'",
                               "No API key found in request", whole);
        (void)snprintf(whole, sizeof(whole),
                       "%s { var(txn.gw_wants_key) -m found } !{ var(txn.gw_keyed) -m found }",
                       condition);
        haproxy_gateway_answer(render, 401, " hdr WWW-Authenticate 'Key realm=\"kong\"'",
                               "Unauthorized", whole);
    }
    for (uint32_t i = 0; auth->hide_credentials && i < auth->key_names.count; i++) {
        LINE(render, "    http-request del-header %s if %s\n", auth->key_names.items[i], condition);
    }
}

static void
who_login(const struct haproxy_gateway_render *render, const struct env_gateway_plugin *plugin,
             const char *condition)
{
    (void)plugin;
    LINE(render,
         "    http-request set-var(txn.gw_basic) int(1) if %s { http_auth(gateway_users) }\n",
         condition);
}

static void
who_login_answer(const struct haproxy_gateway_render *render,
                    const struct env_gateway_plugin *plugin, const char *condition)
{
    const struct env_gateway_basic_auth *auth = &plugin->basic_auth;
    char whole[HAPROXY_GATEWAY_CONDITION_BYTES + 64];
    char headers[HAPROXY_GATEWAY_WORD_MAX + 64];
    if (auth->anonymous != ENV_GATEWAY_NONE) {
        LINE(render,
             "    http-request set-var(txn.gw_consumer) int(%u) if %s "
             "!{ var(txn.gw_named) -m found } !{ var(txn.gw_keyed) -m found }\n",
             auth->anonymous + 1, condition);
    } else {
        (void)snprintf(headers, sizeof(headers), " hdr WWW-Authenticate 'Basic realm=\"%s\"'",
                       auth->realm);
        (void)snprintf(whole, sizeof(whole), "%s !{ var(txn.gw_named) -m found }", condition);
        haproxy_gateway_answer(render, 401, headers, "Unauthorized", whole);
    }
    if (auth->hide_credentials) {
        LINE(render, "    http-request del-header authorization if %s\n", condition);
    }
}

void
haproxy_gateway_who(const struct haproxy_gateway_render *render)
{
    haproxy_gateway_each(render, ENV_GATEWAY_KEY_AUTH, who_key);
    who_credentials(render, true);
    haproxy_gateway_each(render, ENV_GATEWAY_KEY_AUTH, who_key_answer);
    haproxy_gateway_each(render, ENV_GATEWAY_BASIC_AUTH, who_login);
    who_credentials(render, false);
    haproxy_gateway_each(render, ENV_GATEWAY_BASIC_AUTH, who_login_answer);
}

/* Who asks is told to the app; what a client says of it itself is not believed. */
void
haproxy_gateway_who_is_told(const struct haproxy_gateway_render *render)
{
    const struct env_gateway *gateway = render->gateway;
    LINE(render, "    http-request del-header X-Consumer-Username if gw_matched\n"
                 "    http-request del-header X-Consumer-Custom-ID if gw_matched\n");
    for (uint32_t c = 0; c < gateway->consumers_count; c++) {
        const struct env_gateway_consumer *consumer = &gateway->consumers[c];
        if (haproxy_gateway_is_plain(consumer->name)) {
            LINE(render,
                 "    http-request set-header X-Consumer-Username '%s' "
                 "if { var(txn.gw_consumer) -m int %u }\n",
                 consumer->name, c + 1);
        }
        if (haproxy_gateway_is_plain(consumer->custom_id)) {
            LINE(render,
                 "    http-request set-header X-Consumer-Custom-ID '%s' "
                 "if { var(txn.gw_consumer) -m int %u }\n",
                 consumer->custom_id, c + 1);
        }
    }
}

void
haproxy_gateway_users(const struct haproxy_gateway_render *render)
{
    const struct env_gateway *gateway = render->gateway;
    LINE(render, "userlist gateway_users\n");
    for (uint32_t i = 0; i < gateway->logins_count && i < HAPROXY_GATEWAY_CREDENTIALS_MAX; i++) {
        if (haproxy_gateway_is_quotable(gateway->logins[i].name) &&
            haproxy_gateway_is_quotable(gateway->logins[i].secret)) {
            LINE(render, "    user '%s' insecure-password '%s'\n", gateway->logins[i].name,
                 gateway->logins[i].secret);
        }
    }
}
