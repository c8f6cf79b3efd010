/*
 * platform/cli/import_openb.c - `rehearse import openb`: machines and pods of the OpenB traces as a
 * scenario with a file of machines and a file of tasks.
 *
 * Source: the traces of "Beware of Fragmentation" (USENIX ATC'23). With --load, their protocol of
 *         placement: pods in an order drawn from the seed, then pods drawn from all, until so much
 *         of all GPUs is asked for; they come one by one and stay.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/memory.h"
#include "platform/base/rng.h"
#include "platform/base/units.h"
#include "platform/base/vec.h"
#include "platform/cli/files.h"
#include "platform/cli/import.h"
#include "platform/cli/import_openb.h"
#include "platform/model/node.h"

enum {
    OPTION_NODES = 1000,
    OPTION_PODS,
    OPTION_LOAD,
    OPTION_SHUFFLE,
    OPTION_OUT,
    OPENB_TASKS_MAX = 2000000 /* as many as a scenario may have */
};
#define OPENB_LOAD_MAX_PPM (INT64_C(1000) * PPM)

static const struct option long_options[] = {
    { "nodes", required_argument, NULL, OPTION_NODES },
    { "pods", required_argument, NULL, OPTION_PODS },
    { "load", required_argument, NULL, OPTION_LOAD },
    { "shuffle", required_argument, NULL, OPTION_SHUFFLE },
    { "out", required_argument, NULL, OPTION_OUT },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static const char openb_help[] =
    "usage: rehearse import openb --nodes FILE --pods FILE --out DIR\n"
    "                             [--load P] [--shuffle SEED]\n\n"
    "Writes DIR/scenario.json, DIR/nodes.csv and DIR/tasks.csv from the machines and\n"
    "pods of an OpenB trace (openb_node_list_*.csv, openb_pod_list_*.csv). Play them:\n"
    "  rehearse run DIR/scenario.json\n"
    "  rehearse run DIR/scenario.json --set policy=best-fit --set tie=random\n\n"
    "  --nodes FILE      columns sn, cpu_milli, memory_mib, gpu, model\n"
    "  --pods FILE       columns cpu_milli, memory_mib, num_gpu, gpu_milli, and where\n"
    "                    there are, name, gpu_spec, creation_time, deletion_time,\n"
    "                    scheduled_time\n"
    "  --load P          pods come one by one, a millisecond after each other, and\n"
    "                    stay, until they have asked for P of all GPUs, such as 130%:\n"
    "                    all pods, then pods drawn from them. Without it they come\n"
    "                    and go at the trace's own times\n"
    "  --shuffle SEED    with --load: the order of the pods, and which are drawn, by\n"
    "                    this seed; without it they stay in order, and seed 1 draws\n"
    "  --out DIR         the folder, made when it is not there\n\n"
    "Exit: 0 written, 2 a mistake in the options or in a file, 3 the files cannot be\n"
    "written.\n";

/* --- reading --- */

static int64_t
openb_gpu_milli(const struct openb_pod *pod)
{
    return pod->gpus * pod->gpu_milli;
}

static bool
openb_read_nodes(struct openb *openb)
{
    if (!import_csv_read(openb->nodes_file, &openb->arena, &openb->diags, &openb->nodes)) {
        return false;
    }
    const uint32_t gpu = import_csv_column(&openb->nodes, "gpu", true);
    const uint32_t cpu = import_csv_column(&openb->nodes, "cpu_milli", true);
    const uint32_t mem = import_csv_column(&openb->nodes, "memory_mib", true);
    (void)import_csv_column(&openb->nodes, "sn", true);
    for (uint32_t i = 0; i < openb->nodes.rows_count && openb->diags.errors_count == 0; i++) {
        openb->gpu_milli +=
            import_csv_number(&openb->nodes, i, gpu, NODE_GPUS_MAX) * NODE_GPU_MILLI;
        (void)import_csv_number(&openb->nodes, i, cpu, INT32_MAX);
        (void)import_csv_number(&openb->nodes, i, mem, INT32_MAX);
    }
    return openb->diags.errors_count == 0;
}

struct openb_columns {
    uint32_t name, cpu, mem, gpus, milli, spec, created, deleted, scheduled;
    bool     has_times; /* they count: no load is asked for instead */
};

static struct openb_columns
openb_columns(const struct import_csv *csv, bool has_times)
{
    return (struct openb_columns){
        .name = import_csv_column(csv, "name", false),
        .cpu = import_csv_column(csv, "cpu_milli", true),
        .mem = import_csv_column(csv, "memory_mib", true),
        .gpus = import_csv_column(csv, "num_gpu", true),
        .milli = import_csv_column(csv, "gpu_milli", true),
        .spec = import_csv_column(csv, "gpu_spec", false),
        .created = import_csv_column(csv, "creation_time", has_times),
        .deleted = import_csv_column(csv, "deletion_time", has_times),
        .scheduled = import_csv_column(csv, "scheduled_time", false),
        .has_times = has_times,
    };
}

static struct openb_pod
openb_pod(const struct import_csv *csv, uint32_t row, const struct openb_columns *columns)
{
    struct openb_pod pod = {
        .name = import_csv_text(csv, row, columns->name),
        .cpu_milli = import_csv_number(csv, row, columns->cpu, INT32_MAX),
        .mem_mib = import_csv_number(csv, row, columns->mem, INT32_MAX),
        .gpus = import_csv_number(csv, row, columns->gpus, NODE_GPUS_MAX),
        .gpu_milli = import_csv_number(csv, row, columns->milli, NODE_GPU_MILLI),
        .gpu_spec = import_csv_text(csv, row, columns->spec),
        .at_s = import_csv_number(csv, row, columns->created, INT32_MAX),
        .lasts_s = -1,
    };
    const int64_t end_s = import_csv_number(csv, row, columns->deleted, INT32_MAX);
    const int64_t from_s = import_csv_text(csv, row, columns->scheduled)[0] != '\0'
                               ? import_csv_number(csv, row, columns->scheduled, INT32_MAX)
                               : pod.at_s;
    if (import_csv_text(csv, row, columns->deleted)[0] != '\0') {
        pod.lasts_s = int64_max(end_s - from_s, 0);
        if (columns->has_times && end_s < from_s) {
            import_csv_refuse(csv, row, columns->deleted,
                              "a time that is not before the pod was placed or created");
        }
    }
    if (pod.gpus > 1 || (pod.gpus == 1 && pod.gpu_milli == 0)) {
        pod.gpu_milli = NODE_GPU_MILLI; /* shares are of one */
    }
    return pod;
}

static bool
openb_read_pods(struct openb *openb)
{
    if (!import_csv_read(openb->pods_file, &openb->arena, &openb->diags, &openb->csv)) {
        return false;
    }
    const struct openb_columns columns = openb_columns(&openb->csv, openb->load_ppm == 0);
    if (openb->diags.errors_count > 0) {
        return false;
    }
    openb->pods_count = openb->csv.rows_count;
    openb->pods = ARENA_ARRAY(&openb->arena, struct openb_pod, openb->pods_count);
    for (uint32_t i = 0; i < openb->pods_count; i++) {
        openb->pods[i] = openb_pod(&openb->csv, i, &columns);
    }
    return openb->diags.errors_count == 0;
}

/* --- the order in which they come --- */

static void
openb_take(struct openb *openb, uint32_t pod)
{
    *(uint32_t *)vec_push(&openb->order) = pod;
}

static bool
openb_order_by_load(struct openb *openb)
{
    struct rng rng;
    int64_t wanted_milli = 0;
    rng_init(&rng, openb->seed, 0, "order");
    for (uint32_t i = 0; i < openb->pods_count; i++) {
        const uint32_t at = openb->shuffles ? rng_below(&rng, i + 1) : i;
        openb_take(openb, i);
        uint32_t *order = openb->order.items;
        order[i] = order[at];
        order[at] = i;
        wanted_milli += openb_gpu_milli(&openb->pods[i]);
    }
    if (wanted_milli == 0 || openb->gpu_milli == 0) {
        diag_add_at(&openb->diags, openb->pods_file, 1, 1,
                    "found no GPU that is asked for, or none in the machines, expected some: "
                    "--load is a share of all GPUs");
        return false;
    }
    while (wanted_milli * PPM < openb->gpu_milli * openb->load_ppm) {
        if (openb->order.count == OPENB_TASKS_MAX) {
            diag_add_at(&openb->diags, openb->pods_file, 1, 1,
                        "the load takes more than %d tasks, expected a smaller --load",
                        (int)OPENB_TASKS_MAX);
            return false;
        }
        const uint32_t pod = rng_below(&rng, openb->pods_count);
        openb_take(openb, pod);
        wanted_milli += openb_gpu_milli(&openb->pods[pod]);
    }
    return true;
}

struct openb_arrival {
    int64_t  at_s;
    uint32_t pod;
};

static int
openb_compare(const void *a, const void *b)
{
    const struct openb_arrival *left = a;
    const struct openb_arrival *right = b;
    if (left->at_s != right->at_s) {
        return left->at_s < right->at_s ? -1 : 1;
    }
    return left->pod < right->pod ? -1 : left->pod > right->pod ? 1 : 0;
}

static void
openb_order_by_time(struct openb *openb)
{
    struct openb_arrival *arrivals =
        ARENA_ARRAY(&openb->arena, struct openb_arrival, openb->pods_count);
    for (uint32_t i = 0; i < openb->pods_count; i++) {
        arrivals[i] = (struct openb_arrival){ .at_s = openb->pods[i].at_s, .pod = i };
    }
    qsort(arrivals, openb->pods_count, sizeof *arrivals, openb_compare);
    for (uint32_t i = 0; i < openb->pods_count; i++) {
        openb_take(openb, arrivals[i].pod);
    }
}

/* --- the command --- */

static bool
openb_seed(const char *text, uint64_t *ret_seed)
{
    uint64_t seed = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && at - text < 19; at++) {
        seed = seed * 10 + (uint64_t)(*at - '0');
    }
    *ret_seed = seed;
    return at > text && *at == '\0';
}

