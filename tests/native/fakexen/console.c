/* Xen's console ring, as xen/drivers/char/console.c has it. */
#include "fakexen.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_SIZE 16384

static void put(struct fx_console *console, char c)
{
    if (!console->size)
        console->size = DEFAULT_SIZE;
    if (!console->ring)
        console->ring = calloc(1, console->size);
    console->ring[console->end++ & (console->size - 1)] = c;
    if (console->end - console->start > console->size)
        console->start = console->end - console->size;
}

void fx_console_print(const char *text)
{
    while (*text)
        put(&fx_host.console, *text++);
}

/* Returns how much was read; the index is then where it ends. */
unsigned fx_console_read(char *buffer, unsigned room, bool incremental, uint32_t *index)
{
    struct fx_console *console = &fx_host.console;
    uint32_t from, to;
    unsigned count = 0;

    for (uint32_t i = 0; i < console->flood; i++)
        put(console, i % 64 == 63 ? '\n' : 'x');
    from = console->start;
    to = console->end;
    if (incremental && (from <= to ? from < *index && *index <= to : from < *index || *index <= to))
        from = *index;
    for (; from != to && count < room; from++)
        buffer[count++] = console->ring[from & (console->size - 1)];
    if (index)
        *index = from;
    return count;
}
