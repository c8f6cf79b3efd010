/* platform/cli/progress.c - one line on a terminal that says how far a run is. */
#include "platform/cli/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_EVERY_NS 200000000

/* The terminal is one: so is its line. */
static struct {
    const char *name;
    uint32_t    number;
    uint32_t    count;
    int64_t     drawn_at_ns;
    bool        drawn;
} line;

static int64_t
progress_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void
progress_begin(const char *name, uint32_t number, uint32_t count)
{
    line.name = name;
    line.number = number;
    line.count = count;
    line.drawn_at_ns = progress_now_ns();
}

void
progress_show(int64_t at_ns, int64_t duration_ns)
{
    const int64_t now_ns = progress_now_ns();
    if (line.name == NULL || !isatty(STDERR_FILENO) ||
        now_ns - line.drawn_at_ns < PROGRESS_EVERY_NS) {
        return;
    }
    line.drawn_at_ns = now_ns;
    line.drawn = true;
    const double share = duration_ns > 0 ? (double)at_ns / (double)duration_ns * 100 : 0;
    (void)fprintf(stderr, "\r\033[K%s  %u of %u  %.0f s simulated  %.0f %%", line.name,
                  line.number, line.count, (double)at_ns / 1e9, share < 100 ? share : 100.0);
    (void)fflush(stderr);
}

void
progress_clear(void)
{
    if (line.drawn) {
        (void)fprintf(stderr, "\r\033[K");
        line.drawn = false;
    }
}
