/*
 * platform/base/dist_ziggurat.c - exponential and normal numbers, mostly without a logarithm.
 *
 * The area under the density is cut into 256 layers of equal size. A layer and a place in it are
 * drawn from one number; in 98 of 100 draws the place lies under the curve for sure.
 * Source: Marsaglia and Tsang 2000; the tail of the normal is Marsaglia's of 1964.
 */
#include "platform/base/dist.h"

#include "platform/base/dist_tables.h"

enum { ZIGGURAT_TRIES_MAX = 1000 }; /* one in 50 is tried again: 1000 in a row never happen */

/* Bits 0..7 choose the layer, bit 8 the sign, bits 11..63 the place. */
static double
ziggurat_place(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

double
rng_exponential(struct rng *rng)
{
    double base = 0; /* what lies beyond the base strip is exponential again */
    for (uint32_t tries = 0; tries < ZIGGURAT_TRIES_MAX; tries++) {
        const uint64_t bits = rng_u64(rng);
        const uint32_t layer = bits & (ZIGGURAT_LAYERS - 1);
        const double x = ziggurat_place(bits) * ziggurat_exponential_x[layer];
        if (x < ziggurat_exponential_x[layer + 1]) {
            return base + x;
        }
        if (layer == 0) {
            base += ziggurat_exponential_x[1];
            continue;
        }
        const double low = ziggurat_exponential_y[layer];
        const double high = ziggurat_exponential_y[layer + 1];
        if (low + rng_unit(rng) * (high - low) < fixed_exp(-x)) {
            return base + x;
        }
    }
    return base;
}

static double
ziggurat_normal_tail(struct rng *rng)
{
    const double edge = ziggurat_normal_x[1];
    for (uint32_t tries = 0; tries < ZIGGURAT_TRIES_MAX; tries++) {
        const double x = -fixed_log(1.0 - rng_unit(rng)) / edge;
        const double y = -fixed_log(1.0 - rng_unit(rng));
        if (y + y > x * x) {
            return edge + x;
        }
    }
    return edge;
}

double
rng_normal(struct rng *rng)
{
    for (uint32_t tries = 0; tries < ZIGGURAT_TRIES_MAX; tries++) {
        const uint64_t bits = rng_u64(rng);
        const uint32_t layer = bits & (ZIGGURAT_LAYERS - 1);
        const double sign = (bits & ZIGGURAT_LAYERS) != 0 ? -1.0 : 1.0;
        const double x = ziggurat_place(bits) * ziggurat_normal_x[layer];
        if (x < ziggurat_normal_x[layer + 1]) {
            return sign * x;
        }
        if (layer == 0) {
            return sign * ziggurat_normal_tail(rng);
        }
        const double low = ziggurat_normal_y[layer];
        const double high = ziggurat_normal_y[layer + 1];
        if (low + rng_unit(rng) * (high - low) < fixed_exp(-0.5 * x * x)) {
            return sign * x;
        }
    }
    return 0;
}
