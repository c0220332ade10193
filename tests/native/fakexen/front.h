/* What the fronts share: how a library is opened, and how a call is entered. */
#ifndef FRONT_H
#define FRONT_H

#include "fakexen.h"

#include <errno.h>

/* As the real ones: without a logger a library writes to stderr. Here it does so at once, so that it is noticed. */
static inline void *front_open(const char *function, const char *kind, void *logger)
{
    struct fx_handle *handle;
    int error;

    fx_prepare();
    if (!logger) {
        fx_counters.null_loggers++;
        fprintf(stderr, "fakexen: %s without a logger\n", function);
    }
    handle = fx_handle_open(kind, logger);
    error = fx_enter(function);
    if (error) {
        fx_handle_complain(handle, function, error);
        fx_handle_close(handle, kind);
        fx_counters.opens--;
        fx_counters.closes--;
        errno = error;
        return NULL;
    }
    return handle;
}

/* As with close(2), the handle is gone whatever comes back. */
static inline int front_close(const char *function, struct fx_handle *handle, const char *kind)
{
    int error = fx_enter(function), result = fx_handle_close(handle, kind);

    if (error) {
        errno = error;
        return -1;
    }
    return result;
}

/* 0, or the errno that the call shall fail with, which has then been complained of. */
static inline int front_enter(struct fx_handle *handle, const char *kind, const char *function)
{
    int error = fx_handle_check(handle, kind) ? fx_enter(function) : EBADF;

    if (error)
        fx_handle_complain(handle, function, error);
    return error;
}

/* A result of Xen's as the libraries give it: -1 and errno. */
static inline long front_return(struct fx_handle *handle, const char *function, long result)
{
    if (result >= 0)
        return result;
    fx_handle_complain(handle, function, (int)-result);
    return -1;
}

#endif
