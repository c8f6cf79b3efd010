/*
 * fakes/cloud/instance_types.c - what an instance type offers and costs, in order of name.
 *
 * Source: EC2 instance type tables and the on-demand price list for Linux in us-east-1, 2024. The
 *         root volume is what we give every node (gp3, its price left out): a choice of ours.
 */
#include "fakes/cloud/instance_types.h"

#include <string.h>

#define TYPE_DISK_BYTES (INT64_C(100) * 1024 * 1024 * 1024)

/* name, vCPUs, GPUs, memory in MiB, price in thousandths of a US cent an hour (microusd / 10) */
#define TYPE(type_name, vcpus, gpu_count, mem_mib, price)                                          \
    GPU_TYPE(type_name, vcpus, gpu_count, NULL, mem_mib, price)
#define GPU_TYPE(type_name, vcpus, gpu_count, model, mem_mib, price)                               \
    {                                                                                              \
        .name = type_name, .cpu_milli = (vcpus) * 1000, .gpus = gpu_count, .gpu_model = model,     \
        .mem_bytes = MIB(mem_mib), .disk_bytes = TYPE_DISK_BYTES,                                  \
        .cost_microusd_hour = INT64_C(price) * 10                                                  \
    }

const struct instance_type instance_types[] = {
    TYPE("c5.12xlarge", 48, 0, 98304, 204000),
    TYPE("c5.18xlarge", 72, 0, 147456, 306000),
    TYPE("c5.2xlarge", 8, 0, 16384, 34000),
    TYPE("c5.4xlarge", 16, 0, 32768, 68000),
    TYPE("c5.9xlarge", 36, 0, 73728, 153000),
    TYPE("c5.large", 2, 0, 4096, 8500),
    TYPE("c5.xlarge", 4, 0, 8192, 17000),
    TYPE("c6g.large", 2, 0, 4096, 6800),
    TYPE("c6g.xlarge", 4, 0, 8192, 13600),
    GPU_TYPE("g4dn.12xlarge", 48, 4, "T4", 196608, 391200),
    GPU_TYPE("g4dn.2xlarge", 8, 1, "T4", 32768, 75200),
    GPU_TYPE("g4dn.xlarge", 4, 1, "T4", 16384, 52600),
    TYPE("i3.2xlarge", 8, 0, 62464, 62400),
    TYPE("i3.large", 2, 0, 15616, 15600),
    TYPE("i3.xlarge", 4, 0, 31232, 31200),
    TYPE("m5.12xlarge", 48, 0, 196608, 230400),
    TYPE("m5.16xlarge", 64, 0, 262144, 307200),
    TYPE("m5.24xlarge", 96, 0, 393216, 460800),
    TYPE("m5.2xlarge", 8, 0, 32768, 38400),
    TYPE("m5.4xlarge", 16, 0, 65536, 76800),
    TYPE("m5.8xlarge", 32, 0, 131072, 153600),
    TYPE("m5.large", 2, 0, 8192, 9600),
    TYPE("m5.xlarge", 4, 0, 16384, 19200),
    TYPE("m6g.large", 2, 0, 8192, 7700),
    TYPE("m6g.xlarge", 4, 0, 16384, 15400),
    TYPE("m6i.2xlarge", 8, 0, 32768, 38400),
    TYPE("m6i.4xlarge", 16, 0, 65536, 76800),
    TYPE("m6i.large", 2, 0, 8192, 9600),
    TYPE("m6i.xlarge", 4, 0, 16384, 19200),
    GPU_TYPE("p3.16xlarge", 64, 8, "V100", 499712, 2448000),
    GPU_TYPE("p3.2xlarge", 8, 1, "V100", 62464, 306000),
    GPU_TYPE("p3.8xlarge", 32, 4, "V100", 249856, 1224000),
    TYPE("r5.2xlarge", 8, 0, 65536, 50400),
    TYPE("r5.4xlarge", 16, 0, 131072, 100800),
    TYPE("r5.large", 2, 0, 16384, 12600),
    TYPE("r5.xlarge", 4, 0, 32768, 25200),
    TYPE("t3.2xlarge", 8, 0, 32768, 33280),
    TYPE("t3.large", 2, 0, 8192, 8320),
    TYPE("t3.medium", 2, 0, 4096, 4160),
    TYPE("t3.micro", 2, 0, 1024, 1040),
    TYPE("t3.nano", 2, 0, 512, 520),
    TYPE("t3.small", 2, 0, 2048, 2080),
    TYPE("t3.xlarge", 4, 0, 16384, 16640),
};

const uint32_t instance_types_count = COUNT_OF(instance_types);

const struct instance_type *
instance_type_find(const char *name)
{
    uint32_t low = 0;
    uint32_t high = instance_types_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = strcmp(instance_types[middle].name, name);
        if (order == 0) {
            return &instance_types[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}
