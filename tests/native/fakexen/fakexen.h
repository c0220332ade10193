/*
 * A small Xen host for tests. The core (libfakexen.so) holds the host, its pages, the faults to inject and the counters. The libraries
 * of the libxenctrl family beside it are thin fronts with the real sonames, prototypes and quirks. One process, one thread of calls.
 */
#ifndef FAKEXEN_H
#define FAKEXEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define FX_PAGE 4096
#define FX_DOMID_SELF 0x7ff0
#define FX_NO_FRAME (~0ull)
#define FX_NO_VCPU (~0u)

/* Flags of xc_domaininfo_t as Xen 4.9 and later number them. */
#define FX_DYING (1u << 0)
#define FX_HVM (1u << 1)
#define FX_SHUTDOWN (1u << 2)
#define FX_PAUSED (1u << 3)
#define FX_BLOCKED (1u << 4)
#define FX_RUNNING (1u << 5)
#define FX_DEBUGGED (1u << 6)
#define FX_XENSTORE (1u << 7)
#define FX_HAP (1u << 8)
#define FX_SHUTDOWN_CODE 16

enum fx_port_state { FX_CLOSED, FX_UNBOUND, FX_INTERDOMAIN, FX_PIRQ, FX_VIRQ, FX_IPI, FX_XEN_CONSUMED };

struct fx_port {
    enum fx_port_state state;
    uint32_t vcpu;
    uint16_t remote_domid;
    uint32_t number; /* remote port, PIRQ or VIRQ */
};

struct fx_vcpu {
    bool exists;
    bool online;
    bool blocked;
    bool running;
    uint64_t cpu_time;
    uint32_t cpu;
    /* what the calls about its processor state give */
    uint64_t rip, rflags, event_callback;
    uint32_t apic_disabled;
    uint8_t apic[1024];
};

/* A run of frames that can be mapped, backed by the one memory file of the host. */
struct fx_memory {
    uint64_t frame;
    size_t pages;
    size_t file_offset;
    uint8_t *bytes; /* the core's own view, never handed to the code under test */
};

struct fx_domain {
    uint16_t id;
    uint32_t flags;
    uint64_t total_pages, max_pages, outstanding_pages, shared_pages, paged_pages, pod_entries;
    uint64_t cpu_time;
    uint32_t online_vcpus, max_vcpu_id, ssid, cpupool;
    uint8_t uuid[16];
    uint8_t gpaddr_bits;
    uint32_t emulation_flags;
    uint32_t guest_width; /* bytes, of PV guests */
    uint64_t tsc_elapsed;
    uint32_t tsc_mode, tsc_khz, tsc_incarnation;
    struct fx_memory shared; /* frame FX_NO_FRAME: the guest has not mapped it */
    struct fx_memory *memory;
    size_t memory_count;
    uint64_t callback_irq; /* of guests other than PV */
    struct fx_port *ports;
    uint32_t valid_ports;
    struct fx_vcpu *vcpus;
    uint32_t vcpu_count;
    uint32_t pause_count;
    struct fx_domain *next; /* by number, lowest first */
};

struct fx_node {
    char *path;
    char *value;
    struct fx_node *next; /* in the order of the file */
};

/* Xen's console ring. The indices count bytes for ever, modulo 2^32. */
struct fx_console {
    char *ring;
    uint32_t size; /* a power of two */
    uint32_t start, end;
    uint32_t flood; /* bytes that are written before each read */
};

struct fx_host {
    int major, minor;
    int library_minor; /* libxenctrl behaves as this version's; 0: as the one it was built for */
    char extra[16];
    bool is_arm;
    uint16_t self;
    char directory[1024]; /* of the host file; names of page files are relative to it */
    struct fx_domain *domains;
    struct fx_domain *current; /* the one that property lines speak of */
    struct fx_node *nodes;
    struct fx_console console;
};

