/* libxenforeignmemory.so.1 */
#include "front.h"

#define KIND "xenforeignmemory"

void *xenforeignmemory_open(void *logger, unsigned open_flags)
{
    (void)open_flags;
    return front_open(__func__, KIND, logger);
}

int xenforeignmemory_close(struct fx_handle *handle)
{
    return front_close(__func__, handle, KIND);
}

static void *map(struct fx_handle *handle, uint32_t dom, int prot, size_t pages, const uint64_t *frames, int *errors)
{
    void *area;

    if (front_enter(handle, KIND, "xenforeignmemory_map"))
        return NULL;
    area = fx_map(dom, prot, pages, frames, errors);
    if (!area)
        fx_handle_complain(handle, "xenforeignmemory_map", errno);
    return area;
}

void *xenforeignmemory_map(struct fx_handle *handle, uint32_t dom, int prot, size_t pages, const uint64_t *frames, int *errors)
{
    return map(handle, dom, prot, pages, frames, errors);
}

/* 1.2 and later; the wanted address and the flags make no difference here. */
void *xenforeignmemory_map2(struct fx_handle *handle, uint32_t dom, void *address, int prot, int flags, size_t pages,
                            const uint64_t *frames, int *errors)
{
    (void)address, (void)flags;
    return map(handle, dom, prot, pages, frames, errors);
}

int xenforeignmemory_unmap(struct fx_handle *handle, void *address, size_t pages)
{
    int error = fx_enter(__func__);

    if (!fx_handle_check(handle, KIND) || fx_unmap(address, pages) != 0)
        return -1;
    errno = error;
    return error ? -1 : 0;
}
