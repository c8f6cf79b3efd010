/*
 * tests/fuzz/fuzz_dns.c
 *
 * Goal:   no packet makes the reader of DNS questions read outside, hang, or give an answer that is
 *         too long, has another id, is no answer, or counts records that are not there.
 * Method: libFuzzer; the first byte says whether it came over TCP and whether somebody knows, the
 *         rest is the packet, which lies in a block of exactly its size. The answer is walked
 *         through record by record, up to its last byte.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/memory.h"
#include "platform/names/dns.h"
#include "tests/unit/names/names_cluster.h"

enum { TASKS = 40 };

static void
require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static size_t
skip_name(const uint8_t *bytes, size_t len, size_t at)
{
    for (;;) {
        require(at < len);
        if (bytes[at] >= 0xC0) {
            require(at + 2 <= len);
            return at + 2;
        }
        if (bytes[at] == 0) {
            return at + 1;
        }
        require(bytes[at] <= 63);
        at += 1U + bytes[at];
    }
}

static void
check_answer(const uint8_t *query, const uint8_t *bytes, size_t len, bool over_tcp)
{
    require(len >= 12 && len <= (over_tcp ? ENV_NAMES_PACKET_MAX : DNS_UDP_MAX));
    require(bytes[0] == query[0] && bytes[1] == query[1]);
    require((bytes[2] & 0x80) != 0 && (bytes[3] & 0x80) == 0);
    require(!over_tcp || (bytes[2] & 0x02) == 0);
    const uint32_t questions = (uint32_t)bytes[4] << 8 | bytes[5];
    uint32_t records = 0;
    for (uint32_t i = 6; i < 12; i += 2) {
        records += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    }
    size_t at = 12;
    require(questions <= 1);
    if (questions == 1) {
        at = skip_name(bytes, len, at) + 4;
    }
    for (uint32_t i = 0; i < records; i++) {
        at = skip_name(bytes, len, at);
        require(at + 10 <= len);
        at += 10 + ((size_t)bytes[at + 8] << 8 | bytes[at + 9]);
    }
    require(at == len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct names_cluster made;
    static uint8_t answer[ENV_NAMES_PACKET_MAX];
    if (made.tasks == NULL) {
        names_cluster_open(&made, TASKS);
    }
    if (size == 0) {
        return 0;
    }
    uint8_t *packet = memory_alloc(size > 1 ? size - 1 : 1);
    memcpy(packet, data + 1, size - 1);
    const struct env_names_query query = { .bytes = packet,
                                           .len = size - 1,
                                           .over_tcp = (data[0] & 1) != 0 };
    const size_t len = dns_answer((data[0] & 2) != 0 ? NULL : &made.table, &query, answer);
    if (len > 0) {
        check_answer(packet, answer, len, query.over_tcp);
    }
    memory_free(packet);
    return 0;
}
