/* Everything that the libraries hand out and that has to come back: handles, hypercall buffers, malloc'd results. */
#define _GNU_SOURCE
#include "fakexen.h"

#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define XTL_ERROR 8
#define MMAP_THRESHOLD (128 * 1024) /* set, so that malloc does not move it */

/* As in xentoollog.h. */
struct xentoollog_logger {
    void (*vmessage)(struct xentoollog_logger *logger, int level, int errnoval, const char *context, const char *format, va_list al);
    void (*progress)(struct xentoollog_logger *logger, const char *context, const char *doing, int percent, unsigned long done,
                     unsigned long total);
    void (*destroy)(struct xentoollog_logger *logger);
};

/* A closed handle is never freed, so that a later use of it is seen instead of crashing. */
struct fx_handle {
    char kind[24];
    bool closed;
    struct xentoollog_logger *logger;
};

struct buffer {
    struct fx_handle *owner;
    uint8_t *start;
    size_t size, mapped;
    struct buffer *next;
};

struct result {
    void *address;
    uint8_t head[16];
    struct result *next;
};

static struct buffer *buffers;
static struct result *results;

void fx_misuse(const char *what)
{
    fx_counters.misuses++;
    fprintf(stderr, "fakexen: misuse: %s\n", what);
}

struct fx_handle *fx_handle_open(const char *kind, void *logger)
{
    struct fx_handle *handle = calloc(1, sizeof(*handle));

    snprintf(handle->kind, sizeof(handle->kind), "%s", kind);
    handle->logger = logger;
    fx_counters.opens++;
    return handle;
}

bool fx_handle_check(const struct fx_handle *handle, const char *kind)
{
    if (handle && !handle->closed && strcmp(handle->kind, kind) == 0)
        return true;
    fx_misuse(!handle ? "a null handle" : handle->closed ? "a closed handle was used" : "a handle of another library was used");
    errno = EBADF;
    return false;
}

int fx_handle_close(struct fx_handle *handle, const char *kind)
{
    if (!handle)
        return 0;
    if (!fx_handle_check(handle, kind))
        return -1;
    for (const struct buffer *buffer = buffers; buffer; buffer = buffer->next)
        if (buffer->owner == handle)
            fx_misuse("closed before its buffers were freed");
    handle->closed = true;
    fx_counters.closes++;
    return 0;
}

static void message(struct xentoollog_logger *logger, int error, const char *format, ...)
{
    va_list al;

    va_start(al, format);
    logger->vmessage(logger, XTL_ERROR, error, "fakexen", format, al);
    va_end(al);
}

/* libxc says much at failing calls; through the caller's logger, or to stderr when there is none. errno is kept. */
void fx_handle_complain(const struct fx_handle *handle, const char *function, int error)
{
    struct xentoollog_logger *logger = handle ? handle->logger : NULL;

    if (logger) {
        fx_counters.log_messages++;
        message(logger, error, "%s failed", function);
    } else if (!handle || strcmp(handle->kind, "xenstore") != 0) {
        fprintf(stderr, "fakexen: %s failed: %s\n", function, strerror(error));
    }
    errno = error;
}

void *fx_buffer_alloc(struct fx_handle *handle, size_t size)
{
    struct buffer *buffer = calloc(1, sizeof(*buffer));

    buffer->owner = handle;
    buffer->size = size;
    buffer->mapped = (size + FX_PAGE - 1) / FX_PAGE * FX_PAGE;
    buffer->start = mmap(NULL, buffer->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    /* Xen's buffers come from a cache and hold what was in them before. */
    memset(buffer->start, 0xa5, buffer->mapped);
    buffer->next = buffers;
    buffers = buffer;
    fx_counters.buffers_allocated++;
    return buffer->start;
}

void fx_buffer_free(struct fx_handle *handle, void *address)
{
    struct buffer **at = &buffers;

    if (!address)
        return;
    while (*at && (*at)->start != address)
        at = &(*at)->next;
    if (*at) {
        struct buffer *buffer = *at;

        if (buffer->owner != handle)
            fx_misuse("a buffer was freed with another handle");
        *at = buffer->next;
        munmap(buffer->start, buffer->mapped);
        free(buffer);
        fx_counters.buffers_freed++;
    } else {
        fx_misuse("a buffer was freed that is none");
    }
}

/* Xen is only pointed at memory that was allocated for it. */
bool fx_buffer_holds(const void *start, size_t size)
{
    const uint8_t *from = start;

    for (const struct buffer *buffer = buffers; buffer; buffer = buffer->next)
        if (from >= buffer->start && size <= buffer->size && (size_t)(from - buffer->start) <= buffer->size - size)
            return true;
    fx_misuse("a hypercall was given memory that is no hypercall buffer");
    return false;
}

/* glibc keeps a block's size before it, and in the second bit whether the block has a mapping of its own. */
static bool has_own_mapping(const void *block)
{
    return (*(const size_t *)((uintptr_t)block - sizeof(size_t)) & 2) != 0;
}

/* Where an arena has room, malloc makes no mapping, however large the block: what comes from there is put aside until one is made. */
static void *malloc_mapping(size_t size)
{
    void *block, *aside = NULL;

    mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
    while (!has_own_mapping(block = malloc(size))) {
        *(void **)block = aside;
        aside = block;
    }
    while (aside) {
        void *next = *(void **)aside;
        free(aside);
        aside = next;
    }
    return block;
}

/*
 * A malloc'd copy. Whether the caller frees it cannot be asked of libc, but seen: the block has a mapping of its own, which free() takes
 * away. One that still begins as it was handed out has therefore not been freed.
 */
void *fx_result(const void *content, size_t size)
{
    size_t room = size < 2 * MMAP_THRESHOLD ? 2 * MMAP_THRESHOLD : size;
    uint8_t *copy;
    struct result *result;

    copy = malloc_mapping(room);
    memset(copy, 0xa5, sizeof(result->head));
    memcpy(copy, content, size);
    for (result = results; result && result->address != copy; result = result->next)
        ;
    if (!result) {
        result = calloc(1, sizeof(*result));
        result->address = copy;
        result->next = results;
        results = result;
    }
    memcpy(result->head, copy, sizeof(result->head));
    fx_counters.results++;
    return copy;
}

void fx_result_settle(void *address)
{
    for (struct result *result = results; result; result = result->next)
        if (result->address == address)
            memcpy(result->head, address, sizeof(result->head));
}

uint64_t fx_live_results(void)
{
    uint64_t live = 0;

    for (const struct result *result = results; result; result = result->next) {
        uint8_t now[sizeof(result->head)];
        struct iovec local = { now, sizeof(now) }, remote = { result->address, sizeof(now) };

        /* The block may be gone altogether: the kernel looks, so that this cannot fault. */
        if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)sizeof(now)
            && memcmp(now, result->head, sizeof(now)) == 0)
            live++;
    }
    return live;
}

void fx_results_forget(void)
{
    while (results) {
        struct result *result = results;
        results = result->next;
        free(result);
    }
}
