/* platform/wire/routes_fields.c - the fields of a service on the wire. */
#include "platform/wire/routes_fields.h"

#define FIELD(kind, member) { kind, offsetof(struct env_service, member) }

const struct routes_field routes_fields[] = {
    FIELD(ROUTES_TEXT, name),
    FIELD(ROUTES_TEXT, app),
    FIELD(ROUTES_TEXT, vhosts),
    FIELD(ROUTES_TEXT, path),
    FIELD(ROUTES_TEXT, names),
    FIELD(ROUTES_U16, port),
    FIELD(ROUTES_BOOL, http),
    FIELD(ROUTES_BOOL, external),
    FIELD(ROUTES_I32, rank),
    FIELD(ROUTES_U32, policy_argument),
    FIELD(ROUTES_TIME, check_interval_ns),
    FIELD(ROUTES_U32, check_fall),
    FIELD(ROUTES_TIME, slow_start_ns),
    FIELD(ROUTES_BOOL, sticky),
    FIELD(ROUTES_BOOL, zone_affinity),
    FIELD(ROUTES_TIME, resilience.attempt_timeout_ns),
    FIELD(ROUTES_U32, resilience.retries),
    FIELD(ROUTES_U32, resilience.budget_ppm),
    FIELD(ROUTES_U32, resilience.budget_min_per_s),
    FIELD(ROUTES_U32, resilience.eject_failures),
    FIELD(ROUTES_TIME, resilience.eject_ns),
    FIELD(ROUTES_TIME, resilience.eject_max_ns),
    FIELD(ROUTES_U32, resilience.server_requests_max),
    FIELD(ROUTES_U32, resilience.queue_max),
    FIELD(ROUTES_TIME, resilience.queue_timeout_ns),
    FIELD(ROUTES_TEXT, tls.certificate),
    FIELD(ROUTES_BOOL, tls.redirect_to_https),
    FIELD(ROUTES_BOOL, tls.hsts),
    FIELD(ROUTES_TEXT, allowed),
    FIELD(ROUTES_TEXT, auth_realm),
    FIELD(ROUTES_TEXT, auth_user),
    FIELD(ROUTES_TEXT, auth_password),
    FIELD(ROUTES_TEXT, rewrite_from),
    FIELD(ROUTES_TEXT, rewrite_to),
    FIELD(ROUTES_U64, measured),
    FIELD(ROUTES_TEXT, split_to),
    FIELD(ROUTES_PPM, split_ppm),
    FIELD(ROUTES_TEXT, split_header),
    FIELD(ROUTES_TEXT, split_value),
};

const uint32_t routes_fields_count = COUNT_OF(routes_fields);
