/* What the hypervisor itself answers, by hypercall or through libxenctrl. Results are Xen's: 0 or more, or a negative errno. */
#include "fakexen.h"

#include <errno.h>
#include <string.h>

#define HYPERCALL_multicall 13
#define HYPERCALL_xen_version 17
#define HYPERCALL_event_channel_op 32
#define EVTCHNOP_send 4
#define EVTCHNOP_status 5

struct multicall_entry {
    uint64_t op, result, args[6];
};

/* From 4.15 to 4.18 Xen refuses to tell about ports that it consumes itself; before and after, they look unbound. */
static bool hides_consumed_ports(void)
{
    return fx_host.minor >= 15 && fx_host.minor <= 18;
}

int fx_event_status(struct fx_event_status *status)
{
    const struct fx_domain *domain = fx_domain_exact(status->dom);
    const struct fx_port *port;

    if (!domain)
        return -ESRCH;
    if (status->port >= domain->valid_ports)
        return -EINVAL;
    port = &domain->ports[status->port];
    if (port->state == FX_XEN_CONSUMED && hides_consumed_ports())
        return -EACCES;

    /* Fields that a status does not have keep what the caller left there. */
    status->status = port->state == FX_XEN_CONSUMED ? FX_UNBOUND : port->state;
    switch (port->state) {
    case FX_CLOSED:
        break;
    case FX_UNBOUND:
    case FX_XEN_CONSUMED:
        status->u.remote.dom = port->remote_domid;
        break;
    case FX_INTERDOMAIN:
        status->u.remote.dom = port->remote_domid;
        status->u.remote.port = port->number;
        break;
    case FX_PIRQ:
    case FX_VIRQ:
        status->u.irq = port->number;
        break;
    case FX_IPI:
        break;
    }
    status->vcpu = port->vcpu;
    status->status = (uint32_t)fx_answered("evtchn_status", status->status);
    return 0;
}

/* The caller sends on a port of its own; what the other end sees is the bit in its page, as for a two-level guest. */
int fx_event_send(uint32_t number)
{
    struct fx_domain *caller = fx_domain_exact(FX_DOMID_SELF), *remote;
    const struct fx_port *port;

    if (!caller || number >= caller->valid_ports)
        return -EINVAL;
    port = &caller->ports[number];
    if (port->state == FX_UNBOUND)
        return 0;
    if (port->state != FX_INTERDOMAIN)
        return -EINVAL;
    remote = fx_domain_exact(port->remote_domid);
    if (remote && remote->shared.bytes && port->number < 4096)
        __atomic_fetch_or(remote->shared.bytes + 2048 + port->number / 8, 1 << port->number % 8, __ATOMIC_SEQ_CST);
    return 0;
}

static void text(void *argument, size_t size, const char *content)
{
    memset(argument, 0, size);
    memcpy(argument, content, strlen(content));
}

long fx_version(int command, void *argument)
{
    switch (command) {
    case 0:
        return fx_host.major << 16 | fx_host.minor;
    case 1:
        text(argument, 16, fx_host.extra);
        return 0;
    case 2:
        memset(argument, 0, 144);
        return 0;
    case 3:
        text(argument, 1024, fx_host.is_arm ? "xen-3.0-aarch64" : "xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_64");
        return 0;
    case 4:
        text(argument, 64, "fake");
        return 0;
    case 7:
        return FX_PAGE;
    case 9:
        text(argument, 1024, "placeholder");
        return 0;
    default:
        return -ENOSYS;
    }
}

static size_t version_size(int command)
{
    static const size_t sizes[] = { 0, 16, 144, 1024, 64, 8, 8, 0, 16, 1024 };

    return command >= 0 && command < (int)(sizeof(sizes) / sizeof(*sizes)) ? sizes[command] : 0;
}

static long event_channel_op(uint64_t command, void *argument)
{
    struct fx_event_status *status = argument;
    int error;

    switch (command) {
    case EVTCHNOP_status:
        if (!fx_buffer_holds(argument, sizeof(*status)))
            return -EFAULT;
        error = fx_enter("evtchn_status");
        return error ? -error : fx_event_status(status);
    case EVTCHNOP_send:
        if (!fx_buffer_holds(argument, sizeof(uint32_t)))
            return -EFAULT;
        error = fx_enter("evtchn_send");
        return error ? -error : fx_event_send(*(uint32_t *)argument);
    default:
        return -ENOSYS;
    }
}

static long multicall(struct multicall_entry *entries, uint64_t count)
{
    int error = fx_enter("multicall");

    if (error)
        return -error;
    if (!fx_buffer_holds(entries, count * sizeof(*entries)))
        return -EFAULT;
    fx_counters.multicall_entries += count;
    if (count > fx_counters.largest_multicall)
        fx_counters.largest_multicall = count;
    for (uint64_t i = 0; i < count; i++) {
        /* A multicall within a multicall is refused (common/multicall.c). */
        if (entries[i].op == HYPERCALL_multicall)
            entries[i].result = (uint64_t)-EINVAL;
        else
            entries[i].result = fx_answered("multicall_entry", (uint64_t)fx_hypercall((unsigned int)entries[i].op, entries[i].args));
    }
    return 0;
}

long fx_hypercall(unsigned int operation, const uint64_t *arguments)
{
    void *argument = (void *)(uintptr_t)arguments[1];

    switch (operation) {
    case HYPERCALL_event_channel_op:
        return event_channel_op(arguments[0], argument);
    case HYPERCALL_multicall:
        return multicall((void *)(uintptr_t)arguments[0], arguments[1]);
    case HYPERCALL_xen_version: {
        int error = fx_enter("xen_version");
        if (error)
            return -error;
        if (version_size((int)arguments[0]) && !fx_buffer_holds(argument, version_size((int)arguments[0])))
            return -EFAULT;
        return fx_version((int)arguments[0], argument);
    }
    default:
        return -ENOSYS;
    }
}
