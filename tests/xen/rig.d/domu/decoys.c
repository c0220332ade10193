/*
 * decoys [PORTS...]: fills pages of a guest's memory with data that looks like FIFO event arrays and vCPU records, prints "decoys ready",
 * and keeps the data until it ends: pages whose words are all "masked", pages with words that no array has, records that do not change, and
 * records that go backwards. With PORTS, one more page is a copy of an array in which only these ports are not masked. Nothing
 * distinguishes it from the real one.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
#define MASKED 0x40000000u
#define PAGES 64

/* Writes a record with a clock like that of emulated and most real hosts: shift -1 or 0, multiplier in the upper half. */
static void record(uint8_t *at, uint32_t version, uint64_t time, uint32_t multiplier, int8_t shift)
{
    memset(at, 0, 64);
    memcpy(at + 32, &version, 4);
    memcpy(at + 40, &time, 8);
    memcpy(at + 48, &time, 8);
    memcpy(at + 56, &multiplier, 4);
    at[60] = (uint8_t)shift;
}

int main(int argc, char **argv)
{
    uint8_t *memory = mmap(NULL, (4 * PAGES + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint32_t *words = (uint32_t *)memory;
    uint8_t *still = memory + 2 * PAGES * PAGE, *back = memory + 3 * PAGES * PAGE;
    uint32_t *twin = (uint32_t *)(memory + 4 * PAGES * PAGE);

    for (int word = 0; word < PAGES * PAGE / 4; word++) words[word] = MASKED;
    for (int word = PAGES * PAGE / 4; word < 2 * PAGES * PAGE / 4; word++) words[word] = word % 7 ? MASKED : MASKED | (uint32_t)rand();
    if (argc > 1) {
        for (int word = 0; word < PAGE / 4; word++) twin[word] = MASKED;
        for (int port = 1; port < argc; port++) twin[atoi(argv[port])] = 0;
    }
    mlock(memory, (4 * PAGES + 1) * PAGE);
    for (uint32_t round = 0;; round++) {
        /* The multipliers cover the upper half in small steps, so that one of them is near that of any host. */
        for (int page = 0; page < PAGES; page++) {
            for (int shift = -2; shift <= 1; shift++) {
                uint32_t multiplier = 0x80000000u + (uint32_t)page * 0x02000000u;
                record(still + page * PAGE + (shift + 2) * 64, 2, 1000000000ull, multiplier, (int8_t)shift);
                record(
                    back + page * PAGE + (shift + 2) * 64,
                    0x40000000u - 2 * round,
                    4000000000000ull - round * 1000000ull,
                    multiplier,
                    (int8_t)shift);
            }
        }
        if (round == 0) {
            printf("decoys ready\n");
            fflush(stdout);
        }
        sleep(1);
    }
}
