/*
 * tests/unit/base/test_pattern.c
 *
 * Goal:   an expression matches the whole texts that Java's would, says why it is none that is read
 *         here, and never takes long.
 * Method: tables of expressions with texts that match and texts that do not; every short expression
 *         over a small alphabet against a naive backtracking matcher; one that ruins backtracking.
 */
#include "platform/base/pattern.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

struct pattern_case {
    const char *expression;
    const char *yes; /* texts between commas */
    const char *no;
};

static const struct pattern_case cases[] = {
    { "abc", "abc", ",ab,abcd,xabc,ABC" },
    { "", "", "a" },
    { "a.c", "abc,a.c", "ac,abbc" },
    { "ab*", "a,ab,abbb", ",b,aba" },
    { "ab+", "ab,abb", "a,b" },
    { "ab?c", "ac,abc", "abbc" },
    { "a|bc|", "a,bc,", "ab,b" },
    { "x(a|b)y", "xay,xby", "xy,xaby" },
    { "(ab)+", "ab,abab", ",aba" },
    { "(a|b*)*c", "c,abbac,aaac", "abd," },
    { "(?:private|public)-\\d+", "private-1,public-10", "private-,private-1a,other-1" },
    { "[a-c]x[^0-9]", "axy,cx-", "dxy,ax5" },
    { "[\\]x]", "],x", "\\" },
    { "[a\\-c]", "a,-,c", "b" },
    { "[a-]", "a,-", "b" },
    { "[-a]", "a,-", "b" },
    { "[^\\d.]+", "ab", "a1,a." },
    { "\\w+\\.\\w+", "a_1.b", "a-b.c,ab" },
    { "\\W\\D\\S", "-ab", "aab" },
    { "^a$", "a", "b,aa" },
    { "a^b", NULL, "ab" },
    { "(^a|b)c$", "ac,bc", "c" },
    { "a{3}", "aaa", "aa,aaaa" },
    { "a{1,2}b", "ab,aab", "b,aaab" },
    { "a{2,}", "aa,aaaaa", "a" },
    { "a{0,}b", "b,aab", "a" },
    { "xa{0}y", "xy", "xay" },
    { "(ab|c){2}", "abab,abc,cc", "ab,c,abcab" },
    { "a*?b+?", "aab,b", "a" },
    { "10\\.0\\.[0-3]\\..*", "10.0.2.77", "10x0.2.1,10.0.4.1" },
};

static void
expect_all(const struct pattern_case *test, const char *texts, bool matches)
{
    struct pattern pattern;
    const char *why = "";
    uint32_t at = 0;
    cr_assert(pattern_make(&pattern, test->expression, &why, &at), "%s: %s", test->expression, why);
    for (const char *text = texts;; text++) {
        char one[64] = "";
        const size_t len = strcspn(text, ",");
        memcpy(one, text, len);
        cr_expect(pattern_matches(&pattern, one) == matches, "%s on \"%s\"", test->expression, one);
        text += len;
        if (*text == '\0') {
            return;
        }
    }
}

Test(pattern, matches_whole_texts)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (cases[i].yes != NULL) {
            expect_all(&cases[i], cases[i].yes, true);
        }
        if (cases[i].no != NULL) {
            expect_all(&cases[i], cases[i].no, false);
        }
    }
}

Test(pattern, says_why_it_is_not_read)
{
    static const struct {
        const char *expression;
        const char *why;
        uint32_t    at;
    } refused[] = {
        { "a(b", "a ( is not closed", 3 },
        { "ab)", "a ) closes nothing", 2 },
        { "[ab", "a [ is not closed", 0 },
        { "x[]", "a class is empty", 1 },
        { "[z-a]", "a range goes backwards", 0 },
        { "[a[b]]", "a class within a class is not known", 0 },
        { "[a&&b]", "a class within a class is not known", 0 },
        { "*a", "there is nothing to repeat", 0 },
        { "a**", "there is nothing to repeat", 2 },
        { "a*+", "there is nothing to repeat", 2 },
        { "(|?)", "there is nothing to repeat", 2 },
        { "(a)\\1", "what follows \\ is not known", 3 },
        { "a\\b", "what follows \\ is not known", 1 },
        { "a\\", "what follows \\ is not known", 1 },
        { "[\\", "what follows \\ is not known", 0 },
        { "(?i)a", "(? is not known", 0 },
        { "a{,2}", "a { begins no number of times such as {2} or {1,3}", 1 },
        { "a{3,2}", "a { begins no number of times such as {2} or {1,3}", 1 },
        { "a{1000}", "a { begins no number of times such as {2} or {1,3}", 1 },
        { "(a{100}){100}", "it is too long", 8 },
        { "\xc3\xa4", "it is not ASCII", 0 },
        { "((((((((((((((((a))))))))))))))))", "its groups are nested too deep", 15 },
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct pattern pattern;
        const char *why = "";
        uint32_t at = 0;
        cr_expect_not(pattern_make(&pattern, refused[i].expression, &why, &at), "%s",
                  refused[i].expression);
        cr_expect_str_eq(why, refused[i].why, "%s: %s", refused[i].expression, why);
        cr_expect(at == refused[i].at, "%s: at %u", refused[i].expression, at);
    }
}

