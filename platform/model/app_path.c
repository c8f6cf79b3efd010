/* platform/model/app_path.c - ids of apps and groups: paths of names, absolute or relative. */
#include "platform/model/app_steps.h"

#include <string.h>

static bool
app_path_is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Names between dots, of lowercase letters, digits and inner dashes. */
static bool
app_path_is_name(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const bool first = i == 0 || name[i - 1] == '.';
        const bool last = i + 1 == len || name[i + 1] == '.';
        const bool is_dash = name[i] == '-' && !first && !last;
        const bool is_dot = name[i] == '.' && i > 0 && i + 1 < len && name[i - 1] != '.';
        if (!app_path_is_word(name[i]) && !is_dash && !is_dot) {
            return false;
        }
    }
    return len > 0;
}

/* Cuts the last name off: "/a/b" to "/a", "/a" to "". */
static void
app_path_up(struct strbuf *path)
{
    while (path->len > 0 && path->text[path->len - 1] != '/') {
        path->len--;
    }
    if (path->len > 0) {
        path->len--;
    }
    if (path->text != NULL) {
        path->text[path->len] = '\0';
    }
}

const char *
app_path_resolve(const char *base, const char *text, struct arena *arena, const char **ret_why)
{
    struct strbuf path = { 0 }; /* without the slash of the root */
    const char   *result = NULL;

    if (text[0] != '/' && strcmp(base, "/") != 0) {
        strbuf_add(&path, base);
    }
    for (const char *name = text; *name != '\0';) {
        const size_t len = strcspn(name, "/");
        if (len == 2 && strncmp(name, "..", 2) == 0) {
            app_path_up(&path);
        } else if (len > 0 && !(len == 1 && name[0] == '.')) {
            if (!app_path_is_name(name, len)) {
                *ret_why = "expected names of lowercase letters, digits, dots and inner dashes, "
                           "between slashes";
                goto out;
            }
            strbuf_add_char(&path, '/');
            strbuf_add_bytes(&path, name, len);
        }
        name += len + (name[len] == '/' ? 1 : 0);
    }
    result = arena_strdup(arena, path.len > 0 ? strbuf_text(&path) : "/");
out:
    strbuf_fini(&path);
    return result;
}

bool
app_path_is_under(const char *path, const char *base)
{
    const size_t len = strlen(base);
    return strcmp(base, "/") == 0 ||
           (strncmp(path, base, len) == 0 && (path[len] == '/' || path[len] == '\0'));
}
