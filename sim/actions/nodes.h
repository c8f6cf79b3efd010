/*
 * sim/actions/nodes.h - what verbs do to machines, counted: two scopes may hold the same machine
 * down, and the last that ends lets it go.
 */
#ifndef SIM_ACTIONS_NODES_H
#define SIM_ACTIONS_NODES_H

#include "sim/run.h"

/* Each acts on scope->nodes and, when it is NULL, sets scope->target to their names. */
enum status nodes_kill(struct run *run, struct action_scope *scope, struct error *err) MUST_USE;
enum status nodes_start(struct run *run, struct action_scope *scope, struct error *err) MUST_USE;
enum status nodes_cut(struct run *run, struct action_scope *scope, struct error *err) MUST_USE;
enum status nodes_heal(struct run *run, struct action_scope *scope, struct error *err) MUST_USE;
enum status nodes_restart_agents(struct run *run, struct action_scope *scope,
                                 struct error *err) MUST_USE;

#endif
