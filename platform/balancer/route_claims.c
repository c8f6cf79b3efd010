/* platform/balancer/route_claims.c - who gets what two services ask for. */
#include "platform/balancer/route_claims.h"

#include <stdio.h>
#include <string.h>

#include "platform/base/map.h"

enum {
    ROUTE_CLAIM_KEY_BYTES = 1400, /* a host, a path and a rank, each of which has a limit */
    ROUTE_CLAIM_NAME = 31,        /* bits of route_claim.lost */
    ROUTE_CLAIM_PORT = 30,
    ROUTE_CLAIM_VHOST_MAX = 29 /* the first ones have a bit each, the rest share the last */
};

struct route_claims {
    struct intern         taken;   /* what is asked for, as text */
    struct vec            holders; /* const struct route_claim *, by interned number - 1 */
    struct arena         *arena;
    route_claims_warn_fn *warn;
    void                 *context;
};

/* NULL when it is the claim's from now on, else who has it. */
static const struct route_claim *
route_claims_take(struct route_claims *claims, const struct route_claim *claim, const char *key)
{
    const uint32_t count = intern_count(&claims->taken);
    const uint32_t id = intern_id(&claims->taken, key);
    if (id <= count) {
        return *(const struct route_claim **)vec_at(&claims->holders, id - 1);
    }
    *(const struct route_claim **)vec_push(&claims->holders) = claim;
    return NULL;
}

/* Each loss is told once; one that is over may be told again. */
static void
route_claims_lose(struct route_claims *claims, struct route_claim *claim, uint32_t before,
                  uint32_t bit, const char *text)
{
    claim->lost |= UINT32_C(1) << bit;
    if ((before & (UINT32_C(1) << bit)) == 0) {
        claims->warn(claims->context, claim, text);
    }
}

static void
route_claims_vhosts(struct route_claims *claims, struct route_claim *claim, uint32_t before)
{
    const struct env_service *asked = claim->asked;
    char *kept = arena_alloc_zero(claims->arena, strlen(asked->vhosts) + 1);
    size_t kept_len = 0;
    const char *host = asked->vhosts;
    for (uint32_t i = 0; *host != '\0'; i++) {
        const size_t len = strcspn(host, ",");
        char key[ROUTE_CLAIM_KEY_BYTES];
        (void)snprintf(key, sizeof key, "host %.*s %s %d", (int)len, host, asked->path,
                       asked->rank);
        const struct route_claim *holder = route_claims_take(claims, claim, key);
        if (holder == NULL) {
            kept[kept_len] = ',';
            kept_len += kept_len > 0 ? 1 : 0;
            memcpy(kept + kept_len, host, len);
            kept_len += len;
        } else if (holder != claim) { /* else it names one twice */
            char text[ROUTE_CLAIM_KEY_BYTES + 256];
            (void)snprintf(text, sizeof text, "virtual host %.*s%s belongs to %s already",
                           (int)len, host, asked->path, holder->asked->app);
            route_claims_lose(claims, claim, before,
                              i < ROUTE_CLAIM_VHOST_MAX ? i : ROUTE_CLAIM_VHOST_MAX, text);
        }
        host += len;
        host += *host == ',' ? 1 : 0;
    }
    claim->vhosts = kept;
}

static void
route_claims_settle_one(struct route_claims *claims, struct route_claim *claim)
{
    const struct env_service *asked = claim->asked;
    const uint32_t before = claim->lost;
    char key[ROUTE_CLAIM_KEY_BYTES];
    char text[ROUTE_CLAIM_KEY_BYTES + 256];
    claim->lost = 0;
    claim->vhosts = "";
    claim->port = 0;
    (void)snprintf(key, sizeof key, "name %s", asked->name);
    const struct route_claim *holder = route_claims_take(claims, claim, key);
    claim->left_out = holder != NULL;
    if (claim->left_out) {
        (void)snprintf(text, sizeof text, "a service %s is there already, of %s: left out",
                       asked->name, holder->asked->app);
        route_claims_lose(claims, claim, before, ROUTE_CLAIM_NAME, text);
        return;
    }
    if (!asked->external) {
        return; /* nobody outside asks for it by port or host */
    }
    if (asked->port > 0) {
        (void)snprintf(key, sizeof key, "port %u", asked->port);
        holder = route_claims_take(claims, claim, key);
        claim->port = holder == NULL ? asked->port : 0;
        if (holder != NULL) {
            (void)snprintf(text, sizeof text, "service port %u belongs to %s already",
                           asked->port, holder->asked->app);
            route_claims_lose(claims, claim, before, ROUTE_CLAIM_PORT, text);
        }
    }
    route_claims_vhosts(claims, claim, before);
}

void
route_claims_settle(struct route_claim *const *claims, uint32_t claims_count, struct arena *arena,
                    route_claims_warn_fn *warn, void *context)
{
    struct route_claims all = { .arena = arena, .warn = warn, .context = context };
    intern_init(&all.taken);
    vec_init(&all.holders, sizeof(const struct route_claim *));
    for (uint32_t i = 0; i < claims_count; i++) {
        route_claims_settle_one(&all, claims[i]);
    }
    vec_fini(&all.holders);
    intern_fini(&all.taken);
}
