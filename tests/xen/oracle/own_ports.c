/*
 * own_ports COUNT FILE: gives this domain COUNT pairs of ports that are connected with each other, prints "PORT STATE" for the first
 * end of each, and keeps them until FILE exists.
 *
 * STATE is in turn "idle"; "masked", as the kernel leaves a port after an event until this program has taken it, which it never does;
 * and "pending", masked too, after another event.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xenevtchn.h>

int main(int argc, char **argv)
{
    static const char *const states[] = { "idle", "masked", "pending" };
    xenevtchn_handle *events = xenevtchn_open(NULL, 0);

    if (argc != 3 || !events) {
        fprintf(stderr, "usage: own_ports COUNT FILE\n");
        return 2;
    }
    for (int pair = 0; pair < atoi(argv[1]); pair++) {
        int port = xenevtchn_bind_unbound_port(events, 0);
        int other = port < 0 ? -1 : xenevtchn_bind_interdomain(events, 0, port);
        if (other < 0) {
            perror("own_ports: bind");
            return 1;
        }
        /* The kernel takes the first event at once, and none while the port is masked. */
        for (int sent = 0; sent < pair % 3; sent++) {
            if (xenevtchn_notify(events, other)) perror("own_ports: notify");
            usleep(100000);
        }
        printf("%d %s\n", port, states[pair % 3]);
    }
    fflush(stdout);
    while (access(argv[2], F_OK)) usleep(100000);
    return 0;
}
