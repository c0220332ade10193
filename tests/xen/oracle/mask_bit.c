/*
 * mask_bit DOMID set|clear PORT: one atomic operation on a 64-bit domain's event mask, as a guest would do it itself. Prints whether the
 * bit was set before.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenctrl.h>
#include <xenforeignmemory.h>

int main(int argc, char **argv)
{
    xc_interface *xc;
    xenforeignmemory_handle *memory;
    xc_domaininfo_t info;
    xen_pfn_t frame;
    shared_info_t *shared;
    unsigned domid, port;
    unsigned long bit, before;
    int error = 0;

    if (argc != 4) {
        fprintf(stderr, "usage: mask_bit DOMID set|clear PORT\n");
        return 2;
    }
    domid = strtoul(argv[1], NULL, 10);
    port = strtoul(argv[3], NULL, 10);
    xc = xc_interface_open(NULL, NULL, 0);
    memory = xenforeignmemory_open(NULL, 0);
    if (!xc || !memory || xc_domain_getinfolist(xc, domid, 1, &info) != 1 || info.domain != domid || port >= 4096) {
        fprintf(stderr, "mask_bit: no such domain or port\n");
        return 1;
    }
    frame = info.shared_info_frame;
    shared = xenforeignmemory_map(memory, domid, 3 /* PROT_READ | PROT_WRITE */, 1, &frame, &error);
    if (!shared || error) {
        fprintf(stderr, "mask_bit: map: %s\n", strerror(error ? -error : errno));
        return 1;
    }
    bit = 1ul << (port % 64);
    before = !strcmp(argv[2], "set") ? __sync_fetch_and_or(&shared->evtchn_mask[port / 64], bit)
                                     : __sync_fetch_and_and(&shared->evtchn_mask[port / 64], ~bit);
    printf("%d\n", (before & bit) != 0);
    xenforeignmemory_unmap(memory, shared, 1);
    return 0;
}
