/*
 * reports/summary_roles.h - the roles of summary.json: an object by name, empty where none share.
 */
#ifndef REPORTS_SUMMARY_ROLES_H
#define REPORTS_SUMMARY_ROLES_H

#include <jansson.h>

#include "reports/reader.h"

json_t *summary_roles(struct reader *reader); /* owned by the caller */

#endif
