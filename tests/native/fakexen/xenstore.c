/* libxenstore.so.4, or .so.3.0 up to Xen 4.15. It has no logger and says nothing at errors. */
#include "front.h"

#include <stdlib.h>
#include <string.h>

#define KIND "xenstore"

void *xs_open(unsigned long flags)
{
    struct fx_handle *handle;
    int error;

    (void)flags;
    fx_prepare();
    error = fx_enter(__func__);
    if (error) {
        errno = error;
        return NULL;
    }
    handle = fx_handle_open(KIND, NULL);
    return handle;
}

void xs_close(struct fx_handle *handle)
{
    front_close(__func__, handle, KIND);
}

static bool enter(struct fx_handle *handle, const char *function)
{
    int error = fx_handle_check(handle, KIND) ? fx_enter(function) : EBADF;

    errno = error;
    return error == 0;
}

void *xs_read(struct fx_handle *handle, uint32_t transaction, const char *path, unsigned *length)
{
    (void)transaction;
    if (!enter(handle, __func__))
        return NULL;
    for (const struct fx_node *node = fx_host.nodes; node; node = node->next) {
        if (strcmp(node->path, path) != 0)
            continue;
        if (length)
            *length = (unsigned)fx_answered(__func__, strlen(node->value));
        /* A NUL is added that is not counted. */
        return fx_result(node->value, strlen(node->value) + 1);
    }
    errno = ENOENT;
    return NULL;
}

/* Length of the name of the child of "path" that "node" is or lies under; 0 when it does not. */
static size_t child(const char *node, const char *path, const char **name)
{
    size_t length = strlen(path);

    if (strncmp(node, path, length) != 0 || node[length] != '/')
        return 0;
    *name = node + length + 1;
    return strcspn(*name, "/");
}

static bool is_listed(const struct fx_node *until, const char *path, const char *name, size_t length)
{
    for (const struct fx_node *node = fx_host.nodes; node != until; node = node->next) {
        const char *other;
        if (child(node->path, path, &other) == length && strncmp(other, name, length) == 0)
            return true;
    }
    return false;
}

/* One block: the array of pointers, and after it the strings. */
char **xs_directory(struct fx_handle *handle, uint32_t transaction, const char *path, unsigned *count)
{
    size_t strings = 0, offset;
    unsigned found = 0, filled = 0;
    const char *name;
    char **list, **result;

    (void)transaction;
    if (!enter(handle, __func__))
        return NULL;
    for (const struct fx_node *node = fx_host.nodes; node; node = node->next) {
        size_t length = child(node->path, path, &name);
        if (length && !is_listed(node, path, name, length))
            found++, strings += length + 1;
    }
    if (!found) {
        errno = ENOENT;
        return NULL;
    }
    offset = found * sizeof(char *);
    list = calloc(1, offset + strings);
    for (const struct fx_node *node = fx_host.nodes; node; node = node->next) {
        size_t length = child(node->path, path, &name);
        if (!length || is_listed(node, path, name, length))
            continue;
        memcpy((char *)list + offset, name, length);
        list[filled++] = (char *)(uintptr_t)offset;
        offset += length + 1;
    }
    result = fx_result(list, offset);
    free(list);
    for (unsigned i = 0; i < found; i++)
        result[i] = (char *)result + (uintptr_t)result[i];
    fx_result_settle(result);
    *count = found;
    return result;
}

char *xs_get_domain_path(struct fx_handle *handle, unsigned domid)
{
    char path[64];

    if (!enter(handle, __func__))
        return NULL;
    snprintf(path, sizeof(path), "/local/domain/%u", domid);
    return fx_result(path, strlen(path) + 1);
}

bool xs_is_domain_introduced(struct fx_handle *handle, unsigned domid)
{
    return enter(handle, __func__) && fx_domain_exact(domid);
}
