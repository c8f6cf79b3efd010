/*
 * tests/unit/names/test_dns.c
 *
 * Goal:   questions of real clients are answered as the RFCs say, and nothing that is none makes
 *         an answer that is wrong, too long or none of ours.
 * Method: packets made byte by byte; answers are read back by a small reader of the test's own, and
 *         some bytes are named one by one.
 */
#include "platform/names/dns.h"
#include "tests/unit/names/names_bed.h"

enum { TYPE_A = 1, TYPE_AAAA = 28, TYPE_SRV = 33, TYPE_ANY = 255 };

struct packet {
    uint8_t bytes[600];
    size_t  len;
};

struct ask {
    const char *name;
    uint16_t    type;
    uint16_t    id;
    uint16_t    edns; /* size, 0: no EDNS */
    bool        over_tcp;
};

struct reply {
    uint8_t  bytes[ENV_NAMES_PACKET_MAX];
    size_t   len;
    uint32_t code;
    bool     truncated;
    uint32_t answers;
    uint32_t extras;
    size_t   answers_at;
};

static void
put(struct packet *packet, uint32_t value, uint32_t bytes)
{
    for (uint32_t i = bytes; i > 0; i--) {
        packet->bytes[packet->len++] = (uint8_t)(value >> (8 * (i - 1)));
    }
}

static void
put_name(struct packet *packet, const char *name)
{
    while (*name != '\0') {
        const size_t len = strcspn(name, ".");
        put(packet, (uint32_t)len, 1);
        memcpy(packet->bytes + packet->len, name, len);
        packet->len += len;
        name += len + (name[len] == '.');
    }
    put(packet, 0, 1);
}

static struct packet
question(const struct ask *ask)
{
    struct packet packet = { .len = 0 };
    put(&packet, ask->id, 2);
    put(&packet, 0x0100, 2); /* recursion desired, as every client says */
    put(&packet, 1, 2);
    put(&packet, 0, 4);
    put(&packet, ask->edns > 0 ? 1 : 0, 2);
    put_name(&packet, ask->name);
    put(&packet, ask->type, 2);
    put(&packet, 1, 2);
    if (ask->edns > 0) {
        put(&packet, 0, 1);
        put(&packet, 41, 2);
        put(&packet, ask->edns, 2);
        put(&packet, 0, 4);
        put(&packet, 0, 2);
    }
    return packet;
}

static uint32_t
get(const struct reply *reply, size_t at, uint32_t bytes)
{
    uint32_t value = 0;
    cr_assert(at + bytes <= reply->len);
    for (uint32_t i = 0; i < bytes; i++) {
        value = value << 8 | reply->bytes[at + i];
    }
    return value;
}

static void
answer_packet(const struct names_table *table, const struct packet *packet, bool over_tcp,
              struct reply *reply)
{
    const struct env_names_query query = { .bytes = packet->bytes,
                                           .len = packet->len,
                                           .over_tcp = over_tcp };
    reply->len = dns_answer(table, &query, reply->bytes);
    if (reply->len == 0) {
        return;
    }
    reply->code = get(reply, 2, 2) & 15;
    reply->truncated = (get(reply, 2, 2) & 0x0200) != 0;
    reply->answers = get(reply, 6, 2);
    reply->extras = get(reply, 10, 2);
    cr_assert_eq(get(reply, 0, 2), (uint32_t)(packet->bytes[0] << 8 | packet->bytes[1]));
    cr_assert_eq(get(reply, 2, 2) & 0x8080, 0x8000, "an answer, and without recursion");
}

static void
answer(const struct names_table *table, const struct ask *ask, struct reply *reply)
{
    const struct packet packet = question(ask);
    answer_packet(table, &packet, ask->over_tcp, reply);
    cr_assert(reply->len > 0);
    cr_assert_eq(get(reply, 4, 2), 1, "the question comes back");
    reply->answers_at = 12 + strlen(ask->name) + 2 + 4;
    cr_assert_eq(memcmp(reply->bytes + 12, packet.bytes + 12, reply->answers_at - 12), 0);
}

static struct reply reply; /* larger than a stack likes */

