/*
 * tests/unit/backends/test_haproxy_values.c
 *
 * Goal:   no value that could end its word, its line or its command gets into a configuration.
 * Method: every byte there is, at the front, in the middle and at the end of a value.
 */
#include <criterion/criterion.h>

#include <string.h>

#include "platform/backends/haproxy/haproxy_values.h"

static bool
is_alnum(int byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

Test(haproxy_values, a_name_takes_its_letters_and_no_other_byte)
{
    for (int byte = 1; byte < 256; byte++) {
        const char middle[] = { 'a', (char)byte, 'b', '\0' };
        const char front[] = { (char)byte, 'b', '\0' };
        const bool inner = is_alnum(byte) || byte == '_' || byte == '.' || byte == '-';
        const bool first = is_alnum(byte) || byte == '_';
        cr_expect(haproxy_value_is_name(middle) == inner, "byte %d", byte);
        cr_expect(haproxy_value_is_name(front) == first, "byte %d", byte);
        cr_expect(haproxy_value_is_host(middle, 3) == inner, "byte %d", byte);
        cr_expect(haproxy_value_is_host(front, 2) == first, "byte %d", byte);
    }
    cr_expect(!haproxy_value_is_name(""));
    cr_expect(!haproxy_value_is_host("a", 0));
}

Test(haproxy_values, a_path_takes_plain_url_characters_and_no_other_byte)
{
    for (int byte = 1; byte < 256; byte++) {
        const char path[] = { '/', 'a', (char)byte, '\0' };
        const bool inner = is_alnum(byte) || strchr("/._~%:@+,=&-", byte) != NULL;
        cr_expect(haproxy_value_is_path(path) == inner, "byte %d", byte);
    }
    cr_expect(haproxy_value_is_path("/"));
    cr_expect(!haproxy_value_is_path(""));
    cr_expect(!haproxy_value_is_path("a/b"));
}

Test(haproxy_values, a_balance_is_words_with_single_blanks)
{
    cr_expect(haproxy_value_is_balance("roundrobin"));
    cr_expect(haproxy_value_is_balance("uri whole"));
    cr_expect(!haproxy_value_is_balance(""));
    cr_expect(!haproxy_value_is_balance("uri  whole"));
    cr_expect(!haproxy_value_is_balance("uri "));
    cr_expect(!haproxy_value_is_balance(" uri"));
    cr_expect(!haproxy_value_is_balance("Uri"));
    cr_expect(!haproxy_value_is_balance("uri\nuri"));
    cr_expect(!haproxy_value_is_balance("hdr(x)"));
}

Test(haproxy_values, lengths_end_where_their_limits_are)
{
    char text[HAPROXY_PATH_LEN_MAX + 2];
    memset(text, 'a', sizeof text);
    text[HAPROXY_NAME_LEN_MAX] = '\0';
    cr_expect(haproxy_value_is_name(text));
    text[HAPROXY_NAME_LEN_MAX] = 'a';
    text[HAPROXY_NAME_LEN_MAX + 1] = '\0';
    cr_expect(!haproxy_value_is_name(text));
    cr_expect(haproxy_value_is_host(text, HAPROXY_NAME_LEN_MAX));

    memset(text, 'a', sizeof text);
    text[0] = '/';
    text[HAPROXY_PATH_LEN_MAX] = '\0';
    cr_expect(haproxy_value_is_path(text));
    text[HAPROXY_PATH_LEN_MAX] = 'a';
    text[HAPROXY_PATH_LEN_MAX + 1] = '\0';
    cr_expect(!haproxy_value_is_path(text));
}
