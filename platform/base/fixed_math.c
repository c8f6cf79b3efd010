/*
 * platform/base/fixed_math.c - logarithm and exponential from + - * / alone.
 *
 * IEEE 754 fixes the result of each of the four operations, and the compiler is told not to
 * contract them, so every machine computes the same bits. Both are within 1 ulp of the C library.
 * Source: range reduction and the splitting of ln 2 as in fdlibm (Sun Microsystems, 1993); the
 *         polynomials are plain Taylor series, long enough for the reduced range.
 */
#include "platform/base/dist.h"

#include <string.h>

#include "platform/base/dist_tables.h"

static const double ln2_high = 6.93147180369123816490e-01; /* its low 21 bits are zero */
static const double ln2_low = 1.90821492927058770002e-10;

enum { FIXED_TERMS = 12 };

/* 2/3, 2/5, 2/7..: the series of 2 atanh(s) without its first term, lowest power first. */
static const double log_terms[FIXED_TERMS] = {
    2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11, 2.0 / 13,
    2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23, 2.0 / 25,
};

static const double exp_x_max = 709.782712893384;  /* above it the result is no double */
static const double exp_x_min = -745.133219101941; /* below it the result is zero */

static uint64_t
fixed_bits(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double
fixed_from_bits(uint64_t bits)
{
    double value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* 2^exponent for -1022..1023. */
static double
fixed_power_of_two(int exponent)
{
    return fixed_from_bits((uint64_t)(exponent + 1023) << 52);
}

/* c[0] + c[1] x + c[2] x^2..: four short chains, which a processor works on side by side. */
static double
fixed_polynomial(const double c[FIXED_TERMS], double x)
{
    const double x2 = x * x;
    const double x4 = x2 * x2;
    const double chain0 = c[0] + x4 * (c[4] + x4 * c[8]);
    const double chain1 = c[1] + x4 * (c[5] + x4 * c[9]);
    const double chain2 = c[2] + x4 * (c[6] + x4 * c[10]);
    const double chain3 = c[3] + x4 * (c[7] + x4 * c[11]);
    return (chain0 + x * chain1) + x2 * (chain2 + x * chain3);
}

double
fixed_log(double x)
{
    ASSERT(x > 0);
    int exponent = 0;
    if (x < 0x1p-1022) { /* subnormal: bring it to the normal range first */
        x *= 0x1p54;
        exponent = -54;
    }
    /* x = mantissa * 2^exponent with the mantissa in [sqrt(1/2), sqrt(2)) */
    const uint64_t bits = fixed_bits(x);
    exponent += (int)(bits >> 52) - 1023;
    double mantissa = fixed_from_bits((bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1023) << 52);
    if (mantissa >= 1.4142135623730951) {
        mantissa *= 0.5;
        exponent++;
    }

    /* log(1 + f) = 2 atanh(s) = 2 (s + s^3/3 + s^5/5 + ...), s = f / (2 + f), |s| < 0.172 */
    const double f = mantissa - 1.0;
    const double s = f / (2.0 + f);
    const double z = s * s;
    const double series = z * fixed_polynomial(log_terms, z);
    /* 2 s = f - f^2/2 + s f^2/2 is exact in f, which keeps the last bits */
    const double half_square = 0.5 * f * f;
    const double k = (double)exponent;
    return k * ln2_high - ((half_square - (s * (half_square + series) + k * ln2_low)) - f);
}

double
fixed_exp(double x)
{
    ASSERT(x == x);
    if (x > exp_x_max) {
        return 0x1.fffffffffffffp1023;
    }
    if (x < exp_x_min) {
        return 0;
    }
    /* x = k ln 2 / 128 + r with |r| <= ln 2 / 256: 2^(k / 128) comes from a table */
    const double scaled = x * (1.4426950408889634 * EXP_STEPS);
    const int k = (int)(scaled + (scaled < 0 ? -0.5 : 0.5));
    const double r = (x - (double)k * (ln2_high / EXP_STEPS)) - (double)k * (ln2_low / EXP_STEPS);
    const double step = exp_steps[(uint32_t)k % EXP_STEPS];
    const double series = r + r * r * (0.5 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120))));
    const double power = step + step * series;

    const int exponent = (k - (int)((uint32_t)k % EXP_STEPS)) / EXP_STEPS;
    if (exponent > -1022 && exponent < 1023) {
        return power * fixed_power_of_two(exponent);
    }
    /* in two steps, since 2^exponent itself may be no normal double */
    return power * fixed_power_of_two(exponent / 2) * fixed_power_of_two(exponent - exponent / 2);
}
