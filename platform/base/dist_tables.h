/*
 * platform/base/dist_tables.h - numbers worked out beforehand. For dist_ziggurat.c and fixed_math.c
 * alone.
 *
 * Source: the layers are those of Marsaglia and Tsang, "The Ziggurat Method for Generating Random
 *         Variables" (2000), with 256 of them; layer 0 is the base strip with the tail, of which
 *         x[0] is the width that a rectangle of the same area and height would have.
 */
#ifndef PLATFORM_BASE_DIST_TABLES_H
#define PLATFORM_BASE_DIST_TABLES_H

enum { ZIGGURAT_LAYERS = 256, EXP_STEPS = 128 };

extern const double ziggurat_exponential_x[ZIGGURAT_LAYERS + 1];
extern const double ziggurat_exponential_y[ZIGGURAT_LAYERS + 1];
extern const double ziggurat_normal_x[ZIGGURAT_LAYERS + 1];
extern const double ziggurat_normal_y[ZIGGURAT_LAYERS + 1];
extern const double exp_steps[EXP_STEPS];

#endif
