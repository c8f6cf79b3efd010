/* sim/expect/expect.c - every kind of expectation. */
#include "sim/expect.h"

#define EXPECT(name) extern const struct expectation_kind expectation_##name;
#include "sim/expect/expect.def"
#undef EXPECT

const struct expectation_kind *const expectation_kinds[] = {
#define EXPECT(name) &expectation_##name,
#include "sim/expect/expect.def"
#undef EXPECT
    NULL
};
