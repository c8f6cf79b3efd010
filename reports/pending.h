/*
 * reports/pending.h - the part of the page about tasks that wait: for each app that still waits at
 *                     the end the funnel of its nodes, as Marathon's queue page has it.
 *
 * Limits: PENDING_MAX apps, those with the most tasks.
 */
#ifndef REPORTS_PENDING_H
#define REPORTS_PENDING_H

#include "platform/base/strbuf.h"
#include "reports/reader.h"

enum { PENDING_MAX = 12 };

void pending_add(struct strbuf *out, struct reader *reader);

#endif