/* What tests read through fakexen_counters(), and what FAKEXEN_COUNTERS is filled with. The test project has the same list. */
struct fakexen_counters {
    uint64_t opens, closes;
    uint64_t maps, unmaps;
    uint64_t writable_maps;
    uint64_t live_maps; /* as the kernel has it: munmap counts like xenforeignmemory_unmap */
    uint64_t buffers_allocated, buffers_freed;
    uint64_t results;      /* malloc'd strings and lists handed out */
    uint64_t live_results; /* of these, not freed */
    uint64_t null_loggers; /* a library was opened without a logger, and would write to stderr */
    uint64_t log_messages; /* given to the caller's logger */
    uint64_t misuses;      /* closed twice, used after close, a pointer that is no hypercall buffer, ... */
    uint64_t multicall_entries;
    uint64_t largest_multicall;
};

/* host.c, parse.c: the host and the lines that describe it */
extern struct fx_host fx_host;
extern struct fakexen_counters fx_counters;
void fx_host_reset(void);
struct fx_domain *fx_domain_exact(uint32_t domid);   /* DOMID_SELF is the caller */
struct fx_domain *fx_domain_from(uint32_t domid);    /* the first with this number or a higher one */
struct fx_domain *fx_domain_add(uint16_t domid);
void fx_domain_remove(uint16_t domid);
void fx_domain_set_ports(struct fx_domain *domain, uint32_t count);
struct fx_vcpu *fx_domain_vcpu(struct fx_domain *domain, uint32_t vcpu);
void fx_node_set(const char *path, const char *value);
int fx_load(const char *path);
int fx_apply(const char *lines);

/* console.c */
void fx_console_print(const char *text);
unsigned fx_console_read(char *buffer, unsigned room, bool incremental, uint32_t *index);

/* memory.c: pages */
int fx_memory_make(struct fx_memory *memory, uint64_t frame, size_t pages, const char *file);
void fx_memory_drop(struct fx_memory *memory);
void fx_memory_reset(void); /* gives back the memory of hosts before this one */
void *fx_map(uint32_t domid, int prot, size_t pages, const uint64_t *frames, int *errors);
int fx_unmap(void *address, size_t pages);
uint64_t fx_live_maps(void);
void fx_live_maps_forget(void);
void fx_mutate(struct fx_domain *domain, size_t offset, const char *mode);
void fx_mutate_stop(void);

/* faults.c: a call is entered by its name; what comes back is the errno it shall fail with, or 0 */
int fx_enter(const char *function);
uint64_t fx_calls(const char *function);
void fx_fault(const char *function, int error, int after, int times);
void fx_when(const char *function, int after, const char *lines);
void fx_answer(const char *what, uint64_t value);
uint64_t fx_answered(const char *what, uint64_t otherwise); /* the number that "what" shall give, or else the true one */
void fx_faults_clear(void);
void fx_calls_print(FILE *file);

/* handles.c: every handle of every library, so that misuse is seen */
struct fx_handle;
struct fx_handle *fx_handle_open(const char *kind, void *logger);
bool fx_handle_check(const struct fx_handle *handle, const char *kind);
int fx_handle_close(struct fx_handle *handle, const char *kind);
void fx_handle_complain(const struct fx_handle *handle, const char *function, int error);
void fx_misuse(const char *what);
void *fx_buffer_alloc(struct fx_handle *handle, size_t size);
void fx_buffer_free(struct fx_handle *handle, void *buffer);
bool fx_buffer_holds(const void *start, size_t size);
void *fx_result(const void *content, size_t size);
void fx_result_settle(void *result); /* its content has been completed */
uint64_t fx_live_results(void);
void fx_results_forget(void);

/* hypervisor.c: hypercalls */
struct fx_event_status {
    uint16_t dom;
    uint32_t port;
    uint32_t status, vcpu;
    union { struct { uint16_t dom; uint32_t port; } remote; uint32_t irq; } u;
};
int fx_event_status(struct fx_event_status *status);
int fx_event_send(uint32_t port);
long fx_version(int command, void *argument);
long fx_hypercall(unsigned int operation, const uint64_t *arguments);

/* control.c: for tests */
int fakexen_load(const char *path);
int fakexen_apply(const char *lines);
void fakexen_fail(const char *function, int errno_value, int after_n_calls);
void fakexen_clear(void);
uint64_t fakexen_calls(const char *function);
void fakexen_counters(struct fakexen_counters *counters);
void *fakexen_page(uint32_t domid);
void fx_prepare(void);

#endif
