/* Says whether a folder may hold a replica: a local file system whose locks, syncs and renames mean what they
 * say, and no program that copies files away under us. What is refused is listed here; what is not listed is
 * fine (ext4, xfs, btrfs, tmpfs, overlayfs and so on). */
#include "platform/posix/posix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/vfs.h>

#include "base/error.h"

/* Magic numbers of statfs(2); some are not in the headers of every system. */
static const struct {
    uint32_t magic;
    const char *name;
} network_systems[] = {
    { 0x6969u, "NFS" },      { 0x517Bu, "SMB" },        { 0xFF534D42u, "CIFS" },   { 0xFE534D42u, "SMB2" },
    { 0x01021997u, "9P" },   { 0x65735546u, "FUSE" },   { 0x564Cu, "NCP" },        { 0x73757245u, "Coda" },
    { 0x5346414Fu, "AFS" },  { 0x00C36400u, "Ceph" },   { 0x0BD00BD0u, "Lustre" }, { 0x7461636Fu, "OCFS2" },
    { 0x01161970u, "GFS2" }, { 0x786F4256u, "vboxsf" }, { 0x47504653u, "GPFS" },
};

/* Folder names that sync clients use. One that ends here may be followed by a blank, a bracket or a minus, as
 * in "Dropbox (Personal)" and "OneDrive - Contoso". */
static const char *const synced_names[] = {
    "Dropbox",      "OneDrive",    "Google Drive",     "GoogleDrive",         "My Drive",  "iCloud",
    "iCloud Drive", "iCloudDrive", "Mobile Documents", "com~apple~CloudDocs", "Nextcloud", "CloudStorage",
};

static bool is_synced_name(const char *name, size_t bytes)
{
    for (size_t i = 0; i < sizeof(synced_names) / sizeof(synced_names[0]); i++) {
        const size_t length = strlen(synced_names[i]);
        if (bytes < length || strncasecmp(name, synced_names[i], length) != 0) continue;
        if (bytes == length || strchr(" (-", name[length]) != NULL) return true;
    }
    return false;
}

static qa_status_t check_names(const char *path, const char *resolved, qa_error_t *error)
{
    for (const char *at = resolved; *at != '\0';) {
        const size_t bytes = strcspn(at, "/");
        if (bytes > 0 && is_synced_name(at, bytes))
            return qa_fail(error, QA_NETWORK_FOLDER,
                           "%s is kept by a sync client (%.*s), which copies half-written files; "
                           "choose a local folder",
                           path, (int)bytes, at);
        at += bytes;
        if (*at == '/') at++;
    }
    return QA_OK;
}

/* The folder, or the nearest one above it that exists: a replica is checked before its folder is made. */
static char *resolve(const char *path, qa_error_t *error, qa_status_t *status_out)
{
    char *copy = strdup(path);
    char *resolved = NULL;
    *status_out = QA_OK;
    while (copy != NULL) {
        resolved = realpath(copy[0] == '\0' ? "/" : copy, NULL);
        if (resolved != NULL || errno != ENOENT) break;
        char *slash = strrchr(copy, '/');
        if (slash == NULL) {
            resolved = realpath(".", NULL);
            break;
        }
        *slash = '\0';
    }
    if (copy == NULL || resolved == NULL) *status_out = qa_posix_fail(error, path, "find the folder", errno);
    free(copy);
    return resolved;
}

qa_status_t qa_posix_check_folder(void *context, const char *path, qa_error_t *error)
{
    qa_status_t status;
    struct statfs information;
    (void)context;
    char *resolved = resolve(path, error, &status);
    if (status == QA_OK) status = check_names(path, path, error);
    if (status == QA_OK) status = check_names(path, resolved, error);
    if (status == QA_OK && statfs(resolved, &information) != 0)
        status = qa_posix_fail(error, path, "ask for the file system", errno);
    if (status == QA_OK) {
        const uint32_t magic = (uint32_t)information.f_type;
        for (size_t i = 0; i < sizeof(network_systems) / sizeof(network_systems[0]); i++) {
            if (network_systems[i].magic == magic)
                status = qa_fail(error, QA_NETWORK_FOLDER,
                                 "%s is on a network or user-space file system (%s), whose locks and syncs "
                                 "cannot be relied on; choose a local folder",
                                 path, network_systems[i].name);
        }
    }
    free(resolved);
    return status;
}
