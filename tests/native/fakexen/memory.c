/*
 * Guest pages. All lie in one memory file, so that a mapping is a real one: writes are seen by every other mapping, the protection is the
 * kernel's, a page outlives its domain while it is mapped, and what is mapped can be counted in /proc/self/maps.
 */
#define _GNU_SOURCE
#include "fakexen.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEMORY_NAME "fakexen-guest"

static int memory_fd = -1;
static size_t memory_end;
static size_t core_pages;
static size_t forgotten_pages; /* still mapped when the counters were cleared */

/* Mappings that were handed out and have not come back. Where there are none, the kernel need not be asked what is mapped. */
struct mapping {
    uint8_t *start;
    size_t pages;
    struct mapping *next;
};
static struct mapping *mappings;
static bool has_odd_unmaps; /* an area was unmapped that was not handed out like that */

static pthread_t mutator;
static uint8_t *mutated; /* the version counter; NULL when no thread runs */
static volatile bool stop_mutator;

static int fill(uint8_t *bytes, size_t size, const char *file)
{
    char path[2048];
    FILE *source;

    if (!file || strcmp(file, "-") == 0)
        return 0;
    snprintf(path, sizeof(path), "%s%s%s", *file == '/' ? "" : fx_host.directory, *file == '/' ? "" : "/", file);
    source = fopen(path, "r");
    if (!source) {
        fprintf(stderr, "fakexen: %s: %s\n", path, strerror(errno));
        return -1;
    }
    size = fread(bytes, 1, size, source);
    fclose(source);
    return 0;
}

int fx_memory_make(struct fx_memory *memory, uint64_t frame, size_t pages, const char *file)
{
    size_t size = pages * FX_PAGE;

    if (memory_fd < 0) {
        memory_fd = memfd_create(MEMORY_NAME, MFD_CLOEXEC);
        memory_end = FX_PAGE; /* the first page stands in for frames that could not be mapped */
    }
    if (ftruncate(memory_fd, memory_end + size) != 0)
        return -1;
    memory->frame = frame;
    memory->pages = pages;
    memory->file_offset = memory_end;
    memory->bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd, memory_end);
    memory_end += size;
    core_pages += pages;
    return fill(memory->bytes, size, file);
}

void fx_memory_drop(struct fx_memory *memory)
{
    if (!memory->bytes)
        return;
    if (mutated >= memory->bytes && mutated < memory->bytes + memory->pages * FX_PAGE)
        fx_mutate_stop();
    munmap(memory->bytes, memory->pages * FX_PAGE);
    core_pages -= memory->pages;
    memory->bytes = NULL;
}

void fx_memory_reset(void)
{
    if (memory_fd < 0 || core_pages || forgotten_pages || fx_live_maps() || ftruncate(memory_fd, FX_PAGE) != 0)
        return;
    memory_end = FX_PAGE;
}

/* Where a frame's page is in the memory file; 0 with errno when it cannot be mapped. */
static size_t find(uint32_t domid, uint64_t frame)
{
    struct fx_domain *domain = fx_domain_exact(domid);

    /* A PV caller cannot map its own pages as foreign ones, unless it says DOMID_SELF (get_pg_owner). */
    if (!domain || domid == fx_host.self) {
        errno = ESRCH;
        return 0;
    }
    if (domain->shared.bytes && domain->shared.frame == frame && frame != FX_NO_FRAME)
        return domain->shared.file_offset;
    for (size_t i = 0; i < domain->memory_count; i++) {
        const struct fx_memory *memory = &domain->memory[i];
        if (frame >= memory->frame && frame - memory->frame < memory->pages)
            return memory->file_offset + (frame - memory->frame) * FX_PAGE;
    }
    errno = EINVAL;
    return 0;
}

