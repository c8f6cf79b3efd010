/*
 * platform/model/names.h - how apps are called inside: the rules of names, without any state.
 *
 * Source: Mesos-DNS and DC/OS 1.13 (Marathon's framework name is "marathon"): an app's groups
 *         reversed and joined by '-', VIP labels on ports ("VIP_0": "/web:80" or "1.2.3.4:80").
 * Names:  small letters, no dot at the end. A part between dots has at most NAMES_PART_MAX bytes:
 *         what is longer is cut. Two apps whose names become the same share it.
 */
#ifndef PLATFORM_MODEL_NAMES_H
#define PLATFORM_MODEL_NAMES_H

#include "platform/model/app.h"

enum { NAMES_PART_MAX = 63, NAMES_LEN_MAX = 253, NAMES_VIPS_MAX = 64 }; /* RFC 1035; VIPs: ours */

#define NAMES_MESOS     "marathon.mesos"
#define NAMES_AGENTS    "marathon.slave.mesos"
#define NAMES_DIRECTORY "dcos.thisdcos.directory"
#define NAMES_VIPS      "marathon.l4lb.thisdcos.directory"

/* "/prod/web" is "web-prod"; other bytes than letters and digits become '-'. */
void names_app(const char *path, char ret_part[NAMES_PART_MAX + 1]);

/* A text as part of a name: "HTTP_api" is "http-api". May come out empty. */
void names_part(const char *text, char ret_part[NAMES_PART_MAX + 1]);

struct names_vip {
    char     host[NAMES_LEN_MAX + 1]; /* "web.marathon.l4lb.thisdcos.directory" or "1.2.3.4" */
    char     part[NAMES_PART_MAX + 1]; /* "web", dots made '-'; "" when it is an address */
    uint16_t port;
};

/* "VIP_0", "VIP_1"... */
bool names_is_vip_label(const char *key);

/* "/web:80" or "1.2.3.4:80"; slashes inside a name are left out, as DC/OS does. False: neither. */
bool names_vip_read(const char *value, struct names_vip *ret_vip);

/* The VIPs of a port, in the order of its labels; wrong ones are left out. Returns how many. */
uint32_t names_vips(const struct app_port *port, struct names_vip ret_vips[NAMES_VIPS_MAX]);

/*
 * Appends what env_service.names says for the service of a port, a comma list of "host" and
 * "host:port": its VIPs; the app's names with the port inside the container; for the first port the
 * app's names alone.
 */
void names_service(const struct app_spec *spec, uint32_t port_index, struct strbuf *out);

#endif
