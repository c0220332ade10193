/* What tests hold on to: in the same process by these functions, from outside by FAKEXEN_HOST, FAKEXEN_FAIL and FAKEXEN_COUNTERS. */
#include "fakexen.h"

#include <stdlib.h>
#include <string.h>

static bool is_driven; /* by a test in this process, which says itself when the host is to be read */

int fakexen_load(const char *path)
{
    is_driven = true;
    fakexen_clear();
    return fx_load(path);
}

int fakexen_apply(const char *lines)
{
    return fx_apply(lines);
}

void fakexen_fail(const char *function, int errno_value, int after_n_calls)
{
    fx_fault(function, errno_value, after_n_calls, -1);
}

/* Faults, call counts and counters. What one test has leaked is not held against the next. */
void fakexen_clear(void)
{
    fx_live_maps_forget();
    fx_results_forget();
    fx_faults_clear();
    memset(&fx_counters, 0, sizeof(fx_counters));
}

uint64_t fakexen_calls(const char *function)
{
    return fx_calls(function);
}

void fakexen_counters(struct fakexen_counters *counters)
{
    fx_counters.live_maps = fx_live_maps();
    fx_counters.live_results = fx_live_results();
    *counters = fx_counters;
}

void *fakexen_page(uint32_t domid)
{
    const struct fx_domain *domain = fx_domain_exact(domid);

    return domain ? domain->shared.bytes : NULL;
}

/* FAKEXEN_FAIL=function:errno[:after[:times]],... */
static void fail_by_environment(void)
{
    const char *wanted = getenv("FAKEXEN_FAIL");
    char *faults = strdup(wanted ? wanted : ""), *rest = NULL;

    for (char *fault = strtok_r(faults, ",", &rest); fault; fault = strtok_r(NULL, ",", &rest)) {
        char function[64];
        int error, after = 0, times = -1;

        if (sscanf(fault, "%63[^:]:%d:%d:%d", function, &error, &after, &times) >= 2)
            fx_fault(function, error, after, times);
    }
    free(faults);
}

/* Called when a library is opened. With no handle open the host file is read anew. */
void fx_prepare(void)
{
    static bool has_failures;
    const char *path = getenv("FAKEXEN_HOST");

    if (!is_driven && path && fx_counters.opens == fx_counters.closes)
        fx_load(path);
    if (!is_driven && !has_failures)
        fail_by_environment();
    has_failures = true;
}

__attribute__((destructor)) static void dump_counters(void)
{
    static const char *const names[] = {
        "opens", "closes", "maps", "unmaps", "writable_maps", "live_maps", "buffers_allocated", "buffers_freed", "results", "live_results",
        "null_loggers", "log_messages", "misuses", "multicall_entries", "largest_multicall",
    };
    const char *path = getenv("FAKEXEN_COUNTERS");
    struct fakexen_counters c;
    FILE *file;

    _Static_assert(sizeof(names) / sizeof(*names) == sizeof(c) / sizeof(uint64_t), "every counter has its name");
    if (is_driven || !path || !(file = fopen(path, "w")))
        return;
    fakexen_counters(&c);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        fprintf(file, "%s %lu\n", names[i], ((const uint64_t *)&c)[i]);
    fx_calls_print(file);
    fclose(file);
}
