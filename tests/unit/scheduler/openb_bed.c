/* tests/unit/scheduler/openb_bed.c - reads the published files, and plays one run. */
#include "tests/unit/scheduler/openb_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/base/memory.h"
#include "tests/unit/model/cluster_bed.h"

extern const struct controller scheduler_controller;

enum { LINE_BYTES = 400, NAME_BYTES = 100, LOAD_PERCENT = 130 };

static FILE *
openb_file(const char *name)
{
    char path[LINE_BYTES];
    const char *folder = getenv("REHEARSAL_OPENB");
    (void)snprintf(path, sizeof path, "%s/%s.csv",
                   folder != NULL ? folder : "../shared/data/openb", name);
    return fopen(path, "r");
}

static bool
openb_read_nodes(struct openb *openb)
{
    char  line[LINE_BYTES];
    char  name[NAME_BYTES];
    FILE *file = openb_file("openb_node_list_gpu_node");
    if (file == NULL) {
        return false;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        long long mib = 0;
        struct openb_node node = { 0 };
        if (sscanf(line, "%99[^,],%d,%lld,%d", name, &node.cpu_milli, &mib, &node.gpus) == 4) {
            node.mem_bytes = MIB(mib);
            openb->gpu_milli += node.gpus * NODE_GPU_MILLI;
            cr_assert(lt(u32, openb->nodes_count, OPENB_NODES_MAX));
            openb->nodes[openb->nodes_count++] = node;
        }
    }
    return fclose(file) == 0;
}

static uint32_t
openb_app(struct openb *openb, const struct openb_pod *pod)
{
    for (uint32_t i = 0; i < openb->apps_count; i++) {
        const struct openb_pod *app = &openb->apps[i];
        if (app->cpu_milli == pod->cpu_milli && app->mem_bytes == pod->mem_bytes &&
            app->gpus == pod->gpus && app->gpu_milli == pod->gpu_milli) {
            return i;
        }
    }
    openb->apps[openb->apps_count] = *pod;
    return openb->apps_count++;
}

static bool
openb_read_pods(struct openb *openb, const char *trace)
{
    char  line[LINE_BYTES];
    char  name[NAME_BYTES];
    (void)snprintf(name, sizeof name, "openb_pod_list_%s", trace);
    FILE *file = openb_file(name);
    if (file == NULL) {
        return false;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        long long mib = 0;
        int32_t   milli = 0;
        struct openb_pod pod = { 0 };
        if (sscanf(line, "%99[^,],%d,%lld,%d,%d", name, &pod.cpu_milli, &mib, &pod.gpus,
                   &milli) != 5) {
            continue;
        }
        pod.mem_bytes = MIB(mib);
        if (pod.gpus == 1 && milli < NODE_GPU_MILLI) {
            pod.gpu_milli = milli;
            pod.gpus = 0;
        }
        pod.app = openb_app(openb, &pod);
        cr_assert(lt(u32, openb->pods_count, OPENB_PODS_MAX));
        openb->pods[openb->pods_count++] = pod;
    }
    return fclose(file) == 0;
}

bool
openb_open(struct openb *openb, const char *trace)
{
    struct typical typical;
    *openb = (struct openb){ 0 };
    if (!openb_read_nodes(openb) || !openb_read_pods(openb, trace)) {
        return false;
    }
    typical_init(&typical);
    for (uint32_t i = 0; i < openb->pods_count; i++) {
        const struct openb_pod *pod = &openb->pods[i];
        typical_add(&typical, &(struct scheduler_shape){ .cpu_milli = pod->cpu_milli,
                                                         .gpus = pod->gpus,
                                                         .gpu_milli = pod->gpu_milli,
                                                         .weight = 1 });
    }
    openb->typical_count = typical_choose(&typical, openb->typical);
    typical_fini(&typical);
    return true;
}

static void
openb_resend(struct env_timer *timer)
{
    (void)timer; /* time stands still */
}

