/* sim/run_calls.c - requests of the scenario to the platform's front door. */
#include <string.h>

#include "platform/base/memory.h"
#include "sim/run_private.h"

#define RUN_CALL_RESEND_NS SEC(1)

static void
run_call_send(struct run_call *call)
{
    struct run *run = call->run;
    env_net_send(run->env->net, env_address_of(ENV_PROCESS_MASTER, 0), &msg_api_request_type,
                 call->request);
    env_timer_start(run->env->clock, &call->timer, RUN_CALL_RESEND_NS);
}

static void
run_call_fire(struct env_timer *timer)
{
    struct run_call *call = container_of(timer, struct run_call, timer);
    if (call->run->phase != RUN_OVER) {
        run_call_send(call);
    }
}

static void
run_call_free(struct run_call *call)
{
    env_timer_cancel(call->run->env->clock, &call->timer);
    memory_free(call->request);
    memory_free(call);
}

void
run_call(struct run *run, const struct msg_api_request *request, run_answer_fn *answer,
         void *context)
{
    struct run_call *call = memory_alloc_zero(1, sizeof(struct run_call));
    *call = (struct run_call){ .run = run, .answer = answer, .context = context };
    call->request = record_clone(&msg_api_request_type, request);
    call->request->request = run->request_next++;
    env_timer_init(&call->timer, run_call_fire);
    *(struct run_call **)vec_push(&run->calls) = call;
    run_call_send(call);
}

static uint32_t
run_call_find(const struct run *run, uint64_t request)
{
    for (uint32_t i = 0; i < run->calls.count; i++) {
        const struct run_call *call = *(struct run_call **)vec_at(&run->calls, i);
        if (call->request->request == request) {
            return i;
        }
    }
    return UINT32_MAX;
}

static void
run_receive(struct env_receiver *receiver, env_address from, const struct record_type *type,
            const void *record)
{
    (void)from;
    struct run *run = container_of(receiver, struct run, receiver);
    if (type->id != MSG_API_ANSWER_ID || run->phase == RUN_OVER) {
        return;
    }
    const struct msg_api_answer *answer = record;
    const uint32_t               index = run_call_find(run, answer->request);
    if (index == UINT32_MAX || status_is_retryable((enum status)answer->status)) {
        return; /* a repeated answer, or one that asks for another try: the timer sees to it */
    }
    struct run_call *call = *(struct run_call **)vec_at(&run->calls, index);
    vec_remove_at(&run->calls, index);
    requests_taken(run, call->request, answer);
    invariants_answer(run, call->request, answer);
    if (call->answer != NULL) {
        call->answer(run, answer, call->context);
    }
    run_call_free(call);
}

void
run_calls_start(struct run *run)
{
    run->receiver.receive = run_receive;
    env_net_listen(run->env->net, &run->receiver);
}

void
run_calls_fini(struct run *run)
{
    for (uint32_t i = 0; i < run->calls.count; i++) {
        run_call_free(*(struct run_call **)vec_at(&run->calls, i));
    }
    vec_clear(&run->calls);
}
