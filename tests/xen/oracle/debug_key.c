/*
 * debug_key: does what the lines on standard input say, and prints a line "=====" when each is done:
 *   e                 presses debug key 'e' (or whatever key the letter is) and prints what Xen wrote to its console ring since then
 *   pause DOMID...    pauses domains;   unpause DOMID...   lets them run again
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenctrl.h>

static char text[1 << 16];

/* Prints what is in the ring from *index on; how much there was. */
static unsigned int drain(xc_interface *xc, uint32_t *index, FILE *to)
{
    unsigned int total = 0, count;

    do {
        count = sizeof(text);
        if (xc_readconsolering(xc, text, &count, 0, 1, index)) {
            perror("debug_key: xc_readconsolering");
            return 0;
        }
        if (to) fwrite(text, 1, count, to);
        total += count;
    } while (count);
    return total;
}

static int each(xc_interface *xc, char *domids, int (*work)(xc_interface *, uint32_t))
{
    for (char *word = strtok(domids, " \n"); word; word = strtok(NULL, " \n"))
        if (work(xc, strtoul(word, NULL, 10))) return -1;
    return 0;
}

static int press(xc_interface *xc, const char *key, uint32_t *index)
{
    drain(xc, index, NULL);
    if (xc_send_debug_keys(xc, (char *)key)) return -1; /* const from 4.11 on only */
    drain(xc, index, stdout);
    return 0;
}

int main(void)
{
    xc_interface *xc = xc_interface_open(NULL, NULL, 0);
    char line[256];
    uint32_t index = 0;

    if (!xc) return 1;
    while (fgets(line, sizeof(line), stdin)) {
        char key[2] = {line[0], 0};
        int failed = strncmp(line, "pause ", 6) == 0 ? each(xc, line + 6, xc_domain_pause)
            : strncmp(line, "unpause ", 8) == 0 ? each(xc, line + 8, xc_domain_unpause)
            : press(xc, key, &index);
        if (failed) {
            perror("debug_key");
            return 1;
        }
        printf("\n=====\n");
        fflush(stdout);
    }
    return 0;
}
