/*
 * unbound_ports DOMID COUNT: gives a domain that many more ports, open to domain 0, without informing the domain. Prints the last one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <xenctrl.h>

int main(int argc, char **argv)
{
    xc_interface *xc = xc_interface_open(NULL, NULL, 0);
    int port = -1;

    if (argc != 3 || !xc) {
        fprintf(stderr, "usage: unbound_ports DOMID COUNT\n");
        return 2;
    }
    for (int count = atoi(argv[2]); count > 0; count--) {
        port = xc_evtchn_alloc_unbound(xc, strtoul(argv[1], NULL, 10), 0);
        if (port < 0) {
            perror("unbound_ports: xc_evtchn_alloc_unbound");
            return 1;
        }
    }
    printf("%d\n", port);
    return 0;
}
