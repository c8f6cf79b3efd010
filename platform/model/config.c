/* platform/model/config.c - the words of what a process is told. */
#include "platform/model/config.h"

const char *
scheduler_policy_word(enum scheduler_policy policy)
{
    static const char *const words[SCHEDULER_POLICY_COUNT] = {
#define X(value, word) [value] = word,
        SCHEDULER_POLICY_LIST(X)
#undef X
    };
    return words[policy];
}

const char *
scheduler_tie_word(enum scheduler_tie tie)
{
    static const char *const words[SCHEDULER_TIE_COUNT] = {
#define X(value, word) [value] = word,
        SCHEDULER_TIE_LIST(X)
#undef X
    };
    return words[tie];
}
