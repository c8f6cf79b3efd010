/* platform/nodegroups/failures.c - why the refresh of a group fails: machines, or apps on them. */
#include <stdio.h>

#include "platform/base/units.h"
#include "platform/nodegroups/inner.h"

bool
refresh_boots(struct group_watch *watch, struct cluster_refresh *refresh,
              const struct group_survey *survey)
{
    for (uint32_t i = 0; i < survey->machines.count; i++) {
        const struct group_machine *machine = vec_at(&survey->machines, i);
        if (!machine->fresh || machine->healthy || (machine->node != NULL &&
                                                    machine->node->draining)) {
            continue;
        }
        if (cluster_now(watch->cluster) >= machine->due_at_ns) {
            char text[GROUPS_SENTENCE_BYTES];
            char deadline[UNITS_TEXT_BYTES];
            (void)snprintf(text, sizeof text,
                           "machine %llu of image %.60s was not healthy within %s",
                           (unsigned long long)machine->instance, refresh_image(refresh),
                           units_print_duration(refresh->spec->boot_deadline_ns, deadline));
            refresh_fail(refresh, text);
            return false;
        }
        groups_due(watch, machine->due_at_ns);
    }
    return true;
}

bool
refresh_apps_are_well(struct group_watch *watch, struct cluster_refresh *refresh)
{
    const struct refresh_spec *spec = refresh->spec;
    const int64_t now_ns = cluster_now(watch->cluster);
    for (uint32_t i = 0; i < spec->apps_count; i++) {
        const struct cluster_app *app = cluster_app_find(watch->cluster, spec->apps[i]);
        const uint64_t least =
            app == NULL || app->version == NULL
                ? 0
                : ((uint64_t)app->record.instances * app->version->spec->minimum_health_ppm + PPM -
                   1) / PPM;
        if (app == NULL || app->counts.healthy >= least) {
            watch->sick_since_ns[i] = 0;
            continue;
        }
        watch->sick_since_ns[i] = watch->sick_since_ns[i] == 0 ? now_ns : watch->sick_since_ns[i];
        const int64_t until_ns = watch->sick_since_ns[i] + spec->sick_ns;
        if (now_ns >= until_ns) {
            char text[GROUPS_SENTENCE_BYTES];
            char sick[UNITS_TEXT_BYTES];
            (void)snprintf(text, sizeof text,
                           "%.80s has %u healthy for %s, fewer than the %llu it must have",
                           spec->apps[i], app->counts.healthy,
                           units_print_duration(spec->sick_ns, sick), (unsigned long long)least);
            refresh_fail(refresh, text);
            return false;
        }
        groups_due(watch, until_ns);
    }
    return true;
}
