/* Faults to inject: what a call shall fail with, and what shall happen to the host just before a call. */
#include "fakexen.h"

#include <stdlib.h>
#include <string.h>

struct call {
    const char *name;
    uint64_t calls;
    struct call *next;
};

struct fault {
    char *function;
    int error;
    uint64_t from;
    int times; /* -1: for ever */
    char *lines; /* of "when"; then there is no error */
    struct fault *next;
};

/* A number that is given instead of the true one. */
struct answer {
    char *what;
    uint64_t value;
    struct answer *next;
};

static struct answer *answers;
static struct call *calls;
static struct fault *faults;

static struct call *find_call(const char *function)
{
    struct call *call;

    for (call = calls; call; call = call->next)
        if (strcmp(call->name, function) == 0)
            return call;
    call = calloc(1, sizeof(*call));
    call->name = strdup(function);
    call->next = calls;
    return calls = call;
}

/* What is applied may add faults, which go to the head of the list and are for later calls. */
int fx_enter(const char *function)
{
    struct call *call = find_call(function);
    uint64_t before = call->calls++;
    int error = 0;

    for (struct fault *fault = faults; fault; fault = fault->next) {
        if (strcmp(fault->function, function) != 0 || before < fault->from || fault->times == 0)
            continue;
        if (fault->times > 0)
            fault->times--;
        if (fault->lines)
            fx_apply(fault->lines);
        else if (error == 0)
            error = fault->error;
    }
    return error;
}

uint64_t fx_calls(const char *function)
{
    return find_call(function)->calls;
}

void fx_calls_print(FILE *file)
{
    for (const struct call *call = calls; call; call = call->next)
        fprintf(file, "calls.%s %lu\n", call->name, call->calls);
}

/* "After n calls" counts from now. */
static struct fault *add(const char *function, int after)
{
    struct fault *fault = calloc(1, sizeof(*fault));

    fault->function = strdup(function);
    fault->from = fx_calls(function) + after;
    fault->next = faults;
    return faults = fault;
}

void fx_fault(const char *function, int error, int after, int times)
{
    struct fault *fault = add(function, after);

    fault->error = error;
    fault->times = times;
}

void fx_when(const char *function, int after, const char *lines)
{
    struct fault *fault = add(function, after);

    fault->times = 1;
    fault->lines = strdup(lines);
}

void fx_answer(const char *what, uint64_t value)
{
    struct answer *answer = calloc(1, sizeof(*answer));

    answer->what = strdup(what);
    answer->value = value;
    answer->next = answers;
    answers = answer;
}

uint64_t fx_answered(const char *what, uint64_t otherwise)
{
    for (const struct answer *answer = answers; answer; answer = answer->next)
        if (strcmp(answer->what, what) == 0)
            return answer->value;
    return otherwise;
}

void fx_faults_clear(void)
{
    while (answers) {
        struct answer *answer = answers;
        answers = answer->next;
        free(answer->what);
        free(answer);
    }
    while (faults) {
        struct fault *fault = faults;
        faults = fault->next;
        free(fault->function);
        free(fault->lines);
        free(fault);
    }
    for (struct call *call = calls; call; call = call->next)
        call->calls = 0;
}
