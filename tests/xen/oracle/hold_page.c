/*
 * hold_page DOMID [FRAME]: maps a page of a domain, by default its shared page, says so, and keeps it until it is ended, as a debugger
 * does that was forgotten. Xen cannot end a domain meanwhile.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenforeignmemory.h>

int main(int argc, char **argv)
{
    xc_interface *xch = xc_interface_open(NULL, NULL, 0);
    xenforeignmemory_handle *memory = xenforeignmemory_open(NULL, 0);
    uint32_t domid = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    xc_domaininfo_t info;
    xen_pfn_t frame;

    if (!domid || !xch || !memory || xc_domain_getinfolist(xch, domid, 1, &info) != 1 || info.domain != domid) {
        fprintf(stderr, "hold_page: no such guest\n");
        return 1;
    }
    frame = argc > 2 ? strtoull(argv[2], NULL, 0) : info.shared_info_frame;
    if (!xenforeignmemory_map(memory, domid, PROT_READ, 1, &frame, NULL)) {
        perror("hold_page: xenforeignmemory_map");
        return 1;
    }
    puts("held");
    fflush(stdout);
    pause();
    return 0;
}
