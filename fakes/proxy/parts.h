/*
 * fakes/proxy/parts.h - what each file of the modelled proxy does for the others; comes by inner.h.
 */
#ifndef FAKES_PROXY_PARTS_H
#define FAKES_PROXY_PARTS_H

#include "fakes/proxy/inner.h"

/* --- datapath.c --- */
void datapath_listening_changed(struct fake_datapath *datapath);

/* --- fake_proxy.c --- */
/* The client's outcome, once; then the request is nobody's. */
void proxy_finish(struct fake_datapath *datapath, struct world_request *request,
                  enum request_outcome outcome);
/* The same for an answer of the proxy's own, which no instance was asked for. */
void proxy_reply(struct fake_datapath *datapath, struct world_request *request,
                 enum request_outcome outcome);
/* A server by the service's policy, another than avoid (a slot, 0: any) when there is another. */
uint32_t proxy_pick(struct fake_proxy *proxy, struct proxy_service *service,
                    const struct world_request *request, uint32_t avoid);

/* --- proxy_attempt.c: everything but the plain way --- */
/* A request that has just come, and meets this route. */
void proxy_begin(struct fake_proxy *proxy, struct world_request *request,
                 const struct proxy_route *route);
/* Sends it to a server of the service it was given (its name), or lets it wait, or ends it. */
void proxy_dispatch(struct fake_proxy *proxy, struct world_request *request, uint32_t avoid);
/* The plain way ended at a server that did not take the connection. */
void proxy_missed(struct fake_proxy *proxy, struct proxy_service *service,
                  struct world_request *request, enum world_connect connect);
void proxy_attempt_answered(struct fake_datapath *datapath, struct world_request *request,
                            enum request_outcome outcome);
void proxy_attempt_expired(struct fake_proxy *proxy, struct world_request *attempt);

/* --- proxy_config.c --- */
/* A copy of what apply was given. A service that cannot be done is left out, and error names it. */
struct proxy_config *proxy_config_make(struct fake_proxy *proxy,
                                       const struct env_proxy_apply *apply, enum status *ret_status,
                                       struct error *error);
void proxy_config_free(struct proxy_config *config);
/* NULL when the configuration in force has none of this (interned) name. */
struct proxy_service *proxy_service_named(const struct fake_proxy *proxy, uint32_t name);

/* --- proxy_routes.c --- */
/* What a target means in the configuration in force, which there is. */
void proxy_route_find(const struct fake_proxy *proxy, const struct proxy_target *target,
                      bool inside, struct proxy_route *route);

/* --- proxy_split.c --- */
/* Finds who splits to whom; a service that cannot is in force without, and error names it. */
void proxy_split_bind(struct fake_datapath *datapath, struct proxy_config *config,
                      const struct env_proxy_apply *apply, enum status *ret_status,
                      struct error *error);
/* What a service keeps from one generation to the next; old: of the same name before, or NULL. */
void proxy_split_begin(struct proxy_service *service, const struct proxy_service *old);
/* Whether such requests bring the header. */
bool proxy_split_is_by_header(const struct proxy_service *service,
                              const struct env_request *request);
/* Which of the two a request goes to; the service splits. */
struct proxy_service *proxy_split_choose(struct fake_proxy *proxy, struct proxy_service *service,
                                         const struct world_request *request, bool by_header);
/* The service, or its peer while that alone has a server. */
struct proxy_service *proxy_split_refuge(const struct fake_proxy *proxy,
                                         struct proxy_service *service);

/* --- proxy_rules.c --- */
/* What the proxy itself answers to such requests for this service; REQUEST_OUTCOME_COUNT: they go
 * on. */
uint8_t proxy_rules_answer(const struct proxy_rules *rules, const struct env_request *request);

/* --- proxy_servers.c --- */
/* Puts config in the place of the one in force; what both name keeps its requests and its state. */
void proxy_servers_replace(struct fake_proxy *proxy, struct proxy_config *config);
/* One request more, and one less: answered, failed, or given up. */
void proxy_server_opened(struct fake_proxy *proxy, struct proxy_service *service, uint32_t slot);
void proxy_server_closed(struct fake_proxy *proxy, uint32_t slot, enum request_outcome outcome,
                         int64_t latency_ns);
/* One less, and nothing is counted: the proxy itself goes. */
void proxy_server_dropped(struct fake_proxy *proxy, uint32_t slot);
/* Nobody is timed and nobody waits any more; the requests are left to the caller. */
void proxy_servers_stop(struct fake_proxy *proxy);
/* Every slot of a configuration that was in force is given back, if there is one, and the
 * configuration freed; requests must have let go of them before. */
void proxy_servers_forget(struct fake_proxy *proxy, struct proxy_config *config);

/* --- proxy_eligible.c --- */
/* A weight or an eligible is not what it was: the policy hears of it. */
void proxy_service_changed(struct fake_proxy *proxy, struct proxy_service *service);
/* Decides anew who is eligible, and with which weight. */
void proxy_service_refresh(struct fake_proxy *proxy, struct proxy_service *service);
/* Out for its failures, or waiting for the answer that brings it back. */
bool proxy_server_is_ejected(const struct proxy_service *service,
                             const struct proxy_server *server);
