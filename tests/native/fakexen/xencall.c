/* libxencall.so.1 */
#include "front.h"

#define KIND "xencall"

void *xencall_open(void *logger, unsigned open_flags)
{
    (void)open_flags;
    return front_open(__func__, KIND, logger);
}

int xencall_close(struct fx_handle *handle)
{
    return front_close(__func__, handle, KIND);
}

void *xencall_alloc_buffer(struct fx_handle *handle, size_t size)
{
    return front_enter(handle, KIND, __func__) ? NULL : fx_buffer_alloc(handle, size);
}

void xencall_free_buffer(struct fx_handle *handle, void *buffer)
{
    fx_enter(__func__);
    if (fx_handle_check(handle, KIND))
        fx_buffer_free(handle, buffer);
}

void *xencall_alloc_buffer_pages(struct fx_handle *handle, size_t pages)
{
    return front_enter(handle, KIND, __func__) ? NULL : fx_buffer_alloc(handle, pages * FX_PAGE);
}

void xencall_free_buffer_pages(struct fx_handle *handle, void *buffer, size_t pages)
{
    (void)pages;
    xencall_free_buffer(handle, buffer);
}

/* Silent at errors, as the real one. */
static long call(struct fx_handle *handle, unsigned op, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
    const uint64_t arguments[] = { a1, a2, a3, a4, a5 };
    long result;

    if (!fx_handle_check(handle, KIND))
        return -1;
    if ((errno = fx_enter("xencall2")))
        return -1;
    result = fx_hypercall(op, arguments);
    if (result >= 0)
        return result;
    errno = (int)-result;
    return -1;
}

int xencall0(struct fx_handle *handle, unsigned op)
{
    return (int)call(handle, op, 0, 0, 0, 0, 0);
}

int xencall1(struct fx_handle *handle, unsigned op, uint64_t a1)
{
    return (int)call(handle, op, a1, 0, 0, 0, 0);
}

int xencall2(struct fx_handle *handle, unsigned op, uint64_t a1, uint64_t a2)
{
    return (int)call(handle, op, a1, a2, 0, 0, 0);
}

int xencall3(struct fx_handle *handle, unsigned op, uint64_t a1, uint64_t a2, uint64_t a3)
{
    return (int)call(handle, op, a1, a2, a3, 0, 0);
}

int xencall4(struct fx_handle *handle, unsigned op, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4)
{
    return (int)call(handle, op, a1, a2, a3, a4, 0);
}

int xencall5(struct fx_handle *handle, unsigned op, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
    return (int)call(handle, op, a1, a2, a3, a4, a5);
}

long xencall2L(struct fx_handle *handle, unsigned op, uint64_t a1, uint64_t a2)
{
    return call(handle, op, a1, a2, 0, 0, 0);
}
