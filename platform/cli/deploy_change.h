/*
 * platform/cli/deploy_change.h - what a deploy changes: the definitions handed in, beside those in
 * force.
 */
#ifndef PLATFORM_CLI_DEPLOY_CHANGE_H
#define PLATFORM_CLI_DEPLOY_CHANGE_H

#include "platform/model/app.h"
#include "sim/scenario.h"

struct deploy_change {
    const struct app_spec *spec;  /* as handed in */
    const struct app_spec *old;   /* in force; NULL: a new app */
    struct json_t         *patch; /* owned: from old to spec (RFC 7396), empty: nothing changes */
};

/*
 * Reads files of definitions; changes gets struct deploy_change, one an app, without old and patch.
 * False after every mistake has been said.
 */
bool deploy_change_read(const struct vec *files, struct sim_io *io, struct arena *arena,
                        struct vec *changes);
/* Finds out what each changes in the cluster of a scenario. */
void deploy_change_compare(struct vec *changes, const struct scenario *cluster);
void deploy_change_fini(struct vec *changes);

/*
 * The members that a patch touches, for people: "instances 4 -> 6, container.docker.image
 * shop/web:1.0 -> shop/web:1.2, env.KEY". Numbers, truths and images are shown; other values may be
 * secrets.
 */
void deploy_change_print(const struct deploy_change *change, struct strbuf *out);

#endif
