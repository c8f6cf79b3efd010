/* platform/agent/labels.c - what an agent writes on a container, so that its next life knows it. */
#include "platform/agent/labels.h"

#include <string.h>

#include "platform/base/strbuf.h"
#include "platform/model/config.h"

static const char *const network_names[] = {
    [CONTAINER_HOST] = "host",
    [CONTAINER_BRIDGE] = "bridge",
    [CONTAINER_OWN_ADDRESS] = "own",
};

static char *
labels_ports_text(const struct labels_facts *facts, struct arena *arena)
{
    char text[TASK_PORTS_MAX * 6 + 1];
    size_t len = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < facts->ports_count; i++) {
        uint32_t divisor = 10000;
        while (divisor > 1 && facts->ports[i] / divisor == 0) {
            divisor /= 10;
        }
        if (i > 0) {
            text[len++] = ',';
        }
        for (; divisor > 0; divisor /= 10) {
            text[len++] = (char)('0' + facts->ports[i] / divisor % 10);
        }
    }
    return arena_strndup(arena, text, len);
}

uint32_t
labels_make(const struct labels_facts *facts, const char *run_id, struct arena *arena,
            struct container_pair *pairs)
{
    ASSERT(facts->ports_count <= TASK_PORTS_MAX);
    const struct container_pair made[LABELS_COUNT] = {
        { AGENT_CONTAINER_LABEL, run_id },
        { LABEL_TASK, arena_decimal(arena, facts->task) },
        { LABEL_VERSION, arena_decimal(arena, facts->version) },
        { LABEL_NODE, arena_decimal(arena, facts->node) },
        { LABEL_NETWORK, network_names[facts->network] },
        { LABEL_READY, facts->wants_ready ? "1" : "0" },
        { LABEL_LAUNCHED, arena_decimal(arena, (uint64_t)facts->launched_at_ns) },
        { LABEL_PORTS, labels_ports_text(facts, arena) },
    };
    memcpy(pairs, made, sizeof made);
    uint32_t count = LABELS_COUNT;
    if (facts->volume > 0) {
        pairs[count++] =
            (struct container_pair){ LABEL_VOLUME, arena_decimal(arena, facts->volume) };
    }
    if (facts->run > 0) {
        pairs[count++] = (struct container_pair){ LABEL_RUN, arena_decimal(arena, facts->run) };
    }
    return count;
}

static const char *
labels_value(const struct container_pair *labels, uint32_t labels_count, const char *key)
{
    for (uint32_t i = 0; i < labels_count; i++) {
        if (strcmp(labels[i].key, key) == 0) {
            return labels[i].value;
        }
    }
    return "";
}

/* Decimal digits up to the end or a comma. Moves *text behind them; false without a digit. */
static bool
labels_number(const char **text, uint64_t max, uint64_t *ret)
{
    const char *at = *text;
    uint64_t value = 0;
    if (*at < '0' || *at > '9') {
        return false;
    }
    for (; *at >= '0' && *at <= '9'; at++) {
        const uint64_t digit = (uint64_t)(*at - '0');
        if (value > (max - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *text = at;
    *ret = value;
    return true;
}

static bool
labels_whole_number(const char *text, uint64_t max, uint64_t *ret)
{
    return labels_number(&text, max, ret) && *text == '\0';
}

static bool
labels_read_ports(const char *text, struct labels_facts *facts)
{
    while (*text != '\0') {
        uint64_t port = 0;
        if (facts->ports_count == TASK_PORTS_MAX || !labels_number(&text, UINT16_MAX, &port)) {
            return false;
        }
        facts->ports[facts->ports_count++] = (uint16_t)port;
        if (*text == ',') {
            text++;
        } else if (*text != '\0') {
            return false;
        }
    }
    return true;
}

static bool
labels_read_network(const char *text, struct labels_facts *facts)
{
    for (uint32_t i = 0; i < COUNT_OF(network_names); i++) {
        if (strcmp(text, network_names[i]) == 0) {
            facts->network = (enum container_network)i;
            return true;
        }
    }
    return false;
}

enum status
labels_read(const struct container_pair *labels, uint32_t labels_count, const char *run_id,
            struct labels_facts *ret_facts)
{
    if (strcmp(labels_value(labels, labels_count, AGENT_CONTAINER_LABEL), run_id) != 0) {
        return ST_NOT_FOUND;
    }
    struct labels_facts facts = { 0 };
    uint64_t node = 0;
    uint64_t launched = 0;
    const char *ready = labels_value(labels, labels_count, LABEL_READY);
    const char *volume = labels_value(labels, labels_count, LABEL_VOLUME);
    const char *run = labels_value(labels, labels_count, LABEL_RUN);
    const bool readable =
        labels_whole_number(labels_value(labels, labels_count, LABEL_TASK), UINT64_MAX,
                            &facts.task) &&
        labels_whole_number(labels_value(labels, labels_count, LABEL_VERSION), UINT64_MAX,
                            &facts.version) &&
        labels_whole_number(labels_value(labels, labels_count, LABEL_NODE), UINT32_MAX, &node) &&
        labels_whole_number(labels_value(labels, labels_count, LABEL_LAUNCHED), INT64_MAX,
                            &launched) &&
        (volume[0] == '\0' || labels_whole_number(volume, UINT64_MAX, &facts.volume)) &&
        (run[0] == '\0' || labels_whole_number(run, UINT64_MAX, &facts.run)) &&
        labels_read_network(labels_value(labels, labels_count, LABEL_NETWORK), &facts) &&
        labels_read_ports(labels_value(labels, labels_count, LABEL_PORTS), &facts);
    if (!readable || facts.task == 0) {
        return ST_INVALID;
    }
    facts.node = (uint32_t)node;
    facts.launched_at_ns = (int64_t)launched;
    facts.wants_ready = strcmp(ready, "1") == 0;
    *ret_facts = facts;
    return ST_OK;
}
