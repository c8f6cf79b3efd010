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

enum { TASKS = 40 };

static const char definition[] =
    "{\"id\":\"/prod/web\",\"cmd\":\"true\",\"portDefinitions\":[{\"port\":10000,\"name\":\"http\","
    "\"protocol\":\"udp,tcp\",\"labels\":{\"VIP_0\":\"/web:80\"}}]}";

static void
require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* A cluster of one app, without an env: the table asks it for nothing else. */
static void
make_table(struct names_table *table)
{
    static struct env env;
    static struct cluster cluster;
    static struct cluster_app app;
    static struct cluster_version version;
    static struct cluster_task tasks[TASKS];
    arena_init(&version.arena, 0);
    version.spec = app_load(definition, strlen(definition), &version.arena);
    require(version.spec != NULL);
    cluster.env = &env;
    vec_init(&cluster.apps, sizeof(struct cluster_app *));
    vec_init(&cluster.nodes, sizeof(struct cluster_node *));
    vec_init(&cluster.edges, sizeof(struct cluster_edge));
    *(struct cluster_app **)vec_push(&cluster.apps) = &app;
    app = (struct cluster_app){ .id = "/prod/web", .version = &version, .tasks_first = &tasks[0] };
    for (uint32_t i = 0; i < TASKS; i++) {
        tasks[i] = (struct cluster_task){ .app = &app, .version = &version };
        tasks[i].app_next = i + 1 < TASKS ? &tasks[i + 1] : NULL;
        tasks[i].record = (struct task_record){ .id = i + 1,
                                                .state = TASK_RUNNING,
                                                .node = 1,
                                                .ipv4 = 0x0A000001 + i,
                                                .ports_count = 1,
                                                .ports = { 31000 } };
    }
    names_table_init(table, 0);
    names_table_build(table, &cluster);
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
    static struct names_table table;
    static bool made;
    static uint8_t answer[ENV_NAMES_PACKET_MAX];
    if (!made) {
        make_table(&table);
        made = true;
    }
    if (size == 0) {
        return 0;
    }
    uint8_t *packet = memory_alloc(size > 1 ? size - 1 : 1);
    memcpy(packet, data + 1, size - 1);
    const struct env_names_query query = { .bytes = packet,
                                           .len = size - 1,
                                           .over_tcp = (data[0] & 1) != 0 };
    const size_t len = dns_answer((data[0] & 2) != 0 ? NULL : &table, &query, answer);
    if (len > 0) {
        check_answer(packet, answer, len, query.over_tcp);
    }
    memory_free(packet);
    return 0;
}
