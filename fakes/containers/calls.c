/*
 * fakes/containers/calls.c - stages of calls, their tries, and how long they are waited for.
 *
 * Nothing is told while it happens: how a try ended arrives as an event of its own. So a chain of
 * apps answers step by step and not one inside the other.
 */
#include "fakes/containers/calls.h"

#include "fakes/proxy/fake_proxy.h"
#include "platform/base/memory.h"
#include "platform/base/record.h"
#include "platform/base/retry_budget.h"

#define CALLS_FAILED UINT32_MAX /* in stage_next of a request: no stage follows */
#define CALLS_SALT   UINT64_C(0x63616C6C73)

enum { CALLS_FIRST = 16 };

enum call_state {
    CALL_FREE,
    CALL_OUT,      /* its try is on its way, and in its line's list */
    CALL_RETURNING /* its try has an outcome, which is not known here before its event */
};

/* One call of one request, through all its tries. */
struct call {
    int64_t     deadline_at_ns; /* of this try */
    world_event event;
    uint32_t    parent;   /* the request that waits */
    uint32_t    request;  /* the try, 0: not on its way */
    uint32_t    line;
    uint32_t    tries;
    uint32_t    next;     /* in the line's list, or of the free ones */
    uint32_t    previous;
    uint8_t     state;    /* enum call_state */
    uint8_t     outcome;  /* enum request_outcome, while it returns */
};

/* One call of the behaviour: what all requests have in common. */
struct call_line {
    const struct behavior_call *spec;
    struct retry_budget         budget;
    uint32_t                    target;
    uint32_t                    first; /* tries on their way, the earliest deadline first */
    uint32_t                    last;
    int64_t                     timer_at_ns;
    world_event                 timer; /* at the first one's deadline or before */
};

struct calls {
    struct world          *world;    /* borrowed */
    struct fake_datapath  *datapath; /* borrowed */
    const struct behavior *behavior; /* borrowed */
    calls_over_fn         *over;
    void                  *context;
    uint64_t               key;
    uint32_t               node;
    uint32_t               client; /* number at the datapath */
    struct rng             rng;
    struct call_line      *lines; /* owned; stage by stage */
    uint32_t               lines_count;
    struct call           *calls; /* owned; the first is at index 1. They move when more come */
    uint32_t               used;
    uint32_t               capacity;
    uint32_t               free;
    uint32_t               open;
};

/* --- the calls there are --- */

static uint32_t
calls_new(struct calls *calls)
{
    uint32_t index = calls->free;
    if (index != 0) {
        calls->free = calls->calls[index].next;
    } else {
        if (calls->used + 1 >= calls->capacity) {
            calls->capacity = calls->capacity == 0 ? CALLS_FIRST : calls->capacity * 2;
            calls->calls = memory_resize(calls->calls, calls->capacity * sizeof *calls->calls);
        }
        index = ++calls->used;
    }
    calls->calls[index] = (struct call){ .next = 0 };
    calls->open++;
    return index;
}

static void
calls_free(struct calls *calls, uint32_t index)
{
    ASSERT(calls->open > 0);
    calls->calls[index].state = CALL_FREE;
    calls->calls[index].next = calls->free;
    calls->free = index;
    calls->open--;
}

/* --- tries on their way, by deadline --- */

static void
calls_list_add(struct calls *calls, uint32_t index)
{
    struct call *call = &calls->calls[index];
    struct call_line *line = &calls->lines[call->line];
    uint32_t before = line->last; /* nearly always: deadlines come nearly in order */
    while (before != 0 && calls->calls[before].deadline_at_ns > call->deadline_at_ns) {
        before = calls->calls[before].previous;
    }
    call->previous = before;
    call->next = before != 0 ? calls->calls[before].next : line->first;
    if (call->next != 0) {
        calls->calls[call->next].previous = index;
    } else {
        line->last = index;
    }
    if (before != 0) {
        calls->calls[before].next = index;
    } else {
        line->first = index;
    }
}

static void
calls_list_remove(struct calls *calls, uint32_t index)
{
    const struct call *call = &calls->calls[index];
    struct call_line *line = &calls->lines[call->line];
    if (call->next != 0) {
        calls->calls[call->next].previous = call->previous;
    } else {
        ASSERT(line->last == index);
        line->last = call->previous;
    }
    if (call->previous != 0) {
        calls->calls[call->previous].next = call->next;
    } else {
        ASSERT(line->first == index);
        line->first = call->next;
    }
}

static void calls_timer_fire(struct world *world, void *context, uint64_t argument);

