/* platform/names/dns.c - reading questions and writing answers, byte by byte. */
#include "platform/names/dns.h"

#include <string.h>

#include "platform/model/names.h"

enum { DNS_TYPE_A = 1, DNS_TYPE_SRV = 33, DNS_TYPE_OPT = 41, DNS_TYPE_ANY = 255 };
enum { DNS_CLASS_IN = 1, DNS_CLASS_ANY = 255 };
enum {
    DNS_OK = 0,
    DNS_FORMERR = 1,
    DNS_SERVFAIL = 2,
    DNS_NXDOMAIN = 3,
    DNS_NOTIMP = 4,
    DNS_REFUSED = 5,
    DNS_BADVERS = 16
};
enum {
    DNS_HEADER_BYTES = 12,
    DNS_OPT_BYTES = 11,
    DNS_OTHERS_MAX = 64, /* records besides the question that are looked at: a limit of ours */
    DNS_QUESTION_AT = 0xC000 | DNS_HEADER_BYTES /* a pointer to the name asked for */
};

struct dns_reader {
    const uint8_t *bytes;
    size_t         len;
    size_t         at;
    bool           bad; /* something was beyond the end, or not as it must be */
};

struct dns_question {
    uint16_t id;
    uint16_t flags;
    uint16_t type;
    uint16_t class;
    char     name[NAMES_LEN_MAX + 1]; /* small letters; "" for the root and what is no host */
    size_t   end;                          /* of the question in the packet */
    bool     has_opt;
    uint8_t  opt_version;
    uint16_t opt_size;
};

struct dns_writer {
    uint8_t *bytes;
    size_t   max;
    size_t   at;
    bool     full; /* something did not fit */
};

/* --- reading --- */

static uint32_t
dns_read(struct dns_reader *reader, uint32_t bytes)
{
    if (reader->len - reader->at < bytes) {
        reader->bad = true;
        return 0;
    }
    uint32_t value = 0;
    for (uint32_t i = 0; i < bytes; i++) {
        value = value << 8 | reader->bytes[reader->at++];
    }
    return value;
}

static void
dns_skip(struct dns_reader *reader, uint32_t bytes)
{
    if (reader->len - reader->at < bytes) {
        reader->bad = true;
        return;
    }
    reader->at += bytes;
}

/* A name without pointers, as text. What no host name holds makes it no name of ours. */
static void
dns_read_name(struct dns_reader *reader, char name[NAMES_LEN_MAX + 1])
{
    size_t len = 0;
    bool is_host = true;
    for (;;) {
        const uint32_t part_len = dns_read(reader, 1);
        if (reader->bad || part_len == 0) {
            break;
        }
        if (part_len > NAMES_PART_MAX || reader->len - reader->at < part_len ||
            len + part_len + 1 > NAMES_LEN_MAX) {
            reader->bad = true;
            break;
        }
        if (len > 0) {
            name[len++] = '.';
        }
        for (uint32_t i = 0; i < part_len; i++) {
            const uint8_t byte = reader->bytes[reader->at++];
            const bool is_upper = byte >= 'A' && byte <= 'Z';
            is_host = is_host && byte > ' ' && byte < 127 && byte != '.';
            name[len++] = (char)(is_upper ? byte - 'A' + 'a' : byte);
        }
    }
    name[is_host && !reader->bad ? len : 0] = '\0';
}

/* The name of a record that is skipped may end in a pointer. */
static void
dns_skip_name(struct dns_reader *reader)
{
    for (uint32_t parts = 0; parts <= NAMES_LEN_MAX / 2 && !reader->bad; parts++) {
        const uint32_t part_len = dns_read(reader, 1);
        if (part_len == 0) {
            return;
        }
        if (part_len >= 0xC0) {
            dns_skip(reader, 1);
            return;
        }
        dns_skip(reader, part_len);
        reader->bad = reader->bad || part_len > NAMES_PART_MAX;
    }
    reader->bad = true;
}

/* Records after the question: an OPT among them says how large an answer may be. */
static void
dns_read_others(struct dns_reader *reader, struct dns_question *question, uint32_t count)
{
    reader->bad = reader->bad || count > DNS_OTHERS_MAX;
    for (uint32_t i = 0; i < count && !reader->bad; i++) {
        const size_t name_at = reader->at;
        dns_skip_name(reader);
        const bool is_root = reader->at == name_at + 1;
        const uint32_t type = dns_read(reader, 2);
        const uint32_t class = dns_read(reader, 2);
        const uint32_t ttl = dns_read(reader, 4);
        dns_skip(reader, dns_read(reader, 2));
        if (type == DNS_TYPE_OPT && !reader->bad) {
            reader->bad = !is_root || question->has_opt;
            question->has_opt = true;
            question->opt_size = (uint16_t)class;
            question->opt_version = (uint8_t)(ttl >> 16);
        }
    }
}