/* NULL when the option is good, else what was expected. */
static const char *
openb_option(struct openb *openb, int option, const char *value)
{
    switch (option) {
    case OPTION_NODES:
        openb->nodes_file = value;
        return NULL;
    case OPTION_PODS:
        openb->pods_file = value;
        return NULL;
    case OPTION_OUT:
        openb->out = value;
        return NULL;
    case OPTION_LOAD:
        return units_parse_percent(value, &openb->load_ppm) && openb->load_ppm > 0 &&
                       openb->load_ppm <= OPENB_LOAD_MAX_PPM
                   ? NULL
                   : "--load takes a percentage above 0%, such as 130%, up to 100000%";
    case OPTION_SHUFFLE:
        openb->shuffles = true;
        return openb_seed(value, &openb->seed) ? NULL : "--shuffle takes a seed, a whole number";
    default:
        return "";
    }
}

/* The exit code, or -1 to go on. */
static int
openb_options(struct openb *openb, int argc, char **argv)
{
    int option;
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(openb_help, stdout);
            return 0;
        }
        const char *wrong = openb_option(openb, option, optarg);
        if (wrong != NULL) {
            (void)fprintf(stderr, "%s%s%stry: rehearse import openb --help\n",
                          wrong[0] != '\0' ? "rehearse import openb: " : "", wrong,
                          wrong[0] != '\0' ? "\n" : "");
            return 2;
        }
    }
    const char *missing = optind < argc               ? "takes no other words"
                          : openb->nodes_file == NULL ? "--nodes is missing"
                          : openb->pods_file == NULL  ? "--pods is missing"
                          : openb->out == NULL        ? "--out is missing"
                          : openb->shuffles && openb->load_ppm == 0
                              ? "--shuffle goes with --load: else pods come at their times"
                              : NULL;
    if (missing != NULL) {
        (void)fprintf(stderr, "rehearse import openb: %s\ntry: rehearse import openb --help\n",
                      missing);
        return 2;
    }
    return -1;
}