Test(dns, answers_addresses)
{
    struct names_bed names;
    names_bed_open(&names);
    const struct ask ask = { .name = "web-prod.marathon.mesos", .type = TYPE_A };
    answer(&names.table, &ask, &reply);
    cr_assert(reply.code == 0 && reply.answers == 3 && reply.extras == 0 && !reply.truncated);
    cr_assert_eq(reply.len, reply.answers_at + 3 * 16);
    for (uint32_t i = 0; i < 3; i++) {
        const size_t at = reply.answers_at + i * 16;
        cr_assert_eq(get(&reply, at, 2), 0xC00C, "the name asked for");
        cr_assert_eq(get(&reply, at + 2, 4), 0x00010001, "A, IN");
        cr_assert_eq(get(&reply, at + 6, 4), DNS_TTL_SECONDS);
        cr_assert_eq(get(&reply, at + 10, 2), 4);
        cr_assert_eq(get(&reply, at + 12, 4), 0x0A000001 + i);
    }
    cr_assert_eq(get(&reply, 2, 2), 0x8500, "with authority; recursion desired as asked");
    names_bed_close(&names);
}

Test(dns, turns_with_the_id_of_the_question)
{
    struct names_bed names;
    names_bed_open(&names);
    for (uint16_t id = 0; id < 6; id++) {
        const struct ask ask = { .name = "web-prod.marathon.mesos", .type = TYPE_A, .id = id };
        answer(&names.table, &ask, &reply);
        cr_assert_eq(reply.answers, 3);
        for (uint32_t i = 0; i < 3; i++) {
            cr_assert_eq(get(&reply, reply.answers_at + i * 16 + 12, 4),
                         0x0A000001U + (id + i) % 3);
        }
    }
    names_bed_close(&names);
}

Test(dns, does_not_care_for_capitals_and_keeps_them)
{
    struct names_bed names;
    names_bed_open(&names);
    const struct ask ask = { .name = "Web-PROD.Marathon.Mesos", .type = TYPE_A };
    answer(&names.table, &ask, &reply);
    cr_assert(reply.code == 0 && reply.answers == 3);
    names_bed_close(&names);
}

Test(dns, answers_services_with_the_addresses_of_their_targets)
{
    struct names_bed names;
    names_bed_open(&names);
    answer(&names.table,
           &(struct ask){ .name = "_web-prod._tcp.marathon.mesos", .type = TYPE_SRV }, &reply);
    cr_assert(reply.code == 0 && reply.answers == 3 && reply.extras == 3);
    const size_t at = reply.answers_at;
    static const char target[] = "\x0dweb-prod-1-s0\x08marathon\x05mesos"; /* its NUL is the root */
    cr_assert_eq(get(&reply, at + 2, 4), 0x00210001, "SRV, IN");
    cr_assert_eq(get(&reply, at + 10, 2), 6 + sizeof target);
    cr_assert_eq(get(&reply, at + 16, 2), 31000);
    cr_assert_eq(memcmp(reply.bytes + at + 18, target, sizeof target), 0);
    names_bed_close(&names);
}

Test(dns, tells_no_such_name_from_no_such_record)
{
    struct names_bed names;
    names_bed_open(&names);
    static const struct {
        const char *name;
        uint16_t    type;
        uint32_t    code;
        uint32_t    answers;
    } cases[] = {
        { "web-prod.marathon.mesos", TYPE_AAAA, 0, 0 },
        { "web-prod.marathon.mesos", TYPE_SRV, 0, 0 },
        { "marathon.mesos", TYPE_A, 0, 0 },
        { "nobody.marathon.mesos", TYPE_A, 3, 0 },
        { "nobody.thisdcos.directory", TYPE_AAAA, 3, 0 },
        { "example.com", TYPE_A, 5, 0 },
        { "", TYPE_A, 5, 0 },
        { "_web-prod._tcp.marathon.mesos", TYPE_ANY, 0, 3 },
    };
    for (uint32_t i = 0; i < COUNT_OF(cases); i++) {
        struct packet packet =
            question(&(struct ask){ .name = cases[i].name, .type = cases[i].type });
        answer_packet(&names.table, &packet, false, &reply);
        cr_assert_eq(reply.code, cases[i].code, "%s", cases[i].name);
        cr_assert_eq(reply.answers, cases[i].answers, "%s", cases[i].name);
    }
    names_bed_close(&names);
}

/* So many tasks more that no small packet holds their addresses. */
static void
crowd(struct names_bed *names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct cluster_task *task = cluster_bed_task(names->app, NULL, TASK_RUNNING);
        task->record.node = 1;
        task->record.ipv4 = UINT32_C(0x0A010000) + i;
        task->record.ports[0] = 31000;
        task->record.ports_count = 2;
        task->record.health = HEALTH_GOOD;
    }
    names_table_build(&names->table, &names->bed.cluster);
}

