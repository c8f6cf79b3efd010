/*
 * platform/balancer/route_readers.h - values of labels that are more than a number.
 *
 * Errors: false when the value is none of the label's; what base then holds does not count, since
 *         its service is left out, or is as it was.
 */
#ifndef PLATFORM_BALANCER_ROUTE_READERS_H
#define PLATFORM_BALANCER_ROUTE_READERS_H

#include "platform/balancer/route_words.h"

/* Of a port: base is a struct label_port. */
route_word_read_fn route_read_groups;
route_word_read_fn route_read_enabled;
route_word_read_fn route_read_hosts;
route_word_read_fn route_read_path;
route_word_read_fn route_read_mode;
route_word_read_fn route_read_balance;
route_word_read_fn route_read_port;
route_word_read_fn route_read_address;
route_word_read_fn route_read_certificate;
route_word_read_fn route_read_auth;
route_word_read_fn route_read_allowed;
route_word_read_fn route_read_checks;
route_word_read_fn route_read_proxypass;
route_word_read_fn route_read_affinity;
route_word_read_fn route_read_eject_for;
route_word_read_fn route_read_eject;

/* Of an app: base is a struct label_group. */
route_word_read_fn route_read_group;
route_word_read_fn route_read_started;
route_word_read_fn route_read_target;
route_word_read_fn route_read_name;
route_word_read_fn route_read_other_port;

#endif
