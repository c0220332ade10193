/*
 * The public Xen headers' own view of what the calls about a vCPU's processor state give; see layout.c for how it is read.
 */
#include <stddef.h>
#include <stdint.h>

#define __XEN_TOOLS__ 1
#include <xen/xen.h>
#include <xen/hvm/save.h>
#include <xen/hvm/params.h>

struct vcpu_guest_context vcpu_guest_context;
#ifdef __x86_64__
struct hvm_save_descriptor hvm_save_descriptor;
struct hvm_save_header hvm_save_header;
struct hvm_hw_cpu hvm_hw_cpu;
struct hvm_hw_lapic hvm_hw_lapic;
struct hvm_hw_lapic_regs hvm_hw_lapic_regs;

/* The bytes of an array are a number that is no part of a structure. */
struct context_constants {
    char header_type[HVM_SAVE_CODE(HEADER)];
    char end_type_and_one[HVM_SAVE_CODE(END) + 1];
    char vgcf_online[VGCF_online];
    char cpu_type[HVM_SAVE_CODE(CPU)];
    char lapic_type[HVM_SAVE_CODE(LAPIC)];
    char lapic_regs_type[HVM_SAVE_CODE(LAPIC_REGS)];
    char callback_irq_and_one[HVM_PARAM_CALLBACK_IRQ + 1];
    char callback_type_vector[HVM_PARAM_CALLBACK_TYPE_VECTOR];
    char callback_type_pci[HVM_PARAM_CALLBACK_TYPE_PCI_INTX];
} context_constants;
#endif