/* Returns what is wrong with it, DNS_OK: nothing. The header has been read. */
static uint32_t
dns_read_question(struct dns_reader *reader, struct dns_question *question)
{
    const uint32_t questions = dns_read(reader, 2);
    uint32_t others = 0;
    for (uint32_t i = 0; i < 3; i++) {
        others += dns_read(reader, 2);
    }
    if ((question->flags >> 11 & 15) != 0) {
        return DNS_NOTIMP;
    }
    if (reader->bad || questions != 1) {
        return DNS_FORMERR;
    }
    dns_read_name(reader, question->name);
    question->type = (uint16_t)dns_read(reader, 2);
    question->class = (uint16_t)dns_read(reader, 2);
    if (reader->bad) {
        return DNS_FORMERR;
    }
    question->end = reader->at;
    dns_read_others(reader, question, others);
    if (reader->bad) {
        question->has_opt = false;
        return DNS_FORMERR;
    }
    if (question->has_opt && question->opt_version != 0) {
        return DNS_BADVERS;
    }
    const bool class_ours =
        question->class == DNS_CLASS_IN || question->class == DNS_CLASS_ANY;
    return class_ours && names_table_owns(question->name) ? DNS_OK : DNS_REFUSED;
}

/* --- writing --- */

static void
dns_write(struct dns_writer *writer, uint32_t value, uint32_t bytes)
{
    if (writer->max - writer->at < bytes) {
        writer->full = true;
        return;
    }
    for (uint32_t i = bytes; i > 0; i--) {
        writer->bytes[writer->at++] = (uint8_t)(value >> (8 * (i - 1)));
    }
}

static void
dns_write_name(struct dns_writer *writer, const char *name)
{
    while (*name != '\0') {
        const size_t len = strcspn(name, ".");
        ASSERT(len > 0 && len <= NAMES_PART_MAX);
        dns_write(writer, (uint32_t)len, 1);
        for (size_t i = 0; i < len; i++) {
            dns_write(writer, (uint8_t)name[i], 1);
        }
        name += len + (name[len] == '.' ? 1 : 0);
    }
    dns_write(writer, 0, 1);
}

static void
dns_write_data(struct dns_writer *writer, const struct names_record *record)
{
    dns_write(writer, record->type == NAMES_A ? DNS_TYPE_A : DNS_TYPE_SRV, 2);
    dns_write(writer, DNS_CLASS_IN, 2);
    dns_write(writer, DNS_TTL_SECONDS, 4);
    if (record->type == NAMES_A) {
        dns_write(writer, 4, 2);
        dns_write(writer, record->ipv4, 4);
        return;
    }
    /* as parts with a length each and one more of none, the target is two bytes longer */
    dns_write(writer, (uint32_t)(6 + strlen(record->target) + 2), 2);
    dns_write(writer, 0, 2); /* priority */
    dns_write(writer, 1, 2); /* weight */
    dns_write(writer, record->port, 2);
    dns_write_name(writer, record->target);
}

/* Takes back a record that was not written to its end. */
static bool
dns_keep(struct dns_writer *writer, size_t from)
{
    if (writer->full) {
        writer->at = from;
    }
    return !writer->full;
}

static bool
dns_is_asked(const struct dns_question *question, const struct names_record *record)
{
    return question->type == DNS_TYPE_ANY ||
           question->type == (record->type == NAMES_A ? DNS_TYPE_A : DNS_TYPE_SRV);
}

/* The records from the n-th on, then those before it. Returns how many were written. */
static uint32_t
dns_write_answers(struct dns_writer *writer, const struct names_table *table,
                  const struct dns_question *question, uint32_t first, uint32_t count)
{
    uint32_t written = 0;
    uint32_t skip = count > 0 ? question->id % count : 0;
    uint32_t number = first;
    for (uint32_t steps = 0; written < count && !writer->full;) {
        const struct names_record *record = names_table_at(table, number);
        if (dns_is_asked(question, record) && steps++ >= skip) {
            const size_t from = writer->at;
            dns_write(writer, DNS_QUESTION_AT, 2);
            dns_write_data(writer, record);
            written += dns_keep(writer, from) ? 1 : 0;
        }
        number = record->next > 0 ? record->next : first;
    }
    return written;
}

