/* platform/backends/haproxy/haproxy_check.c - `haproxy -c` on the next configuration. */
#include "platform/backends/haproxy/haproxy_machine.h"

#include <signal.h>

#include "platform/base/memory.h"

static const size_t check_output_len_max = 64 * 1024;

struct haproxy_check {
    struct haproxy     *haproxy; /* borrowed; NULL: nobody waits for it any more */
    struct haproxy     *owner;   /* borrowed: counts it as a part */
    haproxy_checked_fn *done;
    uv_process_t        process;
    uv_pipe_t           pipe;
    struct strbuf       output;
    uint32_t            handles_count;
    bool                valid;
    bool                running;
    char                bytes[4096];
};

/* Both handles are closed: what there is to know is known. */
static void
check_finish(struct haproxy_check *check)
{
    struct haproxy *haproxy = check->haproxy;
    struct haproxy *owner = check->owner;
    if (haproxy != NULL) {
        haproxy->check = NULL;
        check->done(haproxy, check->valid, strbuf_text(&check->output));
    }
    strbuf_fini(&check->output);
    memory_free(check);
    haproxy_part_closed(owner);
}

static void
check_handle_closed(uv_handle_t *handle)
{
    struct haproxy_check *check = handle->data;
    ASSERT(check->handles_count > 0);
    check->handles_count--;
    if (check->handles_count == 0) {
        check_finish(check);
    }
}

static void
check_exited(uv_process_t *process, int64_t exit_code, int signal)
{
    struct haproxy_check *check = process->data;
    check->running = false;
    check->valid = exit_code == 0 && signal == 0;
    uv_close((uv_handle_t *)process, check_handle_closed);
}

static void
check_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    (void)suggested;
    struct haproxy_check *check = handle->data;
    *ret_buf = uv_buf_init(check->bytes, sizeof(check->bytes));
}

static void
check_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct haproxy_check *check = stream->data;
    if (len > 0 && check->output.len + (size_t)len <= check_output_len_max) {
        strbuf_add_bytes(&check->output, buf->base, (size_t)len);
    }
    if (len < 0 && !uv_is_closing((uv_handle_t *)stream)) {
        uv_close((uv_handle_t *)stream, check_handle_closed);
    }
}

void
haproxy_check_start(struct haproxy *haproxy, haproxy_checked_fn *done)
{
    ASSERT(haproxy->check == NULL);
    struct haproxy_check *check = memory_alloc_zero(1, sizeof(*check));
    *check = (struct haproxy_check){ .haproxy = haproxy, .owner = haproxy, .done = done };
    haproxy->check = check;
    haproxy->parts_open++;

    (void)uv_pipe_init(haproxy->loop, &check->pipe, 0);
    check->pipe.data = check;
    check->process.data = check;
    check->handles_count = 2;

    char *args[] = { haproxy->binary, (char[]){ "-c" }, (char[]){ "-f" }, haproxy->paths.next,
                     NULL };
    uv_stdio_container_t stdio[3] = {
        { .flags = UV_IGNORE },
        { .flags = UV_IGNORE },
        { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&check->pipe },
    };
    const uv_process_options_t options = {
        .exit_cb = check_exited,
        .file = haproxy->binary,
        .args = args,
        .flags = UV_PROCESS_DETACHED, /* Ctrl-C at the terminal must not read as "invalid" */
        .stdio = stdio,
        .stdio_count = 3,
    };
    const int result = uv_spawn(haproxy->loop, &check->process, &options);
    if (result < 0) {
        strbuf_printf(&check->output, "cannot start %s: %s", haproxy->binary, uv_strerror(result));
        uv_close((uv_handle_t *)&check->process, check_handle_closed);
        uv_close((uv_handle_t *)&check->pipe, check_handle_closed);
        return;
    }
    check->running = true;
    if (uv_read_start((uv_stream_t *)&check->pipe, check_allocate, check_read) < 0) {
        uv_close((uv_handle_t *)&check->pipe, check_handle_closed);
    }
}

void
haproxy_check_drop(struct haproxy *haproxy)
{
    struct haproxy_check *check = haproxy->check;
    if (check == NULL) {
        return;
    }
    check->haproxy = NULL;
    haproxy->check = NULL;
    if (check->running) {
        (void)uv_process_kill(&check->process, SIGKILL);
    }
    if (!uv_is_closing((uv_handle_t *)&check->pipe)) {
        uv_close((uv_handle_t *)&check->pipe, check_handle_closed);
    }
}