/* A timer that is too early is left: it looks, and goes on. */
static void
calls_timer_arm(struct calls *calls, uint32_t line_index)
{
    struct call_line *line = &calls->lines[line_index];
    const int64_t at_ns = line->first != 0 ? calls->calls[line->first].deadline_at_ns : INT64_MAX;
    if (at_ns == INT64_MAX || (line->timer != 0 && line->timer_at_ns <= at_ns)) {
        return;
    }
    world_cancel(calls->world, line->timer);
    line->timer_at_ns = at_ns;
    line->timer = world_at(calls->world, at_ns, WORLD_CLASS_REQUEST, NULL, calls_timer_fire, calls,
                           line_index);
}

/* --- tries --- */

static void calls_returned(struct world *world, void *context, uint64_t argument);

/* What a try came to is known at at_ns. */
static void
calls_return(struct calls *calls, uint32_t index, enum request_outcome outcome, int64_t at_ns)
{
    struct call *call = &calls->calls[index];
    call->state = CALL_RETURNING;
    call->outcome = (uint8_t)outcome;
    call->request = 0;
    call->event =
        world_at(calls->world, at_ns, WORLD_CLASS_REQUEST, NULL, calls_returned, calls, index);
}

static void
calls_try(struct calls *calls, uint32_t index)
{
    struct world *world = calls->world;
    struct call *call = &calls->calls[index];
    const struct call_line *line = &calls->lines[call->line];
    const int64_t now_ns = world_now(world);
    call->tries++;
    call->deadline_at_ns = world_request_at(world, call->parent)->deadline_at_ns;
    if (line->spec->timeout_ns > 0) {
        call->deadline_at_ns = int64_min(call->deadline_at_ns, now_ns + line->spec->timeout_ns);
    }
    if (call->deadline_at_ns <= now_ns) {
        calls_return(calls, index, REQUEST_TIMEOUT, now_ns);
        return;
    }
    struct fake_proxy *proxy = fake_datapath_local(calls->datapath, calls->node);
    struct world_request *request = proxy != NULL ? world_request_new(world) : NULL;
    if (request == NULL) {
        calls_return(calls, index, proxy == NULL ? REQUEST_NO_ROUTE : REQUEST_REFUSED, now_ns);
        return;
    }
    request->client = calls->client;
    request->source = call->line;
    request->ticket = index;
    request->parent = call->parent;
    request->key_hash = calls->key;
    request->arrived_at_ns = now_ns;
    request->deadline_at_ns = call->deadline_at_ns;
    call->request = request->index;
    call->state = CALL_OUT;
    calls_list_add(calls, index);
    calls_timer_arm(calls, call->line);
    fake_proxy_request(proxy, line->target, request);
}

/* The datapath says how a try ended. */
static void
calls_done(void *context, struct world_request *request, enum request_outcome outcome,
           int64_t latency_ns)
{
    struct calls *calls = context;
    const uint32_t index = request->ticket;
    ASSERT(calls->calls[index].state == CALL_OUT);
    ASSERT(calls->calls[index].request == request->index);
    calls_list_remove(calls, index);
    calls_return(calls, index, outcome,
                 int64_max(world_now(calls->world), request->arrived_at_ns + latency_ns));
}

static void
calls_timer_fire(struct world *world, void *context, uint64_t argument)
{
    struct calls *calls = context;
    const int64_t now_ns = world_now(world);
    struct call_line *line = &calls->lines[argument];
    line->timer = 0;
    while (line->first != 0 && calls->calls[line->first].deadline_at_ns <= now_ns) {
        const uint32_t index = line->first;
        world_request_at(world, calls->calls[index].request)->client_gone = true;
        calls_list_remove(calls, index);
        calls_return(calls, index, REQUEST_TIMEOUT, now_ns);
    }
    calls_timer_arm(calls, (uint32_t)argument);
}

static bool
calls_may_retry(struct calls *calls, const struct call *call)
{
    struct call_line *line = &calls->lines[call->line];
    const struct behavior_call *spec = line->spec;
    const int64_t now_ns = world_now(calls->world);
    if (call->tries > spec->retries || call->outcome == REQUEST_DENIED ||
        call->outcome == REQUEST_LIMITED ||
        world_request_at(calls->world, call->parent)->deadline_at_ns <= now_ns) {
        return false;
    }
    return spec->budget_ppm == 0 ||
           retry_budget_withdraw(&line->budget, spec->budget_min_per_s, now_ns);
}

/* --- stages --- */

