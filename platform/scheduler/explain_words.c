/* platform/scheduler/explain_words.c - what was found out of a task that waits, in words. */
#include <inttypes.h>
#include <stdio.h>

#include "platform/scheduler/explain_inner.h"

static const char *const refusal_names[ENV_REFUSAL_COUNT] = {
#define X(refusal, name) [refusal] = name,
    ENV_REFUSAL_LIST(X)
#undef X
};

/* "", then "a", "a and b", "a, b and c": each is told how many follow it. */
static void
explain_list(struct strbuf *text, const char *item, uint32_t *index, uint32_t count)
{
    strbuf_add(text, *index == 0 ? "" : *index + 1 == count ? " and " : ", ");
    strbuf_add(text, item);
    *index += 1;
}

static void
explain_milli(char *text, size_t bytes, int64_t milli)
{
    int len = snprintf(text, bytes, "%" PRId64 ".%03" PRId64, milli / 1000, milli % 1000);
    while (len > 0 && text[len - 1] == '0') {
        text[--len] = '\0';
    }
    if (len > 0 && text[len - 1] == '.') {
        text[len - 1] = '\0';
    }
}

static int64_t
explain_mib(int64_t bytes)
{
    return (bytes + MIB(1) - 1) / MIB(1); /* with one less it would still not fit */
}

static void
explain_lack_print(const struct explain_lack *lack, uint32_t refusal,
                   const struct place_request *request, char *text, size_t bytes)
{
    const int64_t amount = lack->of[refusal];
    char          milli[32];
    explain_milli(milli, sizeof milli, amount);
    switch ((enum env_refusal)refusal) {
    case ENV_REFUSAL_CPUS:
        (void)snprintf(text, bytes, "%s cpu%s", milli, amount == 1000 ? "" : "s");
        return;
    case ENV_REFUSAL_MEMORY:
    case ENV_REFUSAL_DISK:
        (void)snprintf(text, bytes, "%" PRId64 " MiB%s", explain_mib(amount),
                       refusal == ENV_REFUSAL_DISK ? " of disk" : "");
        return;
    case ENV_REFUSAL_GPUS:
        if (request->gpus > 0) {
            (void)snprintf(text, bytes, "%" PRId64 " GPU%s", amount, amount == 1 ? "" : "s");
        } else {
            (void)snprintf(text, bytes, "%s of a GPU", milli);
        }
        return;
    case ENV_REFUSAL_PORTS:
        (void)snprintf(text, bytes, "%" PRId64 " port%s%s", amount, amount == 1 ? "" : "s",
                       lack->fixed_port ? " of those asked for by number" : "");
        return;
    case ENV_REFUSAL_ROLE:
    case ENV_REFUSAL_CONSTRAINT:
    case ENV_REFUSAL_RESERVATION:
    case ENV_REFUSAL_MAINTENANCE:
    case ENV_REFUSAL_SCARCE:
        break; /* no amounts */
    }
    text[0] = '\0';
}

/* The rules that it breaks, and then what is short. */
void
explain_shortfall(const struct explain_nearest *nearest, const struct place_request *request,
                  struct strbuf *text)
{
    static const char *const words[ENV_REFUSAL_COUNT] = {
        [ENV_REFUSAL_ROLE] = "role",
        [ENV_REFUSAL_CONSTRAINT] = "constraint",
        [ENV_REFUSAL_RESERVATION] = "reservation",
        [ENV_REFUSAL_MAINTENANCE] = "maintenance",
        [ENV_REFUSAL_SCARCE] = "the number of its tasks",
    };
    const struct explain_lack *lack = &nearest->lack;
    char     item[80];
    uint32_t index = 0;
    uint32_t lacks = 0;
    for (uint32_t i = 0; i < ENV_REFUSAL_COUNT; i++) {
        if ((nearest->broken & BIT(i)) != 0) {
            strbuf_add(text, index == 0 ? "refused by " : "");
            explain_list(text, words[i], &index, nearest->broken_count);
        }
        lacks += lack->of[i] > 0 ? 1U : 0U;
    }
    strbuf_add(text, index > 0 && lacks > 0 ? ", " : "");
    index = 0;
    for (uint32_t i = 0; i < ENV_REFUSAL_COUNT; i++) {
        if (lack->of[i] > 0) {
            explain_lack_print(lack, i, request, item, sizeof item);
            explain_list(text, item, &index, lacks);
        }
    }
    strbuf_add(text, lacks > 0 ? " short" : "");
}

void
explain_print(const struct explain *explain, struct strbuf *text)
{
    const struct env_pending *pending = &explain->pending;
    const char *separator = ": ";
    if (pending->nodes == 0) {
        strbuf_add(text, "no node is ready");
        return;
    }
    strbuf_printf(text, "%u node%s", pending->nodes, pending->nodes == 1 ? "" : "s");
    for (uint32_t i = 0; i < ENV_REFUSAL_COUNT; i++) {
        if (pending->refused[i] > 0) {
            strbuf_printf(text, "%s%u %s%s", separator, pending->refused[i], refusal_names[i],
                          i == ENV_REFUSAL_CONSTRAINT ? explain->constraints : "");
            separator = ", ";
        }
    }
}

void
explain_print_nearest(const struct explain *explain, struct strbuf *text)
{
    if (explain->pending.nearest > 0) {
        strbuf_printf(text, "; nearest: %s, %s", explain->pending.hostname,
                      explain->pending.shortfall);
    }
}