/* Addresses of the targets in the answer, as far as they fit. Returns how many. */
static uint32_t
dns_write_targets(struct dns_writer *writer, const struct names_table *table,
                  const struct dns_question *question, uint32_t first, uint32_t count)
{
    uint32_t written = 0;
    uint32_t left = count;
    for (uint32_t number = first; number > 0 && left > 0 && !writer->full;) {
        const struct names_record *record = names_table_at(table, number);
        bool exists = false;
        if (record->type == NAMES_SRV && dns_is_asked(question, record)) {
            const uint32_t address = names_table_find(table, record->target, &exists);
            const size_t from = writer->at;
            if (address > 0) {
                dns_write_name(writer, record->target);
                dns_write_data(writer, names_table_at(table, address));
                written += dns_keep(writer, from) ? 1 : 0;
            }
            left--;
        }
        number = record->next;
    }
    writer->full = false; /* they are extra: nothing is missing without them */
    return written;
}

struct dns_reply {
    uint32_t code;
    bool     truncated;
    uint32_t answers;
    uint32_t extras;
};

static void
dns_write_header(struct dns_writer *writer, const struct dns_question *question,
                 const struct dns_reply *reply)
{
    const bool with_question = question->end > 0;
    const bool ours = reply->code == DNS_OK || reply->code == DNS_NXDOMAIN;
    uint32_t flags = 0x8000 | (question->flags & 0x7900); /* an answer; opcode and RD as asked */
    flags |= (ours ? 0x0400U : 0) | (reply->truncated ? 0x0200U : 0) | (reply->code & 15);
    writer->at = 0;
    dns_write(writer, question->id, 2);
    dns_write(writer, flags, 2);
    dns_write(writer, with_question ? 1 : 0, 2);
    dns_write(writer, reply->answers, 2);
    dns_write(writer, 0, 2);
    dns_write(writer, reply->extras + (question->has_opt ? 1 : 0), 2);
}

static void
dns_write_records(struct dns_writer *writer, const struct names_table *table,
                  const struct dns_question *question, struct dns_reply *reply)
{
    bool exists = false;
    const uint32_t first = names_table_find(table, question->name, &exists);
    uint32_t count = 0;
    for (uint32_t number = first; number > 0; number = names_table_at(table, number)->next) {
        count += dns_is_asked(question, names_table_at(table, number)) ? 1 : 0;
    }
    reply->code = exists ? DNS_OK : DNS_NXDOMAIN;
    reply->answers = dns_write_answers(writer, table, question, first, count);
    reply->truncated = reply->answers < count;
    if (!reply->truncated) {
        reply->extras = dns_write_targets(writer, table, question, first, count);
    }
}

static size_t
dns_size_max(const struct dns_question *question, bool over_tcp)
{
    if (over_tcp) {
        return ENV_NAMES_PACKET_MAX;
    }
    if (!question->has_opt || question->opt_size < DNS_UDP_MIN) {
        return DNS_UDP_MIN;
    }
    return question->opt_size < DNS_UDP_MAX ? question->opt_size : DNS_UDP_MAX;
}

size_t
dns_answer(const struct names_table *table, const struct env_names_query *query, uint8_t *ret)
{
    struct dns_reader reader = { .bytes = query->bytes, .len = query->len };
    struct dns_question question = { .id = (uint16_t)dns_read(&reader, 2) };
    question.flags = (uint16_t)dns_read(&reader, 2);
    if (query->len < DNS_HEADER_BYTES || (question.flags & 0x8000) != 0) {
        return 0; /* noise, or an answer: answering those goes on for ever */
    }
    struct dns_reply reply = { .code = dns_read_question(&reader, &question) };
    const size_t opt_bytes = question.has_opt ? DNS_OPT_BYTES : 0;
    struct dns_writer writer = { .bytes = ret,
                                 .max = dns_size_max(&question, query->over_tcp) - opt_bytes,
                                 .at = DNS_HEADER_BYTES };
    if (question.end > 0) {
        ASSERT(question.end <= writer.max); /* a name has at most 255 bytes */
        memcpy(ret + DNS_HEADER_BYTES, query->bytes + DNS_HEADER_BYTES,
               question.end - DNS_HEADER_BYTES);
        writer.at = question.end;
    }
    if (reply.code == DNS_OK && table == NULL) {
        reply.code = DNS_SERVFAIL;
    } else if (reply.code == DNS_OK) {
        dns_write_records(&writer, table, &question, &reply);
    }
    writer.full = false;
    writer.max += opt_bytes;
    if (question.has_opt) {
        dns_write(&writer, 0, 1);
        dns_write(&writer, DNS_TYPE_OPT, 2);
        dns_write(&writer, DNS_UDP_MAX, 2);
        dns_write(&writer, reply.code >> 4 << 24, 4);
        dns_write(&writer, 0, 2);
    }
    const size_t len = writer.at;
    dns_write_header(&writer, &question, &reply);
    ASSERT(!writer.full);
    return len;
}