Test(dns, marks_what_does_not_fit_as_truncated)
{
    struct names_bed names;
    names_bed_open(&names);
    crowd(&names, 200);
    struct ask ask = { .name = "web-prod.marathon.mesos", .type = TYPE_A, .id = 77 };
    answer(&names.table, &ask, &reply);
    cr_assert(reply.truncated && reply.len <= DNS_UDP_MIN && reply.len > DNS_UDP_MIN - 16);
    cr_assert_eq(reply.len, reply.answers_at + reply.answers * 16, "whole records only");
    ask.edns = 4096;
    answer(&names.table, &ask, &reply);
    cr_assert(reply.truncated && reply.len <= DNS_UDP_MAX && reply.len > DNS_UDP_MAX - 16 - 11);
    cr_assert_eq(reply.extras, 1, "EDNS is answered with EDNS");
    ask.edns = 100; /* less than everybody must take */
    answer(&names.table, &ask, &reply);
    cr_assert(reply.truncated && reply.len > 400 && reply.len <= DNS_UDP_MIN);
    ask.over_tcp = true;
    answer(&names.table, &ask, &reply);
    cr_assert(reply.answers == 203 && !reply.truncated);
    names_bed_close(&names);
}

Test(dns, leaves_addresses_of_targets_out_where_they_do_not_fit)
{
    struct names_bed names;
    names_bed_open(&names);
    crowd(&names, 4);
    const struct ask ask = { .name = "_web-prod._tcp.marathon.mesos", .type = TYPE_SRV };
    answer(&names.table, &ask, &reply);
    cr_assert(reply.answers == 7 && !reply.truncated, "%u", reply.answers);
    cr_assert(reply.extras < 7 && reply.len <= DNS_UDP_MIN);
    names_bed_close(&names);
}

Test(dns, says_so_when_nobody_knows)
{
    answer(NULL, &(struct ask){ .name = "web.marathon.mesos", .type = TYPE_A }, &reply);
    cr_assert(reply.code == 2 && reply.answers == 0);
    answer(NULL, &(struct ask){ .name = "example.com", .type = TYPE_A }, &reply);
    cr_assert_eq(reply.code, 5, "what is not ours is not ours at any time");
}

Test(dns, refuses_packets_that_are_no_questions)
{
    struct names_bed names;
    names_bed_open(&names);
    const struct ask ask = { .name = "web-prod.marathon.mesos", .type = TYPE_A, .edns = 512 };
    const struct packet good = question(&ask);
    struct packet packet = good;
    for (packet.len = 0; packet.len < good.len; packet.len++) { /* cut anywhere */
        answer_packet(&names.table, &packet, false, &reply);
        cr_assert(packet.len < 12 ? reply.len == 0 : reply.code == 1 && reply.answers == 0);
    }
    packet = good;
    packet.bytes[2] |= 0x80; /* an answer */
    answer_packet(&names.table, &packet, false, &reply);
    cr_assert_eq(reply.len, 0);
    packet = good;
    packet.bytes[2] |= 0x10; /* STATUS */
    answer_packet(&names.table, &packet, false, &reply);
    cr_assert(reply.code == 4 && reply.len == 12);
    packet = good;
    packet.bytes[5] = 2; /* two questions */
    answer_packet(&names.table, &packet, false, &reply);
    cr_assert_eq(reply.code, 1);
    packet = good;
    packet.bytes[12] = 0xC0; /* a name that points to itself */
    packet.bytes[13] = 12;
    answer_packet(&names.table, &packet, false, &reply);
    cr_assert_eq(reply.code, 1);
    packet = good;
    packet.bytes[13] = '.'; /* no host has a dot in a part */
    answer_packet(&names.table, &packet, false, &reply);
    cr_assert_eq(reply.code, 5);
    packet = good;
    packet.bytes[packet.len - 5] = 1; /* EDNS 1 */
    answer_packet(&names.table, &packet, false, &reply);
    cr_assert(reply.code == 0 && reply.answers == 0 && reply.extras == 1, "BADVERS is 16");
    cr_assert_eq(get(&reply, reply.len - 6, 1), 1);
    names_bed_close(&names);
}

Test(dns, takes_names_as_long_as_there_are_and_no_longer)
{
    struct names_bed names;
    names_bed_open(&names);
    char name[300];
    memset(name, 'a', 253);
    for (uint32_t i = 1; i < 247; i += 2) {
        name[i] = '.';
    }
    memcpy(name + 247, ".mesos", sizeof ".mesos");
    cr_assert_eq(strlen(name), 253);
    struct packet packet = question(&(struct ask){ .name = name, .type = TYPE_A });
    answer_packet(&names.table, &packet, false, &reply);
    cr_assert_eq(reply.code, 3);
    memmove(name + 1, name, sizeof name - 1); /* "aa.a.a..." */
    packet = question(&(struct ask){ .name = name, .type = TYPE_A });
    answer_packet(&names.table, &packet, false, &reply);
    cr_assert_eq(reply.code, 1);
    names_bed_close(&names);
}
