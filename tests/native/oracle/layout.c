/*
 * The public Xen headers' own view of the shared page. Nothing here is run: the compiler writes the name, offset and size of every member
 * into the object's debug information, and the tests read them there. So no 32-bit libc and no Arm compiler is needed, only a compiler
 * whose types have the sizes and alignments of the guest's:
 *
 *   x86_64   -m64
 *   x86_32   -m32
 *   arm64    a 64-bit compiler with the x86 macros off and __aarch64__ on: the headers use fixed-width types only
 *   arm32    -m32 -malign-double with __arm__ on: Arm aligns 64-bit members to 8 bytes, i386 to 4
 */
#include <stddef.h>
#include <stdint.h>

/* xen.h takes no part of the C library; its interface version is that of tools, so that "flags" has its name. */
#define __XEN_TOOLS__ 1
#include <xen/xen.h>
#include <xen/event_channel.h>

struct shared_info shared_info;
struct vcpu_info vcpu_info;
struct vcpu_time_info vcpu_time_info;
struct arch_shared_info arch_shared_info;
struct evtchn_fifo_control_block evtchn_fifo_control_block;
