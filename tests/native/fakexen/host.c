#include "fakexen.h"

#include <stdlib.h>
#include <string.h>

struct fx_host fx_host;
struct fakexen_counters fx_counters;

static void free_domain(struct fx_domain *domain)
{
    fx_memory_drop(&domain->shared);
    for (size_t i = 0; i < domain->memory_count; i++)
        fx_memory_drop(&domain->memory[i]);
    free(domain->memory);
    free(domain->ports);
    free(domain->vcpus);
    free(domain);
}

void fx_host_reset(void)
{
    fx_mutate_stop();
    while (fx_host.domains)
        fx_domain_remove(fx_host.domains->id);
    while (fx_host.nodes) {
        struct fx_node *node = fx_host.nodes;
        fx_host.nodes = node->next;
        free(node->path);
        free(node->value);
        free(node);
    }
    fx_memory_reset();
    free(fx_host.console.ring);
    memset(&fx_host, 0, sizeof(fx_host));
    fx_host.major = 4;
    fx_host.minor = 17;
}

struct fx_domain *fx_domain_from(uint32_t domid)
{
    struct fx_domain *domain = fx_host.domains;

    while (domain && domain->id < domid)
        domain = domain->next;
    return domain;
}

struct fx_domain *fx_domain_exact(uint32_t domid)
{
    struct fx_domain *domain = fx_domain_from(domid == FX_DOMID_SELF ? fx_host.self : domid);

    return domain && (domid == FX_DOMID_SELF || domain->id == domid) ? domain : NULL;
}

struct fx_domain *fx_domain_add(uint16_t domid)
{
    struct fx_domain **at = &fx_host.domains;
    struct fx_domain *domain;

    while (*at && (*at)->id < domid)
        at = &(*at)->next;
    if (*at && (*at)->id == domid)
        return *at;

    domain = calloc(1, sizeof(*domain));
    domain->id = domid;
    domain->max_vcpu_id = FX_NO_VCPU;
    domain->gpaddr_bits = 48;
    domain->shared.frame = FX_NO_FRAME;
    domain->guest_width = 8;
    /* What Xen gives a new domain: one bucket. */
    fx_domain_set_ports(domain, 64);
    domain->next = *at;
    return *at = domain;
}

void fx_domain_remove(uint16_t domid)
{
    struct fx_domain **at = &fx_host.domains;

    while (*at && (*at)->id != domid)
        at = &(*at)->next;
    if (*at) {
        struct fx_domain *domain = *at;

        if (fx_host.current == domain)
            fx_host.current = NULL;
        *at = domain->next;
        free_domain(domain);
    }
}

void fx_domain_set_ports(struct fx_domain *domain, uint32_t count)
{
    domain->ports = realloc(domain->ports, count * sizeof(*domain->ports));
    if (count > domain->valid_ports)
        memset(domain->ports + domain->valid_ports, 0, (count - domain->valid_ports) * sizeof(*domain->ports));
    domain->valid_ports = count;
}

struct fx_vcpu *fx_domain_vcpu(struct fx_domain *domain, uint32_t vcpu)
{
    if (vcpu >= domain->vcpu_count) {
        domain->vcpus = realloc(domain->vcpus, (vcpu + 1) * sizeof(*domain->vcpus));
        memset(domain->vcpus + domain->vcpu_count, 0, (vcpu + 1 - domain->vcpu_count) * sizeof(*domain->vcpus));
        domain->vcpu_count = vcpu + 1;
    }
    return &domain->vcpus[vcpu];
}

void fx_node_set(const char *path, const char *value)
{
    struct fx_node **at = &fx_host.nodes;

    while (*at && strcmp((*at)->path, path) != 0)
        at = &(*at)->next;
    if (!*at) {
        *at = calloc(1, sizeof(**at));
        (*at)->path = strdup(path);
    }
    free((*at)->value);
    (*at)->value = strdup(value);
}
