/*
 * tests/unit/balancer/labels_case.h - an app of two ports with labels, read: its services, and what
 * was said of the labels.
 */
#ifndef TESTS_UNIT_BALANCER_LABELS_CASE_H
#define TESTS_UNIT_BALANCER_LABELS_CASE_H

#include "platform/balancer/route_labels.h"

#include "platform/balancer/policy.h"
#include "tests/unit/model/test_app.h"

struct labels_case {
    struct app_case app;
    struct route_labels labels;
    const struct env_service *service; /* of the first port */
    struct strbuf warnings;            /* "key: text", a line each */
};

static const struct label_options labels_plain = { .group = "external" };

/* An app of two ports with these labels. */
static inline void
case_open_with(struct labels_case *test, const char *labels, const struct label_options *options)
{
    char text[2048];
    *test = (struct labels_case){0};
    (void)snprintf(text, sizeof text,
                   "{\"id\":\"/shop/web\",\"cmd\":\"x\",\"portDefinitions\":[{\"port\":10000},"
                   "{\"port\":0}],\"healthChecks\":[{\"protocol\":\"HTTP\",\"portIndex\":0,"
                   "\"intervalSeconds\":7,\"maxConsecutiveFailures\":2}],\"labels\":{%s}}",
                   labels);
    app_case_read(&test->app, text);
    cr_assert_not_null(test->app.spec, "%s", labels);
    route_labels_read(test->app.spec, options, &test->app.arena, &test->labels);
    for (uint32_t i = 0; i < test->labels.warnings_count; i++) {
        const struct label_warning *warning = &test->labels.warnings[i];
        strbuf_printf(&test->warnings, "%s: %s\n", warning->key, warning->text);
    }
    if (test->labels.services_count > 0) {
        test->service = &test->labels.services[0].service;
    }
}

static inline void
case_open(struct labels_case *test, const char *labels)
{
    case_open_with(test, labels, &labels_plain);
}

static inline void
case_close(struct labels_case *test)
{
    strbuf_fini(&test->warnings);
    app_case_close(&test->app);
}

#define EXTERNAL "\"HAPROXY_GROUP\":\"external\""

#endif
