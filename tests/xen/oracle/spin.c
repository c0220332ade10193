/*
 * spin DOMID pv|hvm: makes vCPU 0 of a guest loop with its interrupts off, as a kernel that hangs. The guest is lost then.
 *
 * PV: the event callback becomes a jump to itself, so the next event ends there, with evtchn_upcall_mask set by Xen. Others: the
 * instruction at which the vCPU is becomes a jump to itself, and its flag IF is cleared.
 */
#define XC_WANT_COMPAT_MAP_FOREIGN_API
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xenctrl.h>
#include <xen/hvm/save.h>

#define PAGE 4096

static int loop_at(xc_interface *xch, uint32_t domid, uint64_t address)
{
    static const uint8_t jump[] = { 0xeb, 0xfe };
    unsigned long frame = xc_translate_foreign_address(xch, domid, 0, address);
    uint8_t *page = frame ? xc_map_foreign_range(xch, domid, PAGE, PROT_READ | PROT_WRITE, frame) : NULL;

    if (!page || address % PAGE == PAGE - 1)
        return -1;
    memcpy(page + address % PAGE, jump, sizeof(jump));
    munmap(page, PAGE);
    return 0;
}

static int spin_pv(xc_interface *xch, uint32_t domid)
{
    static vcpu_guest_context_any_t context;

    return xc_vcpu_getcontext(xch, domid, 0, &context) ? -1 : loop_at(xch, domid, context.x64.event_callback_eip);
}

static int spin_hvm(xc_interface *xch, uint32_t domid)
{
    int size = xc_domain_hvm_getcontext(xch, domid, NULL, 0);
    uint8_t *records = size > 0 ? malloc(size) : NULL;

    if (!records || (size = xc_domain_hvm_getcontext(xch, domid, records, size)) < 0)
        return -1;
    for (int at = 0; at < size;) {
        const struct hvm_save_descriptor *record = (void *)(records + at);

        if (record->typecode == HVM_SAVE_CODE(CPU) && record->instance == 0) {
            HVM_SAVE_TYPE(CPU) *cpu = (void *)(record + 1);

            cpu->rflags &= ~0x200ul;
            return loop_at(xch, domid, cpu->rip) ? -1 : xc_domain_hvm_setcontext(xch, domid, records, size);
        }
        at += sizeof(*record) + record->length;
    }
    return -1;
}

int main(int argc, char **argv)
{
    uint32_t domid = argc == 3 ? atoi(argv[1]) : 0;
    xc_interface *xch = xc_interface_open(NULL, NULL, 0);

    if (!domid || !xch || xc_domain_pause(xch, domid)) {
        fprintf(stderr, "spin: no such guest\n");
        return 1;
    }
    if (strcmp(argv[2], "hvm") == 0 ? spin_hvm(xch, domid) : spin_pv(xch, domid)) {
        perror("spin");
        xc_domain_unpause(xch, domid);
        return 1;
    }
    return xc_domain_unpause(xch, domid) ? 1 : 0;
}
