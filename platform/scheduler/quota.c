/* platform/scheduler/quota.c - what a role may have and must get: limits and guarantees. */
#include "platform/scheduler/quota.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { QUOTA_AMOUNT_BYTES = 48 };

const struct scheduler_role *
quota_find(const struct scheduler_role *roles, uint32_t roles_count, const char *name)
{
    for (uint32_t i = 0; i < roles_count; i++) {
        if (strcmp(roles[i].name, name) == 0) {
            return &roles[i];
        }
    }
    return NULL;
}

struct amounts
quota_unmet(const struct scheduler_role *role, const struct amounts *allocated)
{
    struct amounts unmet = { 0 };
    for (uint32_t i = 0; role != NULL && i < AMOUNT_COUNT; i++) {
        unmet.of[i] = int64_max(role->guarantee.of[i] - allocated->of[i], 0);
    }
    return unmet;
}

bool
quota_is_below(const struct scheduler_role *role, const struct amounts *allocated)
{
    for (uint32_t i = 0; role != NULL && i < AMOUNT_COUNT; i++) {
        if (role->guarantee.of[i] > allocated->of[i]) {
            return true;
        }
    }
    return false;
}

int32_t
quota_limit(const struct scheduler_role *role, const struct amounts *allocated,
            const struct amounts *wanted)
{
    for (uint32_t i = 0; role != NULL && i < AMOUNT_COUNT; i++) {
        if (wanted->of[i] > 0 && role->limit.of[i] != AMOUNT_NO_LIMIT &&
            allocated->of[i] + wanted->of[i] > role->limit.of[i]) {
            return (int32_t)i;
        }
    }
    return -1;
}

int32_t
quota_headroom(const struct amounts *free, const struct amounts *unmet,
               const struct amounts *own, const struct amounts *wanted)
{
    for (uint32_t i = 0; i < AMOUNT_COUNT; i++) {
        const int64_t of_others = unmet->of[i] - own->of[i];
        if (wanted->of[i] > own->of[i] && of_others > 0 &&
            free->of[i] - wanted->of[i] < of_others) {
            return (int32_t)i;
        }
    }
    return -1;
}

/* Thousandths without the zeros at their end. */
static void
quota_print_milli(int64_t milli, const char *unit, char *text, size_t bytes)
{
    char number[32];
    int len = snprintf(number, sizeof number, "%" PRId64 ".%03" PRId64, milli / 1000,
                       milli % 1000);
    while (len > 0 && number[len - 1] == '0') {
        number[--len] = '\0';
    }
    if (len > 0 && number[len - 1] == '.') {
        number[len - 1] = '\0';
    }
    (void)snprintf(text, bytes, "%s %s%s", number, unit, milli == 1000 ? "" : "s");
}

static void
quota_print_amount(enum amount_kind kind, int64_t amount, char *text, size_t bytes)
{
    switch (kind) {
    case AMOUNT_CPU:
        quota_print_milli(amount, "cpu", text, bytes);
        break;
    case AMOUNT_MEMORY:
        (void)snprintf(text, bytes, "%" PRId64 " MiB", amount / MIB(1));
        break;
    case AMOUNT_DISK:
        (void)snprintf(text, bytes, "%" PRId64 " MiB of disk", amount / MIB(1));
        break;
    case AMOUNT_GPU:
        quota_print_milli(amount, "GPU", text, bytes);
        break;
    }
}

void
quota_print_limit(const struct scheduler_role *role, const struct amounts *allocated,
                  int32_t kind, char *text, size_t bytes)
{
    char limit[QUOTA_AMOUNT_BYTES];
    char has[QUOTA_AMOUNT_BYTES];
    ASSERT(kind >= 0 && kind < AMOUNT_COUNT);
    quota_print_amount((enum amount_kind)kind, role->limit.of[kind], limit, sizeof limit);
    quota_print_amount((enum amount_kind)kind, allocated->of[kind], has, sizeof has);
    if (allocated->of[kind] >= role->limit.of[kind]) {
        (void)snprintf(text, bytes, "role %.60s is at its limit of %s", role->name, limit);
    } else {
        (void)snprintf(text, bytes, "role %.60s has %s, and would be above its limit of %s",
                       role->name, has, limit);
    }
}

void
quota_print_headroom(const struct amounts *unmet, const struct amounts *own, int32_t kind,
                     char *text, size_t bytes)
{
    char kept[QUOTA_AMOUNT_BYTES];
    ASSERT(kind >= 0 && kind < AMOUNT_COUNT);
    quota_print_amount((enum amount_kind)kind, unmet->of[kind] - own->of[kind], kept,
                       sizeof kept);
    (void)snprintf(text, bytes, "%s of what is free are kept for the guarantees of other roles",
                   kept);
}
