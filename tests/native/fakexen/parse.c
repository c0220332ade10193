/*
 * The language of a host file, one statement a line (or up to a ';'); '#' starts a comment:
 *
 *   xen 4 17 .7            the hypervisor           self 0          the caller's own domain      arm     an Arm host
 *   library 9              libxenctrl behaves as Xen 4.9's
 *   domain 5               what follows is about it (it is made if need be)                      destroy 5
 *   flags hvm paused blocked running dying debugged xs hap shutdown=3                            uuid <32 hex digits>
 *   pages 32768   max_pages N  outstanding N  shared N  paged N  pod N  cpu_time NS  ssid N  cpupool N  emulation N  gpaddr_bits N
 *   online 2      max_vcpu 1 | none      width 4 | 8
 *   tsc_mode N    tsc_elapsed NS   tsc_khz N   tsc_incarnation N
 *   frame 0xbfc58 | none   where the shared page is now          page <file>     its content
 *   memory <first frame> <pages> <file>                          further pages that can be mapped; file '-' for zeroes
 *   ports 64               how many Xen knows
 *   port 3 closed | unbound DOM | interdomain DOM PORT | pirq N | virq N | ipi | xen   [vcpu V]
 *   vcpu 0 online|offline|absent running|blocked|idle CPU_TIME_NS CPU
 *   context 0 RIP RFLAGS EVENT_CALLBACK      apic 0 DISABLED TPR IRR ISR     a vector in each of IRR and ISR, 0 for none
 *   callback_irq N
 *   store <path> <value>   a xenstore node           console <text>   a line of Xen's console ring
 *   console_size 16384     bytes of that ring, a power of two       console_index N  where it begins, before its first line
 *   console_flood N        bytes that somebody writes before each read of it
 *   mutate <offset> running|stuck|stop               the version counter at this offset of the current domain's page
 *   fail <function> <errno> [after N] [times M]      a call fails, from the N+1st on, M times (for ever without M)
 *   answer <what> <number>                           a number that is given instead of the true one; <what> is a function, or one of
 *                                                    map_error, multicall_entry, evtchn_status, console_index, domid, online, blocked,
 *                                                    running
 *   when <function> <N> <lines>                      the rest of the line (with ';') is applied just before the N+1st call
 */
#include "fakexen.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

static const struct { const char *name; uint32_t flag; } flag_names[] = {
    { "dying", FX_DYING }, { "hvm", FX_HVM }, { "paused", FX_PAUSED }, { "blocked", FX_BLOCKED }, { "running", FX_RUNNING },
    { "debugged", FX_DEBUGGED }, { "xs", FX_XENSTORE }, { "hap", FX_HAP },
};

static uint64_t number(const char *word)
{
    if (!word)
        return 0;
    return strcmp(word, "none") == 0 ? ~0ull : strtoull(word, NULL, 0);
}

static char *word(char **rest)
{
    return strtok_r(NULL, " \t", rest);
}

static uint32_t flags(char **rest)
{
    uint32_t result = 0;
    char *name;

    while ((name = word(rest))) {
        if (strncmp(name, "shutdown=", 9) == 0)
            result |= FX_SHUTDOWN | (uint32_t)number(name + 9) << FX_SHUTDOWN_CODE;
        for (size_t i = 0; i < sizeof(flag_names) / sizeof(*flag_names); i++)
            if (strcmp(name, flag_names[i].name) == 0)
                result |= flag_names[i].flag;
    }
    return result;
}

static void uuid(uint8_t *bytes, const char *digits)
{
    for (int i = 0; i < 16 && sscanf(digits + 2 * i, "%2hhx", &bytes[i]) == 1; i++)
        ;
}

static void port(struct fx_domain *domain, char **rest)
{
    static const char *const states[] = { "closed", "unbound", "interdomain", "pirq", "virq", "ipi", "xen" };
    uint32_t index = number(word(rest));
    const char *state = word(rest);
    struct fx_port *port;
    char *next;

    if (index >= domain->valid_ports)
        fx_domain_set_ports(domain, (index / 64 + 1) * 64);
    port = &domain->ports[index];
    memset(port, 0, sizeof(*port));
    for (unsigned int i = 0; i < sizeof(states) / sizeof(*states); i++)
        if (state && strcmp(state, states[i]) == 0)
            port->state = i;
    if (port->state == FX_UNBOUND || port->state == FX_INTERDOMAIN)
        port->remote_domid = number(word(rest));
    if (port->state == FX_INTERDOMAIN || port->state == FX_PIRQ || port->state == FX_VIRQ)
        port->number = number(word(rest));
    if ((next = word(rest)) && strcmp(next, "vcpu") == 0)
        port->vcpu = number(word(rest));
}

