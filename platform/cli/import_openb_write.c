/* platform/cli/import_openb_write.c - the scenario of an OpenB trace, with its two files. */
#include <inttypes.h>
#include <stdio.h>

#include "platform/cli/import_openb.h"
#include "platform/model/node.h"
#include "platform/scheduler/scores/typical.h"

enum {
    OPENB_BEGIN_S = 10,  /* the machines are ready before the first task comes */
    OPENB_ARRIVAL_MS = 1 /* between pods that come one by one: longer than a message varies */
};

static FILE *
openb_create(const struct openb *openb, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", openb->out, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        (void)fprintf(stderr, "rehearse import openb: cannot write %s\n", path);
    }
    return file;
}

static bool
openb_written(FILE *file)
{
    const bool good = ferror(file) == 0;
    return fclose(file) == 0 && good;
}

static bool
openb_write_nodes(const struct openb *openb)
{
    const struct import_csv *csv = &openb->nodes;
    const uint32_t name = import_csv_column(csv, "sn", true);
    const uint32_t cpu = import_csv_column(csv, "cpu_milli", true);
    const uint32_t mem = import_csv_column(csv, "memory_mib", true);
    const uint32_t gpu = import_csv_column(csv, "gpu", true);
    const uint32_t model = import_csv_column(csv, "model", false);
    FILE *file = openb_create(openb, "nodes.csv");
    if (file == NULL) {
        return false;
    }
    (void)fprintf(file, "name,cpus,mem,gpus,attributes\n");
    for (uint32_t i = 0; i < csv->rows_count; i++) {
        const int64_t cpu_milli = import_csv_number(csv, i, cpu, INT32_MAX);
        const char *has = import_csv_text(csv, i, model);
        (void)fprintf(file, "%s,%" PRId64 ".%03" PRId64 ",%" PRId64 "MiB,%" PRId64 ",%s%s\n",
                      import_csv_text(csv, i, name), cpu_milli / 1000, cpu_milli % 1000,
                      import_csv_number(csv, i, mem, INT32_MAX),
                      import_csv_number(csv, i, gpu, NODE_GPUS_MAX),
                      has[0] != '\0' ? "gpu_model:" : "", has);
    }
    return openb_written(file);
}

static void
openb_write_task(const struct openb *openb, FILE *file, uint32_t index)
{
    const struct openb_pod *pod =
        &openb->pods[((const uint32_t *)openb->order.items)[index]];
    const bool shares = pod->gpus == 1 && pod->gpu_milli < NODE_GPU_MILLI;
    if (openb->load_ppm > 0) {
        const uint64_t at_ms = OPENB_BEGIN_S * 1000 + (uint64_t)index * OPENB_ARRIVAL_MS;
        (void)fprintf(file, "%" PRIu64 ".%03" PRIu64, at_ms / 1000, at_ms % 1000);
    } else {
        (void)fprintf(file, "%" PRId64, pod->at_s + OPENB_BEGIN_S);
    }
    (void)fprintf(file, ",%s,%" PRId64 ".%03" PRId64 ",%" PRId64 ",%" PRId64 ",", pod->name,
                  pod->cpu_milli / 1000, pod->cpu_milli % 1000, pod->mem_mib,
                  shares ? 0 : pod->gpus);
    if (shares) {
        (void)fprintf(file, "%" PRId64, pod->gpu_milli);
    }
    (void)fprintf(file, ",%s,", pod->gpu_spec);
    if (openb->load_ppm == 0 && pod->lasts_s >= 0) {
        (void)fprintf(file, "%" PRId64, pod->lasts_s);
    }
    (void)fprintf(file, "\n");
}

static bool
openb_write_tasks(const struct openb *openb)
{
    FILE *file = openb_create(openb, "tasks.csv");
    if (file == NULL) {
        return false;
    }
    (void)fprintf(file, "at,name,cpus,mem,gpus,gpu_milli,gpu_model,duration\n");
    for (uint32_t i = 0; i < openb->order.count; i++) {
        openb_write_task(openb, file, i);
    }
    return openb_written(file);
}

