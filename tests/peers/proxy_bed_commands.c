/*
 * tests/peers/proxy_bed_commands.c - commands run beside the bed, whose instances answer meanwhile.
 */
#include "tests/peers/proxy_bed_haproxy.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "platform/base/memory.h"

struct bed_command {
    uv_process_t        process;
    uv_pipe_t           pipe;
    struct haproxy_bed *half;
    uint32_t            handles_count;
    char                bytes[4096];
};

static void
command_handle_closed(uv_handle_t *handle)
{
    ((struct bed_command *)handle->data)->handles_count--;
}

static void
command_exited(uv_process_t *process, int64_t exit_code, int signal)
{
    (void)exit_code;
    (void)signal;
    uv_close((uv_handle_t *)process, command_handle_closed);
}

static void
command_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    (void)suggested;
    struct bed_command *command = handle->data;
    *ret_buf = uv_buf_init(command->bytes, sizeof command->bytes);
}

static void
command_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct bed_command *command = stream->data;
    if (len > 0) {
        strbuf_add_bytes(&command->half->printed, buf->base, (size_t)len);
    } else if (len < 0) {
        uv_close((uv_handle_t *)stream, command_handle_closed);
    }
}

static bool
command_is_over(void *context)
{
    return ((const struct bed_command *)context)->handles_count == 0;
}

const char *
haproxy_bed_run(struct haproxy_bed *half, const char *text)
{
    struct bed_command *command = memory_alloc_zero(1, sizeof *command);
    char *args[] = { (char[]){ "sh" }, (char[]){ "-c" }, (char *)(uintptr_t)text, NULL };
    command->half = half;
    (void)uv_pipe_init(&half->loop, &command->pipe, 0);
    uv_stdio_container_t stdio[3] = {
        { .flags = UV_IGNORE },
        { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
          .data.stream = (uv_stream_t *)&command->pipe },
        { .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO },
    };
    const uv_process_options_t options = { .file = "/bin/sh", .args = args, .stdio = stdio,
                                           .stdio_count = 3, .exit_cb = command_exited };
    strbuf_clear(&half->printed);
    cr_assert(uv_spawn(&half->loop, &command->process, &options) == 0, "no shell");
    command->process.data = command;
    command->pipe.data = command;
    command->handles_count = 2;
    (void)uv_read_start((uv_stream_t *)&command->pipe, command_allocate, command_read);
    bed_wait(half->bed, command_is_over, command);
    memory_free(command);
    return strbuf_text(&half->printed);
}

const char *
haproxy_bed_curl(struct haproxy_bed *half, const char *format, ...)
{
    struct strbuf text = { 0 };
    char words[1024];
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(words, sizeof words, format, args);
    va_end(args);
    cr_assert(len > 0 && (size_t)len < sizeof words);
    strbuf_printf(&text, "curl -sS -m 10 --noproxy '*' %s", words);
    const char *printed = haproxy_bed_run(half, strbuf_text(&text));
    strbuf_fini(&text);
    return printed;
}