static void vcpu(struct fx_domain *domain, char **rest)
{
    struct fx_vcpu *vcpu = fx_domain_vcpu(domain, number(word(rest)));
    const char *presence = word(rest), *activity = word(rest);

    vcpu->exists = presence && strcmp(presence, "absent") != 0;
    vcpu->online = presence && strcmp(presence, "online") == 0;
    vcpu->running = activity && strcmp(activity, "running") == 0;
    vcpu->blocked = activity && strcmp(activity, "blocked") == 0;
    vcpu->cpu_time = number(word(rest));
    vcpu->cpu = number(word(rest));
}

static void context(struct fx_domain *domain, char **rest)
{
    struct fx_vcpu *vcpu = fx_domain_vcpu(domain, number(word(rest)));

    vcpu->rip = number(word(rest));
    vcpu->rflags = number(word(rest));
    vcpu->event_callback = number(word(rest));
}

static void apic(struct fx_domain *domain, char **rest)
{
    struct fx_vcpu *vcpu = fx_domain_vcpu(domain, number(word(rest)));
    unsigned requested, in_service;

    memset(vcpu->apic, 0, sizeof(vcpu->apic));
    vcpu->apic_disabled = number(word(rest));
    vcpu->apic[0x80] = number(word(rest));
    requested = number(word(rest));
    in_service = number(word(rest));
    if (requested)
        vcpu->apic[0x200 + requested / 32 * 16 + requested % 32 / 8] |= 1 << requested % 8;
    if (in_service)
        vcpu->apic[0x100 + in_service / 32 * 16 + in_service % 32 / 8] |= 1 << in_service % 8;
}

/* The old frame is gone when the guest maps its page elsewhere; the page's bytes stay. */
static int shared_page(struct fx_domain *domain, const char *file)
{
    return fx_memory_make(&domain->shared, domain->shared.frame, 1, file);
}

static int memory(struct fx_domain *domain, char **rest)
{
    uint64_t frame = number(word(rest));
    size_t pages = number(word(rest));

    domain->memory = realloc(domain->memory, (domain->memory_count + 1) * sizeof(*domain->memory));
    return fx_memory_make(&domain->memory[domain->memory_count++], frame, pages, word(rest));
}

static int domain_line(struct fx_domain *domain, const char *verb, char **rest)
{
    const struct { const char *name; uint64_t *wide; uint32_t *narrow; } numbers[] = {
        { "pages", &domain->total_pages, NULL }, { "max_pages", &domain->max_pages, NULL },
        { "outstanding", &domain->outstanding_pages, NULL }, { "shared", &domain->shared_pages, NULL },
        { "paged", &domain->paged_pages, NULL }, { "pod", &domain->pod_entries, NULL },
        { "cpu_time", &domain->cpu_time, NULL }, { "callback_irq", &domain->callback_irq, NULL },
        { "frame", &domain->shared.frame, NULL }, { "online", NULL, &domain->online_vcpus },
        { "max_vcpu", NULL, &domain->max_vcpu_id }, { "ssid", NULL, &domain->ssid }, { "cpupool", NULL, &domain->cpupool },
        { "emulation", NULL, &domain->emulation_flags }, { "width", NULL, &domain->guest_width },
        { "tsc_mode", NULL, &domain->tsc_mode }, { "tsc_elapsed", &domain->tsc_elapsed, NULL },
        { "tsc_khz", NULL, &domain->tsc_khz }, { "tsc_incarnation", NULL, &domain->tsc_incarnation },
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        if (strcmp(verb, numbers[i].name) != 0)
            continue;
        if (numbers[i].wide)
            *numbers[i].wide = number(word(rest));
        else
            *numbers[i].narrow = (uint32_t)number(word(rest));
        return 0;
    }
    if (strcmp(verb, "flags") == 0)
        domain->flags = flags(rest);
    else if (strcmp(verb, "gpaddr_bits") == 0)
        domain->gpaddr_bits = number(word(rest));
    else if (strcmp(verb, "uuid") == 0)
        uuid(domain->uuid, word(rest));
    else if (strcmp(verb, "page") == 0)
        return shared_page(domain, word(rest));
    else if (strcmp(verb, "memory") == 0)
        return memory(domain, rest);
    else if (strcmp(verb, "ports") == 0)
        fx_domain_set_ports(domain, number(word(rest)));
    else if (strcmp(verb, "port") == 0)
        port(domain, rest);
    else if (strcmp(verb, "vcpu") == 0)
        vcpu(domain, rest);
    else if (strcmp(verb, "context") == 0)
        context(domain, rest);
    else if (strcmp(verb, "apic") == 0)
        apic(domain, rest);
    else if (strcmp(verb, "mutate") == 0) {
        size_t offset = number(word(rest));
        fx_mutate(domain, offset, word(rest));
    } else
        return -1;
    return 0;
}