static void
calls_make(struct calls *calls, uint32_t line_index, struct world_request *parent)
{
    struct call_line *line = &calls->lines[line_index];
    const uint32_t index = calls_new(calls);
    calls->calls[index].parent = parent->index;
    calls->calls[index].line = line_index;
    parent->calls_open++;
    if (line->spec->budget_ppm > 0) {
        retry_budget_deposit(&line->budget, line->spec->budget_ppm, world_now(calls->world));
    }
    calls_try(calls, index);
}

/* The calls of one stage, as chance wants them. */
static void
calls_stage(struct calls *calls, uint32_t stage, struct world_request *parent)
{
    uint32_t line_index = 0;
    for (uint32_t i = 0; i < stage; i++) {
        line_index += calls->behavior->stages[i].calls_count;
    }
    for (uint32_t i = 0; i < calls->behavior->stages[stage].calls_count; i++, line_index++) {
        const uint32_t ppm = calls->lines[line_index].spec->probability_ppm;
        if (ppm == PPM || rng_chance(&calls->rng, ppm)) {
            calls_make(calls, line_index, parent);
        }
    }
}

/* Goes on with a request of which no call is open. */
static void
calls_advance(struct calls *calls, struct world_request *request)
{
    while (request->calls_open == 0) {
        if (request->stage_next == CALLS_FAILED ||
            request->stage_next == calls->behavior->stages_count) {
            calls->over(calls->context, request, request->stage_next == CALLS_FAILED);
            return;
        }
        calls_stage(calls, request->stage_next++, request);
    }
}

static void
calls_returned(struct world *world, void *context, uint64_t argument)
{
    struct calls *calls = context;
    const uint32_t index = (uint32_t)argument;
    const struct call *call = &calls->calls[index];
    ASSERT(call->state == CALL_RETURNING);
    if (call->outcome != REQUEST_OK && calls_may_retry(calls, call)) {
        calls_try(calls, index);
        return;
    }
    struct world_request *parent = world_request_at(world, call->parent);
    if (call->outcome != REQUEST_OK && !calls->lines[call->line].spec->optional) {
        parent->stage_next = CALLS_FAILED;
    }
    calls_free(calls, index);
    ASSERT(parent->calls_open > 0);
    parent->calls_open--;
    calls_advance(calls, parent);
}

void
calls_begin(struct calls *calls, struct world_request *request)
{
    request->calls_open = 0;
    request->stage_next = 0;
    calls_advance(calls, request);
}

/* --- the whole --- */

static void
calls_lines_open(struct calls *calls)
{
    const struct behavior *behavior = calls->behavior;
    for (uint32_t i = 0; i < behavior->stages_count; i++) {
        calls->lines_count += behavior->stages[i].calls_count;
    }
    calls->lines = memory_alloc_zero(calls->lines_count, sizeof *calls->lines);
    struct call_line *line = calls->lines;
    for (uint32_t i = 0; i < behavior->stages_count; i++) {
        for (uint32_t j = 0; j < behavior->stages[i].calls_count; j++, line++) {
            line->spec = &behavior->stages[i].calls[j];
            const struct env_request request = { .method = "GET", .host = line->spec->to,
                                                 .path = line->spec->path };
            line->target = fake_datapath_target(calls->datapath, &request);
        }
    }
}

struct calls *
calls_open(struct world *world, uint32_t node, uint64_t key, const struct behavior *behavior,
           calls_over_fn *over, void *context)
{
    ASSERT(behavior->stages_count > 0 && over != NULL);
    struct calls *calls = memory_alloc_zero(1, sizeof *calls);
    *calls = (struct calls){ .world = world,
                             .datapath = world_datapath(world),
                             .behavior = behavior,
                             .over = over,
                             .context = context,
                             .key = key,
                             .node = node,
                             .rng = { .key = hash_step(key, CALLS_SALT) } };
    calls->client = fake_datapath_client_add(calls->datapath, calls_done, calls);
    calls_lines_open(calls);
    return calls;
}

void
calls_close(struct calls *calls)
{
    if (calls == NULL) {
        return;
    }
    for (uint32_t i = 1; i <= calls->used; i++) {
        const struct call *call = &calls->calls[i];
        if (call->state == CALL_OUT) {
            world_request_at(calls->world, call->request)->client_gone = true;
        } else if (call->state == CALL_RETURNING) {
            world_cancel(calls->world, call->event);
        }
    }
    for (uint32_t i = 0; i < calls->lines_count; i++) {
        world_cancel(calls->world, calls->lines[i].timer);
    }
    fake_datapath_client_remove(calls->datapath, calls->client);
    memory_free(calls->calls);
    memory_free(calls->lines);
    memory_free(calls);
}

uint32_t
calls_count(const struct calls *calls)
{
    return calls->open;
}
