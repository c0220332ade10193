/*
 * bind-ports COUNT: opens that many ports from a guest to domain 0 with the kernel's event channel device, prints them, and keeps them
 * until it ends. The kernel manages such ports like its own: it has array pages for them and unmasks them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* linux/include/uapi/xen/evtchn.h */
struct ioctl_evtchn_bind_unbound_port {
    unsigned int remote_domain;
};
#define IOCTL_EVTCHN_BIND_UNBOUND_PORT _IOC(_IOC_NONE, 'E', 2, sizeof(struct ioctl_evtchn_bind_unbound_port))

int main(int argc, char **argv)
{
    int device = open("/dev/xen/evtchn", O_RDWR);
    struct ioctl_evtchn_bind_unbound_port bind = {0};

    if (device < 0 || argc != 2) {
        perror("bind-ports: /dev/xen/evtchn");
        return 1;
    }
    printf("bind-ports:");
    for (int count = atoi(argv[1]); count > 0; count--) printf(" %d", ioctl(device, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &bind));
    printf("\n");
    fflush(stdout);
    pause();
    return 0;
}