/* What most pods ask for, which the policy fgd looks at. */
static void
openb_write_typical(const struct openb *openb, FILE *file)
{
    struct typical typical;
    struct scheduler_shape shapes[SCHEDULER_SHAPES_MAX];
    typical_init(&typical);
    for (uint32_t i = 0; i < openb->pods_count; i++) {
        const struct openb_pod *pod = &openb->pods[i];
        const bool shares = pod->gpus == 1 && pod->gpu_milli < NODE_GPU_MILLI;
        typical_add(&typical,
                    &(struct scheduler_shape){ .cpu_milli = (int32_t)pod->cpu_milli,
                                               .gpus = shares ? 0 : (int32_t)pod->gpus,
                                               .gpu_milli = shares ? (int32_t)pod->gpu_milli : 0,
                                               .weight = 1 });
    }
    const uint32_t count = typical_choose(&typical, shapes);
    typical_fini(&typical);
    for (uint32_t i = 0; i < count; i++) {
        const struct scheduler_shape *shape = &shapes[i];
        (void)fprintf(file, "      { \"cpus\": %" PRId32 ".%03" PRId32, shape->cpu_milli / 1000,
                      shape->cpu_milli % 1000);
        if (shape->gpus > 0) {
            (void)fprintf(file, ", \"gpus\": %" PRId32, shape->gpus);
        } else if (shape->gpu_milli > 0) {
            (void)fprintf(file, ", \"gpu_milli\": %" PRId32, shape->gpu_milli);
        }
        (void)fprintf(file, ", \"weight\": %" PRIu64 " }%s\n", (uint64_t)shape->weight,
                      i + 1 < count ? "," : "");
    }
}

/* From the first to the last arrival and a while after it, or until the last has ended. */
static int64_t
openb_duration_s(const struct openb *openb)
{
    int64_t end_s = OPENB_BEGIN_S + (int64_t)openb->order.count * OPENB_ARRIVAL_MS / 1000;
    for (uint32_t i = 0; i < openb->pods_count && openb->load_ppm == 0; i++) {
        const struct openb_pod *pod = &openb->pods[i];
        end_s = int64_max(end_s, pod->at_s + OPENB_BEGIN_S + int64_max(pod->lasts_s, 0));
    }
    return end_s + (openb->load_ppm > 0 ? 5 : 3600);
}

static bool
openb_write_scenario(const struct openb *openb)
{
    FILE *file = openb_create(openb, "scenario.json");
    if (file == NULL) {
        return false;
    }
    (void)fprintf(file,
                  "{\n  \"name\": \"openb\",\n"
                  "  \"about\": \"%u machines and %u tasks of an OpenB trace, by rehearse import"
                  ".\",\n"
                  "  \"vars\": { \"policy\": \"fgd\", \"tie\": \"lowest-id\" },\n"
                  "  \"duration\": \"%" PRId64 "s\",\n",
                  openb->nodes.rows_count, openb->order.count, openb_duration_s(openb));
    /* over months, machines that speak every few seconds would be most of what happens */
    (void)fprintf(file, "  \"cluster\": {%s \"nodes\": { \"file\": \"nodes.csv\" } },\n",
                  openb->load_ppm > 0 ? "" : " \"heartbeat\": \"1h\",");
    (void)fprintf(file, "  \"scheduler\": {\n    \"policy\": \"${policy}\",\n"
                        "    \"tie\": \"${tie}\",\n");
    if (openb->load_ppm == 0) {
        (void)fprintf(file, "    \"agent_timeout\": \"4h\",\n");
    }
    (void)fprintf(file, "    \"typical\": [\n");
    openb_write_typical(openb, file);
    (void)fprintf(file, "    ]\n  },\n  \"tasks\": { \"file\": \"tasks.csv\" }\n}\n");
    return openb_written(file);
}

bool
openb_write(const struct openb *openb)
{
    return openb_write_nodes(openb) && openb_write_tasks(openb) && openb_write_scenario(openb);
}
