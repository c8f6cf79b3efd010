/* fakes/containers/labels.c - packs the labels of a container and reads them again. */
#include "fakes/containers/labels.h"

#include <string.h>

enum { LABELS_TEXT = 255, LABELS_HEAD_BYTES = 3 /* key and the byte after it */ };

/* Whether the text is what a number prints as, which it is then. */
static bool
labels_number(const char *text, uint64_t *ret)
{
    const bool padded = text[0] == '0' && text[1] != '\0';
    uint64_t   value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        const uint64_t digit = (uint64_t)(*at - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *ret = value;
    return at != text && *at == '\0' && !padded;
}

static uint8_t
labels_number_bytes(uint64_t value)
{
    uint8_t bytes = 0;
    while (value > 0) {
        value >>= 8;
        bytes++;
    }
    return bytes;
}

/* Containers have the same labels in the same order, as a rule: then the number follows from the
 * place. */
static uint16_t
labels_key(struct fake_engine *engine, const char *key, uint32_t place)
{
    if (place < intern_count(&engine->label_keys) &&
        strcmp(intern_text(&engine->label_keys, place + 1), key) == 0) {
        return (uint16_t)(place + 1);
    }
    const uint32_t number = intern_id(&engine->label_keys, key);
    ASSERT(number <= UINT16_MAX);
    return (uint16_t)number;
}

size_t
labels_packed_bytes(struct fake_engine *engine, const struct container_spec *spec)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < spec->labels_count; i++) {
        const char *value = spec->labels[i].value;
        uint64_t    number = 0;
        (void)labels_key(engine, spec->labels[i].key, i);
        bytes += LABELS_HEAD_BYTES +
                 (labels_number(value, &number) ? labels_number_bytes(number) : strlen(value) + 1);
    }
    return bytes;
}

void
labels_pack(struct fake_engine *engine, const struct container_spec *spec, uint8_t *to)
{
    for (uint32_t i = 0; i < spec->labels_count; i++) {
        const char    *value = spec->labels[i].value;
        const uint16_t key = labels_key(engine, spec->labels[i].key, i);
        uint64_t       number = 0;
        memcpy(to, &key, sizeof key);
        if (labels_number(value, &number)) {
            const uint8_t bytes = labels_number_bytes(number);
            to[2] = bytes;
            for (uint8_t b = 0; b < bytes; b++) {
                to[LABELS_HEAD_BYTES + b] = (uint8_t)(number >> (8 * b));
            }
            to += LABELS_HEAD_BYTES + bytes;
        } else {
            const size_t bytes = strlen(value) + 1;
            to[2] = LABELS_TEXT;
            memcpy(to + LABELS_HEAD_BYTES, value, bytes);
            to += LABELS_HEAD_BYTES + bytes;
        }
    }
}

struct container_pair *
labels_unpack(const struct fake_container *container, struct arena *arena)
{
    struct container_pair *labels =
        ARENA_ARRAY(arena, struct container_pair, container->labels_count);
    const uint8_t *at = container->labels;
    for (uint32_t i = 0; i < container->labels_count; i++) {
        uint16_t key = 0;
        memcpy(&key, at, sizeof key);
        const uint8_t bytes = at[2];
        at += LABELS_HEAD_BYTES;
        labels[i].key = intern_text(&container->engine->label_keys, key);
        if (bytes == LABELS_TEXT) {
            labels[i].value = (const char *)at;
            at += strlen((const char *)at) + 1;
            continue;
        }
        uint64_t number = 0;
        for (uint8_t b = 0; b < bytes; b++) {
            number |= (uint64_t)at[b] << (8 * b);
        }
        labels[i].value = arena_decimal(arena, number);
        at += bytes;
    }
    return labels;
}
