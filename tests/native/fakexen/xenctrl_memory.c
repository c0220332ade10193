/*
 * libxenctrl.so.4.N, the calls about a guest's memory as a whole. The types of frames are a domctl, whose version xenctrl.c checks for its
 * other calls.
 */
#include "front.h"

#define KIND "xenctrl"

static int fail(struct fx_handle *handle, const char *function, int error)
{
    fx_handle_complain(handle, function, error);
    return -1;
}

/* The end of the highest run of frames, the shared page included. */
static uint64_t highest_frame(const struct fx_domain *domain)
{
    uint64_t highest = domain->shared.bytes && domain->shared.frame != FX_NO_FRAME ? domain->shared.frame : 0;

    for (size_t i = 0; i < domain->memory_count; i++) {
        uint64_t last = domain->memory[i].frame + domain->memory[i].pages - 1;
        if (last > highest)
            highest = last;
    }
    return highest;
}

int xc_domain_maximum_gpfn(struct fx_handle *handle, uint32_t domid, uint64_t *gpfns)
{
    int error = front_enter(handle, KIND, __func__);
    const struct fx_domain *domain;

    if (error)
        return -1;
    domain = fx_domain_exact(domid);
    if (!domain)
        return fail(handle, __func__, ESRCH);
    *gpfns = fx_answered(__func__, highest_frame(domain));
    return 0;
}

/*
 * In: frame numbers; out: their types, of which this host has "memory" and "nothing". A page of Xen's own, such as the shared one, counts
 * as nothing.
 */
int xc_get_pfn_type_batch(struct fx_handle *handle, uint32_t domid, unsigned int num, uint64_t *frames)
{
    int error = front_enter(handle, KIND, __func__);
    const struct fx_domain *domain;

    if (error)
        return -1;
    domain = fx_domain_exact(domid);
    if (!domain)
        return fail(handle, __func__, ESRCH);
    if (num > 1024)
        return fail(handle, __func__, E2BIG);
    for (unsigned int at = 0; at < num; at++) {
        uint64_t type = 0xf0000000;
        for (size_t i = 0; i < domain->memory_count; i++)
            if (frames[at] >= domain->memory[i].frame && frames[at] - domain->memory[i].frame < domain->memory[i].pages)
                type = 0;
        frames[at] = fx_answered(__func__, type);
    }
    return 0;
}

int xc_domain_get_pod_target(struct fx_handle *handle, uint32_t domid, uint64_t *total, uint64_t *cache, uint64_t *entries)
{
    int error = front_enter(handle, KIND, __func__);
    const struct fx_domain *domain;

    if (error)
        return -1;
    domain = fx_domain_exact(domid);
    if (!domain)
        return fail(handle, __func__, ESRCH);
    if (!(domain->flags & FX_HVM))
        return fail(handle, __func__, EINVAL);
    *total = domain->total_pages;
    *cache = 0;
    *entries = domain->pod_entries;
    return 0;
}
