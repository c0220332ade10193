/*
 * The public Xen headers' own view of what hypercalls and libxenctrl's calls take and give; see layout.c for how it is read.
 */
#include <stddef.h>
#include <stdint.h>

#define __XEN_TOOLS__ 1
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/domctl.h>

struct evtchn_status evtchn_status;
struct multicall_entry multicall_entry;
struct xen_domctl_getdomaininfo xen_domctl_getdomaininfo;
struct xen_domctl_getvcpuinfo xen_domctl_getvcpuinfo;
