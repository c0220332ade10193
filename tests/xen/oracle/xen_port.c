/*
 * xen_port DOMID FILE: gives a PVH or HVM domain a port that Xen itself consumes (that of its monitor ring), prints "ready", and removes it
 * once FILE exists; then empties its standard output, which must be a file, as the sign that it is done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xenctrl.h>

int main(int argc, char **argv)
{
    xc_interface *xc = xc_interface_open(NULL, NULL, 0);
    unsigned domid;
    uint32_t port;
    void *ring;

    if (argc != 3 || !xc) {
        fprintf(stderr, "usage: xen_port DOMID FILE\n");
        return 2;
    }
    domid = strtoul(argv[1], NULL, 10);
    ring = xc_monitor_enable(xc, domid, &port);
    if (!ring) {
        perror("xen_port: xc_monitor_enable");
        return 1;
    }
    printf("ready\n");
    fflush(stdout);
    while (access(argv[2], F_OK)) usleep(100000);
    munmap(ring, 4096);
    if (xc_monitor_disable(xc, domid)) perror("xen_port: xc_monitor_disable");
    return ftruncate(1, 0) ? 1 : 0;
}
