/*
 * tests/bench/bench_world.c - a scenario read from a file or a text, for benches that play
 * worlds.
 */
#include "tests/bench/bench_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum status
bench_world_io(struct sim_io *io, const char *path, struct arena *arena, char **ret_text,
               size_t *ret_len, struct error *err)
{
    const struct bench_world *bench = container_of(io, struct bench_world, io);
    if (bench->text != NULL) {
        *ret_len = strlen(bench->text);
        *ret_text = arena_strdup(arena, bench->text);
        return ST_OK;
    }
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_set(err, ST_NOT_FOUND, "no such file");
    }
    struct strbuf text = { 0 };
    char          bytes[4096];
    for (size_t len = 0; (len = fread(bytes, 1, sizeof bytes, file)) > 0;) {
        strbuf_add_bytes(&text, bytes, len);
    }
    (void)fclose(file);
    *ret_len = text.len;
    *ret_text = arena_strndup(arena, strbuf_text(&text), text.len);
    strbuf_fini(&text);
    return ST_OK;
}

void
bench_world_read(struct bench_world *bench, const char *file, const char *text)
{
    struct diag_list diags;
    *bench = (struct bench_world){ .io.read = bench_world_io, .text = text };
    arena_init(&bench->arena, 0);
    diag_list_init(&diags, &bench->arena);
    bench->scenario = scenario_read(&bench->io, file, NULL, &bench->arena, &diags);
    for (uint32_t i = 0; bench->scenario == NULL && i < diags.items.count; i++) {
        struct strbuf said = { 0 };
        diag_print(vec_at(&diags.items, i), &said);
        fprintf(stderr, "%s\n", strbuf_text(&said));
        strbuf_fini(&said);
    }
    diag_list_fini(&diags);
    if (bench->scenario == NULL) {
        exit(1);
    }
}

void
bench_world_fini(struct bench_world *bench)
{
    scenario_close(bench->scenario);
    arena_fini(&bench->arena);
}

struct world *
bench_world_open(struct bench_world *bench, uint64_t seed)
{
    return world_open(bench->scenario, &(struct world_options){ .io = &bench->io, .seed = seed });
}