/* Literals, . * ? + | and one level of groups, by trying everything. Enough for short ones. */
static bool naive_here(const char *expression, const char *end, const char *text, size_t len);

static const char *
naive_atom_end(const char *expression)
{
    return *expression == '(' ? strchr(expression, ')') + 1 : expression + 1;
}

static bool
naive_atom(const char *atom, const char *end, const char *text, size_t len)
{
    if (*atom == '(') {
        return naive_here(atom + 1, end - 1, text, len);
    }
    return len == 1 && (*atom == '.' || *atom == *text);
}

static bool
naive_times(const char *atom, const char *end, bool least_one, bool most_one, const char *text,
            size_t len)
{
    if (len == 0 && !least_one) {
        return true;
    }
    for (size_t take = 0; take <= len; take++) {
        if (naive_atom(atom, end, text, take) &&
            (take == len || (!most_one && take > 0 &&
                             naive_times(atom, end, false, false, text + take, len - take)))) {
            return true;
        }
    }
    return false;
}

static bool
naive_here(const char *expression, const char *end, const char *text, size_t len)
{
    int depth = 0;
    for (const char *c = expression; c < end; c++) {
        depth += *c == '(' ? 1 : *c == ')' ? -1 : 0;
        if (*c == '|' && depth == 0) {
            return naive_here(expression, c, text, len) || naive_here(c + 1, end, text, len);
        }
    }
    if (expression == end) {
        return len == 0;
    }
    const char *atom_end = naive_atom_end(expression);
    const char mark = atom_end < end ? *atom_end : '\0';
    const bool repeats = mark == '*' || mark == '+' || mark == '?';
    const char *rest = atom_end + (repeats ? 1 : 0);
    for (size_t take = 0; take <= len; take++) {
        const bool fits = repeats ? naive_times(expression, atom_end, mark == '+', mark == '?',
                                                text, take)
                                  : naive_atom(expression, atom_end, text, take);
        if (fits && naive_here(rest, end, text + take, len - take)) {
            return true;
        }
    }
    return false;
}

/* Whether the naive matcher reads it as the real one does. */
static bool
naive_reads(const char *expression)
{
    const char *before = "|";
    int depth = 0;
    for (const char *c = expression; *c != '\0'; before = c++) {
        depth += *c == '(' ? 1 : *c == ')' ? -1 : 0;
        if (depth < 0 || depth > 1) {
            return false;
        }
        if (strchr("*+?", *c) != NULL && strchr("*+?(|", *before) != NULL) {
            return false; /* nothing to repeat, or lazy */
        }
    }
    return depth == 0;
}

Test(pattern, every_short_expression_equals_a_naive_matcher)
{
    static const char alphabet[] = "ab*?+|().";
    static const char *const texts[] = { "",   "a",   "b",   "aa",  "ab",
                                         "ba", "aba", "bab", "abb", "aab" };
    char expression[7] = "";
    uint32_t compared = 0;
    for (uint32_t number = 0; number < 9 * 9 * 9 * 9 * 9 * 9; number++) {
        uint32_t left = number;
        for (int i = 0; i < 6; i++, left /= 9) {
            expression[i] = alphabet[left % 9];
        }
        if (!naive_reads(expression)) {
            continue;
        }
        struct pattern pattern;
        const char *why = "";
        uint32_t at = 0;
        cr_assert(pattern_make(&pattern, expression, &why, &at), "%s: %s", expression, why);
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            const bool naive =
                naive_here(expression, expression + 6, texts[i], strlen(texts[i]));
            cr_assert(pattern_matches(&pattern, texts[i]) == naive, "%s on \"%s\"", expression,
                      texts[i]);
            compared++;
        }
    }
    cr_assert(gt(u32, compared, 100000));
}

Test(pattern, takes_no_longer_for_what_ruins_backtracking, .timeout = 10)
{
    struct pattern pattern;
    const char *why = "";
    uint32_t at = 0;
    char text[2001];
    memset(text, 'a', 2000);
    text[2000] = '\0';
    cr_assert(pattern_make(&pattern, "(a*)*(a|aa)+(a?){20}b", &why, &at), "%s", why);
    cr_assert_not(pattern_matches(&pattern, text));
    text[1999] = 'b';
    cr_assert(pattern_matches(&pattern, text));
}