static int fault_line(char **rest)
{
    const char *function = word(rest);
    int error = number(word(rest)), after = 0, times = -1;
    const char *option;

    while ((option = word(rest))) {
        if (strcmp(option, "after") == 0)
            after = number(word(rest));
        else if (strcmp(option, "times") == 0)
            times = number(word(rest));
    }
    if (!function || !error)
        return -1;
    fx_fault(function, error, after, times);
    return 0;
}

static int line(char *text)
{
    char *rest = NULL;
    char *verb = strtok_r(text, " \t\r", &rest);

    if (!verb || *verb == '#')
        return 0;
    if (strcmp(verb, "xen") == 0) {
        const char *extra;

        fx_host.major = number(word(&rest));
        fx_host.minor = number(word(&rest));
        extra = word(&rest);
        snprintf(fx_host.extra, sizeof(fx_host.extra), "%s", extra ? extra : "");
    } else if (strcmp(verb, "self") == 0)
        fx_host.self = number(word(&rest));
    else if (strcmp(verb, "library") == 0)
        fx_host.library_minor = number(word(&rest));
    else if (strcmp(verb, "arm") == 0)
        fx_host.is_arm = true;
    else if (strcmp(verb, "domain") == 0)
        fx_host.current = fx_domain_add(number(word(&rest)));
    else if (strcmp(verb, "destroy") == 0)
        fx_domain_remove(number(word(&rest)));
    else if (strcmp(verb, "store") == 0) {
        const char *path = word(&rest);
        fx_node_set(path, rest ? rest : "");
    } else if (strcmp(verb, "console") == 0)
        fx_console_print(rest ? rest : ""), fx_console_print("\n");
    else if (strcmp(verb, "console_size") == 0)
        fx_host.console.size = number(word(&rest));
    else if (strcmp(verb, "console_index") == 0)
        fx_host.console.start = fx_host.console.end = number(word(&rest));
    else if (strcmp(verb, "console_flood") == 0)
        fx_host.console.flood = number(word(&rest));
    else if (strcmp(verb, "answer") == 0) {
        const char *what = word(&rest);
        fx_answer(what ? what : "", number(word(&rest)));
    } else if (strcmp(verb, "fail") == 0)
        return fault_line(&rest);
    else
        return fx_host.current ? domain_line(fx_host.current, verb, &rest) : -1;
    return 0;
}

/* "when" keeps its ';' for later, and so does a comment: lines are cut one by one. */
int fx_apply(const char *lines)
{
    char *copy = strdup(lines), *at = copy;
    int bad = 0;

    while (at && *at) {
        bool is_when;
        char *end;

        at += strspn(at, " \t");
        is_when = strncmp(at, "when ", 5) == 0;
        end = strpbrk(at, is_when || *at == '#' ? "\n" : "\n;");
        if (end)
            *end++ = '\0';
        if (is_when) {
            char function[64];
            int after, used = 0;

            if (sscanf(at, "when %63s %d %n", function, &after, &used) >= 2 && used > 0)
                fx_when(function, after, at + used);
            else
                bad++;
        } else if (line(at) != 0) {
            fprintf(stderr, "fakexen: not understood: %s\n", at);
            bad++;
        }
        at = end;
    }
    free(copy);
    return bad ? -1 : 0;
}

int fx_load(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text, *name;
    long size;
    int result;

    if (!file) {
        fprintf(stderr, "fakexen: %s: %s\n", path, strerror(errno));
        return -1;
    }
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    text = calloc(1, size + 1);
    size = fread(text, 1, size, file);
    fclose(file);

    fx_host_reset();
    name = strdup(path);
    snprintf(fx_host.directory, sizeof(fx_host.directory), "%s", dirname(name));
    free(name);
    result = fx_apply(text);
    free(text);
    return result;
}