static void
openb_fill(const struct openb *openb, struct cluster_bed *bed, struct cluster_app **apps)
{
    char path[NAME_BYTES];
    char text[LINE_BYTES];
    for (uint32_t i = 0; i < openb->nodes_count; i++) {
        const struct openb_node *node = &openb->nodes[i];
        struct cluster_node *made =
            cluster_bed_node(bed, i, node->cpu_milli, node->mem_bytes, 31000, 32000);
        made->spec.gpus = node->gpus;
        env_timer_init(&made->resend_timer, openb_resend);
        cluster_node_refresh(made);
    }
    for (uint32_t i = 0; i < openb->apps_count; i++) {
        const struct openb_pod *app = &openb->apps[i];
        (void)snprintf(path, sizeof path, "/pod-%u", i);
        (void)snprintf(text, sizeof text,
                       "{\"id\":\"%s\",\"cmd\":\"x\",\"cpus\":%d.%03d,\"mem\":%lld,\"gpus\":%d,"
                       "\"instances\":0,\"labels\":{%s%d\"}}",
                       path, app->cpu_milli / 1000, app->cpu_milli % 1000,
                       (long long)(app->mem_bytes / MIB(1)), app->gpus,
                       app->gpu_milli > 0 ? "\"REHEARSAL_GPU_MILLI\":\"" : "\"is\":\"",
                       app->gpu_milli);
        apps[i] = cluster_bed_app(bed, path, text);
    }
}

/* The pods in random order, and more of them, as apps. How many: all that fits in order. */
static uint32_t
openb_order(const struct openb *openb, uint64_t seed, uint32_t *order)
{
    struct rng rng;
    int64_t  wanted = 0;
    uint32_t count = 0;
    rng_init(&rng, seed, 0, "order");
    for (; count < openb->pods_count; count++) {
        const uint32_t at = rng_below(&rng, count + 1);
        order[count] = order[at];
        order[at] = count;
        wanted += openb->pods[count].gpus * NODE_GPU_MILLI + openb->pods[count].gpu_milli;
    }
    while (wanted * 100 < openb->gpu_milli * LOAD_PERCENT && count < 4 * OPENB_PODS_MAX) {
        order[count] = rng_below(&rng, openb->pods_count);
        const struct openb_pod *pod = &openb->pods[order[count]];
        wanted += pod->gpus * NODE_GPU_MILLI + pod->gpu_milli;
        count++;
    }
    return count;
}

double
openb_run(const struct openb *openb, const struct openb_case *test)
{
    static uint32_t            order[4 * OPENB_PODS_MAX];
    static struct cluster_app *apps[OPENB_PODS_MAX];
    struct cluster_bed bed;
    cluster_bed_open(&bed, test->seed);
    bed.config.policy = test->policy;
    bed.config.tie = test->tie;
    bed.config.typical = openb->typical;
    bed.config.typical_count = openb->typical_count;
    openb_fill(openb, &bed, apps);
    void *state = memory_alloc_zero(1, scheduler_controller.state_bytes);
    scheduler_controller.open(&bed.cluster, state);
    const uint32_t count = openb_order(openb, test->seed, order);
    for (uint32_t i = 0; i < count; i++) {
        struct cluster_app *app = apps[openb->pods[order[i]].app];
        (void)cluster_bed_task(app, NULL, TASK_PENDING);
        scheduler_controller.app(&bed.cluster, state, app);
        scheduler_controller.finish(&bed.cluster, state);
    }
    int64_t used_milli = 0;
    for (uint32_t i = 0; i < openb->nodes_count; i++) {
        used_milli += cluster_node_find(&bed.cluster, i)->gpu_milli_used;
    }
    scheduler_controller.close(&bed.cluster, state);
    memory_free(state);
    cluster_bed_close(&bed);
    return 100.0 * (double)used_milli / (double)openb->gpu_milli;
}
