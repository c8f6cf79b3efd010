/* platform/model/backoff.c - the delay before an app is launched again after failures. */
#include "platform/model/backoff.h"

/* delay x factor, rounded down; in two parts, so that a long delay does not overflow. */
static int64_t
backoff_grown(int64_t delay_ns, int64_t factor_ppm, int64_t max_ns)
{
    if (delay_ns / PPM > (INT64_MAX - max_ns) / factor_ppm) {
        return max_ns;
    }
    return int64_min(delay_ns / PPM * factor_ppm + delay_ns % PPM * factor_ppm / PPM, max_ns);
}

int64_t
backoff_delay_ns(const struct app_spec *spec, uint32_t failures)
{
    ASSERT(failures > 0);
    int64_t delay_ns = int64_min(spec->backoff_ns, spec->backoff_max_ns);
    for (uint32_t i = 1; i < failures && delay_ns < spec->backoff_max_ns; i++) {
        const int64_t next_ns =
            backoff_grown(delay_ns, (int64_t)spec->backoff_factor_ppm, spec->backoff_max_ns);
        if (next_ns == delay_ns) { /* a factor of 1, or no delay: it never grows */
            break;
        }
        delay_ns = next_ns;
    }
    return delay_ns;
}

void
backoff_failed(struct cluster_app *app)
{
    const struct app_spec *spec = app->version->spec;
    const int64_t now_ns = cluster_now(app->cluster);
    if (now_ns > app->record.backoff_forget_ns) {
        app->record.backoff_failures = 0;
    }
    app->record.backoff_failures++;
    const int64_t delay_ns = backoff_delay_ns(spec, app->record.backoff_failures);
    app->record.backoff_until_ns = now_ns + delay_ns;
    app->record.backoff_forget_ns = now_ns + spec->backoff_max_ns;
    cluster_journal(app->cluster, &(struct env_event){ .kind = ENV_EVENT_BACKOFF,
                                                       .old_state = -1,
                                                       .new_state = -1,
                                                       .version = app->version->id,
                                                       .value = delay_ns,
                                                       .app = app->id });
    cluster_app_changed(app);
}

void
backoff_started(struct cluster_app *app)
{
    const int64_t now_ns = cluster_now(app->cluster);
    if (app->record.backoff_failures > 0 && now_ns <= app->record.backoff_forget_ns) {
        app->record.backoff_forget_ns = now_ns + app->version->spec->backoff_max_ns;
        cluster_app_changed(app);
    }
}

void
backoff_reset(struct cluster_app *app)
{
    app->record.backoff_failures = 0;
    app->record.backoff_until_ns = 0;
    app->record.backoff_forget_ns = 0;
    app->refused_generation = 0;
    env_timer_cancel(app->cluster->env->clock, &app->backoff_timer);
}

void
backoff_drained(struct cluster_app *app)
{
    if (app->record.backoff_failures > 0) {
        backoff_reset(app);
        cluster_app_changed(app);
    }
}

bool
backoff_holds(struct cluster_app *app)
{
    const int64_t left_ns = app->record.backoff_until_ns - cluster_now(app->cluster);
    if (left_ns <= 0) {
        return false;
    }
    if (!app->backoff_timer.armed) {
        env_timer_start(app->cluster->env->clock, &app->backoff_timer, left_ns);
    }
    return true;
}