void proxy_server_set_up(struct fake_proxy *proxy, struct proxy_server *server, bool up);
/* After an `open` of the server changed: whether it has room. */
void proxy_server_room(struct fake_proxy *proxy, struct proxy_service *service,
                       struct proxy_server *server);

/* --- proxy_life.c --- */
bool proxy_service_is_plain(const struct proxy_service *service);
/* The life of a service that comes into force; old: of the same name before, or NULL. */
void proxy_life_begin(struct fake_proxy *proxy, struct proxy_service *service, uint32_t index,
                      struct proxy_service *old);
/* The service is no longer named, or the proxy goes: no attempt is timed any more. */
void proxy_life_end(struct proxy_service *service);

/* --- proxy_timers.c --- */
void proxy_timers_add(struct proxy_life *life, struct proxy_timers *timers,
                      struct world_request *request, int64_t at_ns);
void proxy_timers_remove(struct proxy_life *life, struct proxy_timers *timers,
                         struct world_request *request);
void proxy_timers_stop(struct proxy_life *life, struct proxy_timers *timers);

/* --- proxy_eject.c --- */
/* What the end of an attempt says about its server. */
void proxy_eject_judge(struct fake_proxy *proxy, struct proxy_service *service, uint32_t slot,
                       bool ok);
/* A request goes to a server that may get one only. */
void proxy_eject_probe(struct fake_proxy *proxy, struct proxy_service *service,
                       struct proxy_server *server);

/* --- proxy_slow_start.c --- */
/* It has just come up; the caller decides on eligibility and weights then. */
void     proxy_slow_start(struct fake_proxy *proxy, struct proxy_service *service,
                          struct proxy_server *server);
/* How many ENV_BALANCE_WEIGHT_SCALE-ths of its weight a server has now. */
uint32_t proxy_slow_start_parts(const struct fake_proxy *proxy,
                                const struct proxy_service *service, struct proxy_server *server);
void     proxy_slow_start_arm(struct fake_proxy *proxy, struct proxy_service *service);

/* --- proxy_queue.c --- */
/* slot: of the one server that it wants, 0: any. False when the queue is full. */
bool proxy_queue_add(struct fake_proxy *proxy, struct proxy_service *service,
                     struct world_request *request, uint32_t slot);
/* All of one queue to the end of another, which no timer and no limit knows. */
void proxy_queue_move(struct proxy_life *life, struct proxy_queue *from, struct proxy_queue *to);
/* Each of such a queue is sent anew. */
void proxy_queue_resume(struct fake_proxy *proxy, struct proxy_queue *queue);
/* Requests that wait go where there is room now, slot: at this server, 0: at any. Those that any
 * server may serve end when there is none. */
void proxy_queue_serve(struct fake_proxy *proxy, struct proxy_service *service, uint32_t slot);
void proxy_queue_expired(struct proxy_life *life, struct world_request *request);

/* --- proxy_sessions.c --- */
/* The server of the request's session, if it may go on there; 0: none. */
uint32_t proxy_session_find(const struct fake_proxy *proxy, const struct proxy_service *service,
                            const struct world_request *request);
bool     proxy_session_may_go_on(const struct proxy_service *service,
                                 const struct proxy_server *server);
void     proxy_session_set(struct fake_proxy *proxy, const struct proxy_service *service,
                           const struct world_request *request, uint32_t slot);
/* Forgets the sessions of services that no proxy names. */
void proxy_sessions_sweep(struct fake_datapath *datapath);
void proxy_sessions_fini(struct fake_datapath *datapath);

/* --- proxy_gateway.c --- */
/* The service that an admitted request goes on to, or NULL and the outcome of its answer. */
struct proxy_service *proxy_gateway_admit(struct fake_proxy *proxy, uint32_t route,
                                          const struct env_request *request,
                                          enum request_outcome *ret_outcome);
/* What the gateway of a configuration that is no longer in force counted is gone. */
void proxy_gateway_forget(struct fake_proxy *proxy, const struct proxy_config *config);

/* --- proxy_moves.c --- */
/* The server of an endpoint that has stood in the service's peer, taken from there; 0: none. */
uint32_t proxy_server_move(struct fake_proxy *proxy, const struct proxy_config *config,
                           const struct proxy_service *service,
                           const struct env_endpoint *endpoint, struct proxy_queue *waiting);

/* --- proxy_stats.c --- */
void proxy_stats_tell(const struct fake_proxy *proxy, struct proxy_server *server);
void proxy_stats_list(const struct fake_proxy *proxy, struct env_proxy_stats *stats);

/* --- proxy_tally.c --- */
/* A configuration has come into force. */
void proxy_tally_begin(struct fake_proxy *proxy);
void proxy_tally_end(struct fake_proxy *proxy); /* all is forgotten; there is no configuration */
void proxy_tally_count(struct proxy_tally *tally, bool newer, enum request_outcome outcome,
                       int64_t latency_ns);
/* No server was there for a request. */
void proxy_tally_refused(struct proxy_service *service);
/* False: nothing is counted under this number. */
bool proxy_tally_read(const struct fake_proxy *proxy, struct env_proxy_tally *tally);

/* --- proxy_checks.c --- */
void proxy_checks_start(struct fake_proxy *proxy); /* of the configuration in force */
void proxy_checks_stop(struct fake_proxy *proxy);

#endif
