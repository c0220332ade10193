/*
 * libxenctrl.so.4.N, N being FAKEXEN_MINOR. Its calls are domctls and sysctls, which Xen refuses with EACCES when the library is of another
 * interface version; and what it fills has that version's layout. A host file can have the library behave as another version ("library N").
 */
#include "front.h"

#include <stdlib.h>
#include <string.h>

#define KIND "xenctrl"
#define OLDEST 8
#define NEWEST 23

/* xen/include/public/domctl.h and sysctl.h of 4.8 to 4.23 */
static const uint8_t domctl_version[] = { 0xc, 0xd, 0xf, 0x10, 0x11, 0x12, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x17, 0x17, 0x18, 0x18 };
static const uint8_t sysctl_version[] = { 0xe, 0xf, 0x10, 0x11, 0x12, 0x12, 0x13, 0x13, 0x14, 0x15, 0x15, 0x15, 0x15, 0x16, 0x16, 0x16 };

static int library_minor(void)
{
    return fx_host.library_minor ? fx_host.library_minor : FAKEXEN_MINOR;
}

static int mismatch(const uint8_t *versions)
{
    int host = fx_host.minor < OLDEST ? OLDEST : fx_host.minor > NEWEST ? NEWEST : fx_host.minor;

    return versions[host - OLDEST] == versions[library_minor() - OLDEST] ? 0 : EACCES;
}

/* 0, or what a domctl (sysctl) fails with; it has been complained of. */
static int enter_control(struct fx_handle *handle, const char *function, const uint8_t *versions)
{
    int error = front_enter(handle, KIND, function);

    if (!error && (error = mismatch(versions)))
        fx_handle_complain(handle, function, error);
    return error;
}

static int fail(struct fx_handle *handle, const char *function, int error)
{
    fx_handle_complain(handle, function, error);
    return -1;
}

void *xc_interface_open(void *logger, void *dombuild_logger, unsigned open_flags)
{
    (void)dombuild_logger, (void)open_flags;
    return front_open(__func__, KIND, logger);
}

int xc_interface_close(struct fx_handle *handle)
{
    return front_close(__func__, handle, KIND);
}

static size_t info_size(void)
{
    int minor = library_minor();

    if (minor < 10)
        return 96;
    if (minor < 16)
        return fx_host.is_arm ? 112 : 104;
    return fx_host.is_arm ? 120 : 112;
}

/* Xen 4.8 still had a flag for PVHv1, and the two after it one place higher. */
static uint32_t info_flags(const struct fx_domain *domain)
{
    uint32_t flags = domain->flags;

    if (library_minor() == 8)
        flags = (flags & ~(FX_XENSTORE | FX_HAP)) | (flags & (FX_XENSTORE | FX_HAP)) << 1;
    return flags;
}

static void fill_info(uint8_t *info, const struct fx_domain *domain)
{
    const uint64_t words[] = { domain->total_pages, domain->max_pages, domain->outstanding_pages, domain->shared_pages,
                               domain->paged_pages, domain->shared.frame, domain->cpu_time };
    const uint32_t flags = info_flags(domain);
    const uint16_t id = (uint16_t)fx_answered("domid", domain->id);

    memset(info, 0, info_size());
    memcpy(info, &id, 2);
    memcpy(info + 4, &flags, 4);
    memcpy(info + 8, words, sizeof(words));
    memcpy(info + 64, &domain->online_vcpus, 4);
    memcpy(info + 68, &domain->max_vcpu_id, 4);
    memcpy(info + 72, &domain->ssid, 4);
    memcpy(info + 76, domain->uuid, 16);
    memcpy(info + 92, &domain->cpupool, 4);
    if (library_minor() >= 16) {
        info[96] = domain->gpaddr_bits;
        memcpy(info + 104, &domain->emulation_flags, 4);
    } else if (library_minor() >= 10) {
        memcpy(info + 96, &domain->emulation_flags, 4);
    }
}

/* The whole array is copied back from libxc's bounce buffer, whatever Xen filled of it. */
int xc_domain_getinfolist(struct fx_handle *handle, uint32_t first, unsigned max, uint8_t *info)
{
    int error = enter_control(handle, __func__, sysctl_version);
    unsigned count = 0;

    if (error)
        return -1;
    memset(info, 0xa5, max * info_size());
    for (const struct fx_domain *domain = fx_domain_from(first); domain && count < max; domain = domain->next)
        fill_info(info + count++ * info_size(), domain);
    return (int)fx_answered(__func__, count);
}

#if FAKEXEN_MINOR >= 18
int xc_domain_getinfo_single(struct fx_handle *handle, uint32_t domid, uint8_t *info)
{
    const struct fx_domain *domain = fx_domain_exact(domid);

    if (enter_control(handle, __func__, domctl_version))
        return -1;
    if (!domain)
        return fail(handle, __func__, ESRCH);
    fill_info(info, domain);
    return 0;
}
#else
/* Its structure is made of bit fields that moved between versions, so nobody outside the tree can call it rightly. */
int xc_domain_getinfo(struct fx_handle *handle, uint32_t first, unsigned max, void *info)
{
    (void)first, (void)max, (void)info;
    fx_misuse("xc_domain_getinfo has no stable structure");
    return fail(handle, __func__, ENOSYS);
}
#endif

