/*
 * platform/balancer/route_build.h - one routing generation out of apps and their instances.
 *
 * An endpoint is named when its task is healthy and ready; it is named as draining while it is
 * being stopped. While a deployment splits the requests between two versions, the instances of one
 * of them stand in a service of their own, NAME.vN (N: the version), to which NAME splits.
 */
#ifndef PLATFORM_BALANCER_ROUTE_BUILD_H
#define PLATFORM_BALANCER_ROUTE_BUILD_H

#include "platform/balancer/route_apps.h"

struct route_build {
    const struct route_apps *apps; /* borrowed */
    struct intern           *zones; /* borrowed; grows */
    struct vec               services;  /* struct env_service */
    struct vec               endpoints; /* struct env_endpoint: those of the services, one by one */
    struct arena             texts;     /* names of services that stand apart */
    bool                     zones_missing; /* of a node whose zone matters and is not known yet */
};

/* The apps are settled (route_apps_settle). Texts are borrowed from them as well. */
void route_build_make(struct route_build *build, const struct route_apps *apps,
                      struct intern *zones);
void route_build_fini(struct route_build *build);

#endif
