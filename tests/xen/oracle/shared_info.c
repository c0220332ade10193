/*
 * shared_info DOMID [32]    maps the page that domain DOMID shares with Xen and prints every field on a line: its name in the headers, a
 *                           blank, its value
 * shared_info - [32]        the same for the 4096 bytes on standard input
 *
 * With 32 it reads the page as a 32-bit guest does. Structures and names are those of the public headers that the program is compiled
 * against, so nothing here knows an offset.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xen/foreign/x86_32.h>

#define PAGE_BYTES 4096
/* A page that is never twice the same is printed as it was last. */
#define ATTEMPTS 1000

static unsigned char page[PAGE_BYTES];

static void die(const char *what)
{
    fprintf(stderr, "shared_info: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* What stands under a version counter must not be mixed from two writes: the copy counts when the next one is equal. */
static void copy_settled(const void *live)
{
    unsigned char again[PAGE_BYTES];
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        memcpy(page, live, PAGE_BYTES);
        __sync_synchronize();
        memcpy(again, live, PAGE_BYTES);
        if (!memcmp(page, again, PAGE_BYTES)) return;
    }
}

static void map_page(unsigned domid)
{
    xc_interface *xc = xc_interface_open(NULL, NULL, 0);
    xenforeignmemory_handle *memory = xenforeignmemory_open(NULL, 0);
    xc_domaininfo_t info;
    xen_pfn_t frame;
    int error = 0;
    void *live;

    if (!xc || !memory) die("open");
    if (xc_domain_getinfolist(xc, domid, 1, &info) != 1 || info.domain != domid) {
        errno = ESRCH;
        die("no such domain");
    }
    frame = info.shared_info_frame;
    printf("frame 0x%" PRIx64 "\n", (uint64_t)frame);
    /* a domain maps pages of its own under this name only */
    live = xenforeignmemory_map(memory, domid ? domid : DOMID_SELF, 1 /* PROT_READ */, 1, &frame, &error);
    if (!live || error) {
        if (error) errno = -error;
        die("map");
    }
    copy_settled(live);
    xenforeignmemory_unmap(memory, live, 1);
    xenforeignmemory_close(memory);
    xc_interface_close(xc);
}

#define SHOW(name, value) printf("%s %" PRIu64 "\n", name, (uint64_t)(value))
#define SHOW_SLOT(slot, field) printf("vcpu_info[%d]." #field " %" PRIu64 "\n", slot, (uint64_t)info->vcpu_info[slot].field)
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* one body for both widths: the structures differ in their types, not in their members' names */
#define PRINT(type)                                                                                                   \
    do {                                                                                                              \
        const type *info = (const type *)page;                                                                        \
        for (int slot = 0; slot < COUNT(info->vcpu_info); slot++) {                                                   \
            SHOW_SLOT(slot, evtchn_upcall_pending);                                                                   \
            SHOW_SLOT(slot, evtchn_upcall_mask);                                                                      \
            SHOW_SLOT(slot, evtchn_pending_sel);                                                                      \
            SHOW_SLOT(slot, arch.cr2);                                                                                \
            SHOW_SLOT(slot, time.version);                                                                            \
            SHOW_SLOT(slot, time.tsc_timestamp);                                                                      \
            SHOW_SLOT(slot, time.system_time);                                                                        \
            SHOW_SLOT(slot, time.tsc_to_system_mul);                                                                  \
            printf("vcpu_info[%d].time.tsc_shift %d\n", slot, info->vcpu_info[slot].time.tsc_shift);                  \
            SHOW_SLOT(slot, time.flags);                                                                              \
        }                                                                                                             \
        for (int word = 0; word < COUNT(info->evtchn_pending); word++)                                                \
            printf("evtchn_pending[%d] %" PRIu64 "\n", word, (uint64_t)info->evtchn_pending[word]);                   \
        for (int word = 0; word < COUNT(info->evtchn_mask); word++)                                                   \
            printf("evtchn_mask[%d] %" PRIu64 "\n", word, (uint64_t)info->evtchn_mask[word]);                         \
        SHOW("wc_version", info->wc_version);                                                                         \
        SHOW("wc_sec", info->wc_sec);                                                                                 \
        SHOW("wc_nsec", info->wc_nsec);                                                                               \
        SHOW("arch.max_pfn", info->arch.max_pfn);                                                                     \
        SHOW("arch.pfn_to_mfn_frame_list_list", info->arch.pfn_to_mfn_frame_list_list);                               \
        SHOW("arch.nmi_reason", info->arch.nmi_reason);                                                               \
        SHOW("arch.p2m_cr3", info->arch.p2m_cr3);                                                                     \
        SHOW("arch.p2m_vaddr", info->arch.p2m_vaddr);                                                                 \
        SHOW("arch.p2m_generation", info->arch.p2m_generation);                                                       \
    } while (0)

int main(int argc, char **argv)
{
    int narrow = argc == 3 && !strcmp(argv[2], "32");
    if (argc != 2 && !narrow) {
        fprintf(stderr, "usage: shared_info DOMID|- [32]\n");
        return 2;
    }
    if (strcmp(argv[1], "-"))
        map_page(strtoul(argv[1], NULL, 10));
    else if (fread(page, 1, PAGE_BYTES, stdin) != PAGE_BYTES)
        die("standard input");
    if (narrow) {
        PRINT(struct shared_info_x86_32);
        SHOW("wc_sec_hi", ((const struct shared_info_x86_32 *)page)->arch.wc_sec_hi);
    } else {
        PRINT(struct shared_info);
        SHOW("wc_sec_hi", ((const struct shared_info *)page)->wc_sec_hi);
    }
    return 0;
}