static int
openb_say_wrong(const struct openb *openb)
{
    struct strbuf out = { 0 };
    for (uint32_t i = 0; i < openb->diags.items.count; i++) {
        strbuf_clear(&out);
        diag_print(vec_at(&openb->diags.items, i), &out);
        (void)fprintf(stderr, "%s\n", strbuf_text(&out));
    }
    strbuf_fini(&out);
    return 2;
}

static int
openb_import(struct openb *openb)
{
    struct error err = { "" };
    bool good = openb_read_nodes(openb) && openb_read_pods(openb);
    if (good && openb->load_ppm > 0) {
        good = openb_order_by_load(openb);
    } else if (good) {
        openb_order_by_time(openb);
    }
    if (!good) {
        return openb_say_wrong(openb);
    }
    if (files_make_folders(openb->out, &err) != ST_OK) {
        (void)fprintf(stderr, "rehearse import openb: %s\n", err.text);
        return 3;
    }
    if (!openb_write(openb)) {
        (void)fprintf(stderr, "rehearse import openb: the files in %s are not whole\n", openb->out);
        return 3;
    }
    (void)printf("%s/scenario.json: %u machines, %u tasks\n", openb->out, openb->nodes.rows_count,
                 openb->order.count);
    return 0;
}

int
import_openb_main(int argc, char **argv)
{
    struct openb openb = { .seed = 1 };
    const int exit_code = openb_options(&openb, argc, argv);
    if (exit_code >= 0) {
        return exit_code;
    }
    arena_init(&openb.arena, false);
    diag_list_init(&openb.diags, &openb.arena);
    vec_init(&openb.order, sizeof(uint32_t));
    const int result = openb_import(&openb);
    vec_fini(&openb.order);
    diag_list_fini(&openb.diags);
    arena_fini(&openb.arena);
    return result;
}