int xc_domain_get_guest_width(struct fx_handle *handle, uint32_t domid, unsigned *width)
{
    const struct fx_domain *domain;
    int error = enter_control(handle, __func__, domctl_version);

    /*
     * Fails with 1 where all others fail with -1. The real one leaves the width alone then; here it is made to look right, so that a caller
     * who takes 1 for success is found out.
     */
    *width = 4;
    if (error)
        return 1;
    domain = fx_domain_exact(domid);
    if (!domain)
        return -fail(handle, __func__, ESRCH);
    if (fx_host.is_arm)
        return -fail(handle, __func__, ENOSYS);
    if (domain->flags & FX_HVM) {
        if (fx_host.minor >= 12)
            return -fail(handle, __func__, EOPNOTSUPP);
        *width = 8;
        return 0;
    }
    *width = domain->guest_width;
    return 0;
}

/* xc_vcpuinfo_t; filled even when the call fails. */
int xc_vcpu_getinfo(struct fx_handle *handle, uint32_t domid, uint32_t vcpu, uint8_t *info)
{
    const struct fx_domain *domain;
    const struct fx_vcpu *state;
    int error = enter_control(handle, __func__, domctl_version);

    memset(info, 0xa5, 24);
    if (error)
        return -1;
    domain = fx_domain_exact(domid);
    if (!domain)
        return fail(handle, __func__, ESRCH);
    if (vcpu >= domain->vcpu_count)
        return fail(handle, __func__, fx_host.minor >= 18 ? ENOENT : EINVAL);
    state = &domain->vcpus[vcpu];
    if (!state->exists)
        return fail(handle, __func__, fx_host.minor >= 18 ? ENOENT : ESRCH);
    memcpy(info, &vcpu, 4);
    info[4] = (uint8_t)fx_answered("online", state->online);
    info[5] = (uint8_t)fx_answered("blocked", state->blocked);
    info[6] = (uint8_t)fx_answered("running", state->running);
    memcpy(info + 8, &state->cpu_time, 8);
    memcpy(info + 16, &state->cpu, 4);
    return 0;
}

/* The vCPU if it is there; else NULL, and it has been complained of. */
static const struct fx_vcpu *context_of(struct fx_handle *handle, const char *function, uint32_t domid, uint32_t vcpu, bool is_hvm)
{
    const struct fx_domain *domain;

    if (enter_control(handle, function, domctl_version))
        return NULL;
    domain = fx_domain_exact(domid);
    if (!domain || domain->flags & FX_DYING || !(domain->flags & FX_HVM) == is_hvm) {
        fail(handle, function, !domain ? ESRCH : EINVAL);
        return NULL;
    }
    if (vcpu >= domain->vcpu_count || !domain->vcpus[vcpu].exists || !domain->vcpus[vcpu].online) {
        fail(handle, function, ENODATA);
        return NULL;
    }
    return &domain->vcpus[vcpu];
}

/* vcpu_guest_context_any_t: as large as that of a 64-bit guest, also for a 32-bit one. The rest is not zero. */
int xc_vcpu_getcontext(struct fx_handle *handle, uint32_t domid, uint32_t vcpu, uint8_t *context)
{
    const struct fx_domain *domain = fx_domain_exact(domid);
    const struct fx_vcpu *state = context_of(handle, __func__, domid, vcpu, false);

    if (!state)
        return -1;
    memset(context, 0xa5, 5168);
    if (domain->guest_width == 4) {
        memcpy(context + 548, &state->rip, 4);
        memcpy(context + 2784, &state->event_callback, 4);
    } else {
        memcpy(context + 648, &state->rip, 8);
        memcpy(context + 5112, &state->event_callback, 8);
    }
    return 0;
}

/* Xen fails where the buffer is too small for the record (since 4.11). The whole buffer is copied back. */
int xc_domain_hvm_getcontext_partial(struct fx_handle *handle, uint32_t domid, uint16_t type, uint16_t instance, uint8_t *buffer,
                                     uint32_t size)
{
    static const uint32_t sizes[] = { [2] = 1032, [5] = 24, [6] = 1024 };
    const struct fx_vcpu *state = context_of(handle, __func__, domid, instance, true);

    if (!state)
        return -1;
    if (type >= sizeof(sizes) / sizeof(*sizes) || !sizes[type])
        return fail(handle, __func__, EINVAL);
    if (size < sizes[type])
        return fail(handle, __func__, ENOSPC);
    memset(buffer, 0xa5, size);
    if (type == 2) {
        memcpy(buffer + 640, &state->rip, 8);
        memcpy(buffer + 648, &state->rflags, 8);
    } else if (type == 5)
        memcpy(buffer + 8, &state->apic_disabled, 4);
    else
        memcpy(buffer, state->apic, sizeof(state->apic));
    return 0;
}

