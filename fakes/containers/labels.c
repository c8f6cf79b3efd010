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

static size_t
labels_pack_one(uint16_t key, const char *value, uint8_t *to)
{
    uint64_t number = 0;
    memcpy(to, &key, sizeof key);
    if (labels_number(value, &number)) {
        uint8_t bytes = 0;
        for (; number > 0; number >>= 8) {
            to[LABELS_HEAD_BYTES + bytes++] = (uint8_t)number;
        }
        to[2] = bytes;
        return LABELS_HEAD_BYTES + bytes;
    }
    const size_t bytes = strlen(value) + 1;
    to[2] = LABELS_TEXT;
    memcpy(to + LABELS_HEAD_BYTES, value, bytes);
    return LABELS_HEAD_BYTES + bytes;
}

size_t
labels_pack(struct fake_engine *engine, const struct container_spec *spec, struct arena *arena,
            const uint8_t **ret_packed)
{
    size_t bytes_max = 0;
    for (uint32_t i = 0; i < spec->labels_count; i++) { /* a number is never longer than its text */
        bytes_max += LABELS_HEAD_BYTES + strlen(spec->labels[i].value) + 1;
    }
    uint8_t *packed = arena_alloc(arena, bytes_max);
    size_t   bytes = 0;
    for (uint32_t i = 0; i < spec->labels_count; i++) {
        bytes += labels_pack_one(labels_key(engine, spec->labels[i].key, i),
                                 spec->labels[i].value, packed + bytes);
    }
    *ret_packed = packed;
    return bytes;
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
