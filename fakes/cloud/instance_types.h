/*
 * fakes/cloud/instance_types.h - what an instance type offers and costs.
 *
 * Source: the EC2 on-demand price list for Linux in us-east-1 as publicly known in 2024.
 */
#ifndef FAKES_CLOUD_INSTANCE_TYPES_H
#define FAKES_CLOUD_INSTANCE_TYPES_H

#include "platform/base/common.h"

struct instance_type {
    const char *name; /* "m5.xlarge" */
    int32_t     cpu_milli;
    int32_t     gpus;
    const char *gpu_model; /* "V100"; NULL: it has none, or says nothing of them */
    int64_t     mem_bytes;
    int64_t     disk_bytes; /* of the root volume that a node gets */
    int64_t     cost_microusd_hour;
};

extern const struct instance_type instance_types[];
extern const uint32_t             instance_types_count;

const struct instance_type *instance_type_find(const char *name); /* or NULL */

#endif