int xc_hvm_param_get(struct fx_handle *handle, uint32_t domid, uint32_t parameter, uint64_t *value)
{
    const struct fx_domain *domain;

    if (front_enter(handle, KIND, __func__))
        return -1;
    domain = fx_domain_exact(domid);
    if (!domain || !(domain->flags & FX_HVM) || parameter != 0)
        return fail(handle, __func__, domain ? EINVAL : ESRCH);
    *value = domain->callback_irq;
    return 0;
}

/* Xen pauses the domain, which the caller's own cannot be. */
int xc_domain_get_tsc_info(struct fx_handle *handle, uint32_t domid, uint32_t *mode, uint64_t *elapsed, uint32_t *khz,
                           uint32_t *incarnation)
{
    const struct fx_domain *domain;

    if (enter_control(handle, __func__, domctl_version))
        return -1;
    domain = fx_domain_exact(domid);
    if (!domain)
        return fail(handle, __func__, ESRCH);
    if (domain->id == fx_host.self)
        return fail(handle, __func__, EINVAL);
    *mode = domain->tsc_mode;
    *elapsed = domain->tsc_elapsed;
    *khz = domain->tsc_khz;
    *incarnation = domain->tsc_incarnation;
    return 0;
}

/* Silent at errors, as the real one. */
int xc_evtchn_status(struct fx_handle *handle, struct fx_event_status *status)
{
    int error;

    if (!fx_handle_check(handle, KIND))
        return -1;
    error = fx_enter(__func__);
    if (!error)
        error = -fx_event_status(status);
    if (!error)
        return 0;
    errno = error;
    return -1;
}

int xc_version(struct fx_handle *handle, int command, void *argument)
{
    if (front_enter(handle, KIND, __func__))
        return -1;
    return (int)fx_answered(__func__, (uint64_t)front_return(handle, __func__, fx_version(command, argument)));
}

void *xc_map_foreign_range(struct fx_handle *handle, uint32_t dom, int size, int prot, unsigned long frame)
{
    const size_t pages = ((size_t)size + FX_PAGE - 1) / FX_PAGE;
    uint64_t frames[16];
    void *area;

    if (front_enter(handle, KIND, __func__))
        return NULL;
    for (size_t i = 0; i < pages && i < 16; i++)
        frames[i] = frame + i;
    area = fx_map(dom, prot, pages, frames, NULL);
    if (!area)
        fx_handle_complain(handle, __func__, errno);
    return area;
}

void *xc_map_foreign_pages(struct fx_handle *handle, uint32_t dom, int prot, const uint64_t *frames, int count)
{
    return front_enter(handle, KIND, __func__) ? NULL : fx_map(dom, prot, (size_t)count, frames, NULL);
}

void *xc_map_foreign_bulk(struct fx_handle *handle, uint32_t dom, int prot, const uint64_t *frames, int *errors, unsigned count)
{
    return front_enter(handle, KIND, __func__) ? NULL : fx_map(dom, prot, count, frames, errors);
}

static int pause(struct fx_handle *handle, const char *function, uint32_t domid, int by)
{
    struct fx_domain *domain;

    if (enter_control(handle, function, domctl_version))
        return -1;
    domain = fx_domain_exact(domid);
    if (!domain)
        return fail(handle, function, ESRCH);
    if (by < 0 && domain->pause_count == 0)
        return fail(handle, function, EINVAL);
    domain->pause_count += by;
    domain->flags = domain->pause_count ? domain->flags | FX_PAUSED : domain->flags & ~FX_PAUSED;
    return 0;
}

int xc_domain_pause(struct fx_handle *handle, uint32_t domid)
{
    return pause(handle, __func__, domid, 1);
}

int xc_domain_unpause(struct fx_handle *handle, uint32_t domid)
{
    return pause(handle, __func__, domid, -1);
}

/* A key does what "when debug_key ..." says in the host file. Others than 'e' are not harmless: 'q' interrupts every guest. */
int xc_send_debug_keys(struct fx_handle *handle, const char *keys)
{
    if (enter_control(handle, __func__, sysctl_version))
        return -1;
    if (strcmp(keys, "e") != 0)
        fx_misuse("another debug key than 'e' was pressed");
    fx_enter("debug_key");
    return 0;
}

int xc_readconsolering(struct fx_handle *handle, char *buffer, unsigned *size, int clear, int incremental, uint32_t *index)
{
    if (enter_control(handle, __func__, sysctl_version))
        return -1;
    if (clear)
        fx_misuse("the console ring was cleared, which takes it from everyone");
    *size = (unsigned)fx_answered(__func__, fx_console_read(buffer, *size, incremental && index, index));
    if (index)
        *index = (uint32_t)fx_answered("console_index", *index);
    return 0;
}
