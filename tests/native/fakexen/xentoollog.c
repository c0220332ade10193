/* libxentoollog.so.1: the logger that writes to a stream. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct xentoollog_logger {
    void (*vmessage)(struct xentoollog_logger *logger, int level, int errnoval, const char *context, const char *format, va_list al);
    void (*progress)(struct xentoollog_logger *logger, const char *context, const char *doing, int percent, unsigned long done,
                     unsigned long total);
    void (*destroy)(struct xentoollog_logger *logger);
} xentoollog_logger;

typedef struct xentoollog_logger_stdiostream {
    xentoollog_logger vtable;
    FILE *stream;
    int min_level;
} xentoollog_logger_stdiostream;

static void stdiostream_vmessage(xentoollog_logger *logger, int level, int errnoval, const char *context, const char *format, va_list al)
{
    xentoollog_logger_stdiostream *lg = (void *)logger;

    if (level < lg->min_level)
        return;
    fprintf(lg->stream, "%s: ", context ? context : "xtl");
    vfprintf(lg->stream, format, al);
    if (errnoval >= 0)
        fprintf(lg->stream, ": %s", strerror(errnoval));
    fputc('\n', lg->stream);
    fflush(lg->stream);
}

static void stdiostream_progress(xentoollog_logger *logger, const char *context, const char *doing, int percent, unsigned long done,
                                 unsigned long total)
{
    (void)logger, (void)context, (void)doing, (void)percent, (void)done, (void)total;
}

static void stdiostream_destroy(xentoollog_logger *logger)
{
    free(logger);
}

xentoollog_logger_stdiostream *xtl_createlogger_stdiostream(FILE *stream, int min_level, unsigned flags)
{
    xentoollog_logger_stdiostream *lg = calloc(1, sizeof(*lg));

    (void)flags;
    lg->vtable.vmessage = stdiostream_vmessage;
    lg->vtable.progress = stdiostream_progress;
    lg->vtable.destroy = stdiostream_destroy;
    lg->stream = stream;
    lg->min_level = min_level;
    return lg;
}

void xtl_logger_destroy(xentoollog_logger *logger)
{
    if (logger)
        logger->destroy(logger);
}
