/*
 * churn FILE: creates a small PV domain with a port and a vCPU, destroys it, and so on until FILE exists. Prints how many there were.
 *
 * Nothing ever runs in them and xenstore does not know them: each lives for a moment, so whoever lists domains meanwhile
 * meets them in all states. That they are gone for good is for others to see; this program waits for none of them.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xenctrl.h>

static int create(xc_interface *xc, uint32_t *domid)
{
    struct xen_domctl_createdomain config;
    memset(&config, 0, sizeof config);
    config.max_vcpus = 1;
    config.max_evtchn_port = 1023;
    config.max_grant_frames = 4;
    config.max_maptrack_frames = 4;
#ifdef XEN_DOMCTL_GRANT_version
    config.grant_opts = XEN_DOMCTL_GRANT_version(1);
#endif
    /* From 4.22 on, 0 is refused and DOMID_ANY is any number; before, 0 is any. */
#ifdef DOMID_ANY
    *domid = DOMID_ANY;
#else
    *domid = 0;
#endif
    return xc_domain_create(xc, domid, &config);
}

int main(int argc, char **argv)
{
    xc_interface *xc = xc_interface_open(NULL, NULL, 0);
    unsigned count = 0;

    if (argc != 2 || !xc) {
        fprintf(stderr, "usage: churn FILE\n");
        return 2;
    }
    for (; access(argv[1], F_OK); count++) {
        uint32_t domid;
        if (create(xc, &domid)) {
            perror("churn: create");
            return 1;
        }
        if (xc_domain_max_vcpus(xc, domid, 1)) perror("churn: max_vcpus");
        if (xc_evtchn_alloc_unbound(xc, domid, 0) < 0) perror("churn: alloc_unbound");
        usleep(count % 4 * 50000);
        if (xc_domain_destroy(xc, domid)) perror("churn: destroy");
        /* Numbers only go up: a lister that is slower than this would run after them for ever. */
        usleep(250000);
    }
    printf("%u\n", count);
    return 0;
}