void *fx_map(uint32_t domid, int prot, size_t pages, const uint64_t *frames, int *errors)
{
    struct mapping *mapping;
    uint8_t *area;
    size_t i;

    if (memory_fd < 0) {
        struct fx_memory none;
        fx_memory_make(&none, FX_NO_FRAME, 1, NULL);
    }
    area = mmap(NULL, pages * FX_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (i = 0; i < pages; i++) {
        int error = fx_enter("map_frame");
        size_t offset = error ? 0 : find(domid, frames[i]);

        if (offset == 0 && error == 0)
            error = errno;
        if (offset == 0 && !errors) {
            munmap(area, pages * FX_PAGE);
            errno = error;
            return NULL;
        }
        if (errors)
            errors[i] = (int)fx_answered("map_error", (uint64_t)-error);
        /* As with privcmd, exactly the frames without an error can be read. The first page is a substitute for others. */
        mmap(area + i * FX_PAGE, FX_PAGE, !errors || errors[i] == 0 ? prot : PROT_NONE, MAP_SHARED | MAP_FIXED, memory_fd, offset);
    }
    mapping = calloc(1, sizeof(*mapping));
    mapping->start = area;
    mapping->pages = pages;
    mapping->next = mappings;
    mappings = mapping;
    fx_counters.maps++;
    fx_counters.writable_maps += (prot & PROT_WRITE) != 0;
    return area;
}

int fx_unmap(void *address, size_t pages)
{
    struct mapping **at = &mappings, *mapping;

    fx_counters.unmaps++;
    while (*at && (*at)->start != address)
        at = &(*at)->next;
    mapping = *at;
    if (mapping && mapping->pages == pages) {
        *at = mapping->next;
        free(mapping);
    } else {
        has_odd_unmaps = true;
    }
    return munmap(address, pages * FX_PAGE);
}

uint64_t fx_live_maps(void)
{
    char text[512];
    uint64_t pages = 0;
    FILE *maps;

    /* The list of a process is long, and most runs leave nothing behind. */
    if (!mappings && !has_odd_unmaps)
        return 0;
    maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(text, sizeof(text), maps)) {
        unsigned long start, end;
        if (strstr(text, MEMORY_NAME) && sscanf(text, "%lx-%lx", &start, &end) == 2)
            pages += (end - start) / FX_PAGE;
    }
    if (maps)
        fclose(maps);
    return pages - core_pages - forgotten_pages;
}

void fx_live_maps_forget(void)
{
    forgotten_pages += fx_live_maps();
    while (mappings) {
        struct mapping *mapping = mappings;
        mappings = mapping->next;
        free(mapping);
    }
    has_odd_unmaps = false;
}

/*
 * A writer as Xen is one (version_update_begin and _end): odd, the fields, even. Every field that a vcpu_time_info has gets a value that
 * follows from the version, so that a reader can tell a torn copy.
 */
static void *mutate(void *unused)
{
    volatile uint32_t *version = (volatile uint32_t *)mutated;
    volatile uint64_t *fields = (volatile uint64_t *)(mutated + 8);

    (void)unused;
    while (!stop_mutator) {
        uint32_t next = (*version + 2) & ~1u;

        __atomic_store_n(version, next - 1, __ATOMIC_SEQ_CST);
        fields[0] = next;
        fields[1] = next * 3ull;
        __atomic_store_n(version, next, __ATOMIC_SEQ_CST);
        /* At rest a little longer than in motion, else no reader ever gets through. */
        for (int pause = 0; pause < 2000 && !stop_mutator; pause++)
            __asm__ volatile("" ::: "memory");
    }
    return NULL;
}

void fx_mutate_stop(void)
{
    if (!mutated)
        return;
    stop_mutator = true;
    pthread_join(mutator, NULL);
    mutated = NULL;
}

void fx_mutate(struct fx_domain *domain, size_t offset, const char *mode)
{
    uint8_t *version = domain->shared.bytes ? domain->shared.bytes + offset : NULL;

    fx_mutate_stop();
    if (!version || !mode)
        return;
    if (strcmp(mode, "stuck") == 0) {
        *version |= 1;
    } else if (strcmp(mode, "running") == 0) {
        mutated = version;
        stop_mutator = false;
        pthread_create(&mutator, NULL, mutate, NULL);
    }
}
