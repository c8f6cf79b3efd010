/* platform/backends/haproxy/haproxy_tally_render.c - makes HAProxy tell of measured services. */
#include "platform/backends/haproxy/haproxy_tally.h"

enum { TALLY_RING_BYTES = 1 << 20 };

bool
haproxy_tally_is_needed(const struct haproxy_generation *generation)
{
    for (uint32_t i = 0; i < generation->services.count; i++) {
        if (haproxy_generation_at(generation, i)->measured != 0) {
            return true;
        }
    }
    return false;
}

void
haproxy_tally_ring(const struct haproxy_generation *generation, const char *path,
                   struct haproxy_rendered *rendered)
{
    if (haproxy_tally_is_needed(generation)) {
        haproxy_render_line(rendered, 0,
                            "ring measured\n"
                            "    format raw\n"
                            "    maxlen %d\n"
                            "    size %d\n"
                            "    timeout connect 1s\n"
                            "    timeout server 10s\n"
                            "    server tally unix@%s\n",
                            HAPROXY_TALLY_LINE_MAX, TALLY_RING_BYTES, path);
    }
}

void
haproxy_tally_front(const struct haproxy_generation *generation, struct haproxy_rendered *rendered,
                    uint32_t owner)
{
    if (haproxy_tally_is_needed(generation)) {
        haproxy_render_line(rendered, owner,
                            "    log ring@measured len %d format raw local0\n"
                            "    log-format \"%%b %%s %%ST %%Tc %%Tr %%rc %%ts\"\n",
                            HAPROXY_TALLY_LINE_MAX);
    }
}

void
haproxy_tally_backend(const struct haproxy_generation *generation,
                      struct haproxy_rendered *rendered, uint32_t owner)
{
    const struct haproxy_service *service = haproxy_generation_at(generation, owner - 1);
    if (service->http && service->measured == 0 && haproxy_tally_is_needed(generation)) {
        haproxy_render_line(rendered, owner, "    http-request set-log-level silent\n");
    }
}
