/*
 * platform/base/assert.h - ASSERT: what only our own bug can do. On in every build.
 *
 * assert_failed() prints place, condition and the reproducing command, and aborts; it is defined by
 * the program (platform/cli/assert_report.c), because what it prints is state of the program.
 */
#ifndef PLATFORM_BASE_ASSERT_H
#define PLATFORM_BASE_ASSERT_H

__attribute__((noreturn, cold)) void assert_failed(const char *file, int line,
                                                   const char *condition);

#define ASSERT(condition)                                                                          \
    ((condition) ? (void)0 : assert_failed(__FILE__, __LINE__, #condition))

#endif
