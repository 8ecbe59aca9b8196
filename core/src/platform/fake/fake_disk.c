/* Sectors and names that survive a crash or not; see fake_system.h for the rules. */
#include "platform/fake/fake_disk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

uint64_t fake_random(uint64_t *seed)
{
    /* splitmix64: any seed is good, zero included. */
    uint64_t value = *seed += 0x9E3779B97F4A7C15u;
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
}

fake_inode_t *fake_inode_make(fake_disk_t *disk, bool is_folder)
{
    fake_inode_t *inode = calloc(1, sizeof(*inode));
    if (inode == NULL) return NULL;
    inode->is_folder = is_folder;
    inode->next = disk->inodes;
    disk->inodes = inode;
    return inode;
}

static bool reserve(fake_inode_t *inode, uint64_t bytes)
{
    if (bytes <= inode->capacity) return true;
    uint64_t capacity = inode->capacity + inode->capacity / 2;
    if (capacity < bytes) capacity = bytes;
    capacity = (capacity + FAKE_SECTOR_BYTES - 1) / FAKE_SECTOR_BYTES * FAKE_SECTOR_BYTES;
    uint8_t *cached = calloc(1, (size_t)capacity);
    uint8_t *stored = calloc(1, (size_t)capacity);
    uint8_t *dirty = calloc(1, (size_t)(capacity / FAKE_SECTOR_BYTES));
    if (cached == NULL || stored == NULL || dirty == NULL) {
        free(cached);
        free(stored);
        free(dirty);
        return false;
    }
    if (inode->capacity > 0) {
        memcpy(cached, inode->cached, (size_t)inode->capacity);
        memcpy(stored, inode->stored, (size_t)inode->capacity);
        memcpy(dirty, inode->dirty, (size_t)(inode->capacity / FAKE_SECTOR_BYTES));
    }
    free(inode->cached);
    free(inode->stored);
    free(inode->dirty);
    inode->cached = cached;
    inode->stored = stored;
    inode->dirty = dirty;
    inode->capacity = capacity;
    return true;
}

/* What is overwritten or cut may show up again in room that another file gets. */
static void keep_stale(fake_disk_t *disk, const uint8_t *sector)
{
    memcpy(disk->stale[disk->stale_count % FAKE_STALE_SECTORS], sector, FAKE_SECTOR_BYTES);
    disk->stale_count++;
}

bool fake_inode_write(fake_disk_t *disk, fake_inode_t *inode, uint64_t position, const void *data,
                      size_t bytes)
{
    if (bytes == 0) return true;
    const uint64_t end = position + bytes;
    if (!reserve(inode, end)) return false;
    memcpy(inode->cached + position, data, bytes);
    const uint64_t first = position < inode->cached_bytes ? position : inode->cached_bytes;
    for (uint64_t sector = first / FAKE_SECTOR_BYTES; sector <= (end - 1) / FAKE_SECTOR_BYTES; sector++)
        inode->dirty[sector] = 1;
    if (end > inode->cached_bytes) inode->cached_bytes = end;
    keep_stale(disk, inode->cached + position / FAKE_SECTOR_BYTES * FAKE_SECTOR_BYTES);
    return true;
}

bool fake_inode_truncate(fake_disk_t *disk, fake_inode_t *inode, uint64_t bytes)
{
    if (!reserve(inode, bytes)) return false;
    for (uint64_t at = bytes; at < inode->cached_bytes;
         at = (at / FAKE_SECTOR_BYTES + 1) * FAKE_SECTOR_BYTES) {
        const uint64_t sector = at / FAKE_SECTOR_BYTES;
        keep_stale(disk, inode->cached + sector * FAKE_SECTOR_BYTES);
        memset(inode->cached + at, 0, (size_t)((sector + 1) * FAKE_SECTOR_BYTES - at));
        inode->dirty[sector] = 1;
    }
    inode->cached_bytes = bytes;
    return true;
}

static uint64_t sector_count(const fake_inode_t *inode)
{
    return inode->capacity / FAKE_SECTOR_BYTES;
}

static void store_sector(fake_inode_t *inode, uint64_t sector)
{
    const uint64_t at = sector * FAKE_SECTOR_BYTES;
    memcpy(inode->stored + at, inode->cached + at, FAKE_SECTOR_BYTES);
}

void fake_inode_sync(fake_inode_t *inode)
{
    for (uint64_t sector = 0; sector < sector_count(inode); sector++) {
        if (inode->dirty[sector]) store_sector(inode, sector);
        inode->dirty[sector] = 0;
    }
    inode->stored_bytes = inode->cached_bytes;
}

void fake_inode_sync_badly(fake_inode_t *inode, uint64_t *seed)
{
    for (uint64_t sector = 0; sector < sector_count(inode); sector++) {
        if (inode->dirty[sector] && fake_random(seed) % 2 == 0) store_sector(inode, sector);
        inode->dirty[sector] = 0;
    }
    if (inode->cached_bytes > inode->stored_bytes) inode->stored_bytes = inode->cached_bytes;
}

void fake_inode_evict(fake_inode_t *inode, uint64_t *seed)
{
    for (uint64_t sector = 0; sector < sector_count(inode); sector++) {
        const uint64_t at = sector * FAKE_SECTOR_BYTES;
        if (inode->dirty[sector] || fake_random(seed) % 2 == 0) continue;
        memcpy(inode->cached + at, inode->stored + at, FAKE_SECTOR_BYTES);
    }
}

fake_inode_t *fake_find(const fake_names_t *names, const char *path)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i].path, path) == 0) return names->items[i].inode;
    }
    return NULL;
}

static bool bind(fake_names_t *names, const char *path, fake_inode_t *inode)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i].path, path) != 0) continue;
        names->items[i].inode = inode;
        return true;
    }
    if (inode == NULL) return true;
    if (names->count == names->capacity) {
        const size_t capacity = names->capacity * 2 + 8;
        fake_name_t *items = realloc(names->items, capacity * sizeof(*items));
        if (items == NULL) return false;
        names->items = items;
        names->capacity = capacity;
    }
    char *copy = strdup(path);
    if (copy == NULL) return false;
    names->items[names->count++] = (fake_name_t){ .path = copy, .inode = inode };
    return true;
}

static bool apply(fake_names_t *names, const fake_change_t *change)
{
    if (!bind(names, change->path, change->inode)) return false;
    return change->source == NULL || bind(names, change->source, NULL);
}

static void release_change(fake_change_t *change)
{
    free(change->path);
    free(change->source);
}

bool fake_change_names(fake_disk_t *disk, const char *path, const char *source, fake_inode_t *inode)
{
    if (disk->change_count == disk->change_capacity) {
        const size_t capacity = disk->change_capacity * 2 + 8;
        fake_change_t *changes = realloc(disk->changes, capacity * sizeof(*changes));
        if (changes == NULL) return false;
        disk->changes = changes;
        disk->change_capacity = capacity;
    }
    fake_change_t change = { .path = strdup(path),
                             .source = source != NULL ? strdup(source) : NULL,
                             .inode = inode };
    if (change.path == NULL || (source != NULL && change.source == NULL) || !apply(&disk->cached, &change)) {
        release_change(&change);
        return false;
    }
    disk->changes[disk->change_count++] = change;
    return true;
}

bool fake_parent_is(const char *path, const char *folder)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) return false;
    const size_t bytes = slash == path ? 1 : (size_t)(slash - path);
    return strlen(folder) == bytes && strncmp(path, folder, bytes) == 0;
}

void fake_sync_folder(fake_disk_t *disk, const char *folder)
{
    size_t kept = 0;
    for (size_t i = 0; i < disk->change_count; i++) {
        fake_change_t *change = &disk->changes[i];
        if (fake_parent_is(change->path, folder)) {
            const bool is_applied = apply(&disk->stored, change);
            assert(is_applied);
            (void)is_applied;
            release_change(change);
        } else {
            disk->changes[kept++] = *change;
        }
    }
    disk->change_count = kept;
}

/* What became of the sectors: mostly a mixture, sometimes all or nothing, which are the common cases on real
 * disks. */
typedef enum survival { SURVIVES_SOME, SURVIVES_ALL, SURVIVES_NONE } survival_t;

static survival_t choose_survival(uint64_t *seed)
{
    const uint64_t choice = fake_random(seed) % 8;
    return choice == 0 ? SURVIVES_ALL : choice == 1 ? SURVIVES_NONE : SURVIVES_SOME;
}

static bool survives(survival_t survival, uint64_t *seed)
{
    if (survival == SURVIVES_SOME) return fake_random(seed) % 2 == 0;
    return survival == SURVIVES_ALL;
}

static void crash_inode(const fake_disk_t *disk, fake_inode_t *inode, uint64_t *seed)
{
    const survival_t survival = choose_survival(seed);
    const uint64_t old_bytes = inode->stored_bytes;
    uint64_t new_bytes = survives(survival, seed) ? inode->cached_bytes : old_bytes;
    if (survival == SURVIVES_SOME && inode->cached_bytes > old_bytes && fake_random(seed) % 4 == 0)
        new_bytes = old_bytes + fake_random(seed) % (inode->cached_bytes - old_bytes + 1);
    for (uint64_t sector = 0; sector < sector_count(inode); sector++) {
        const uint64_t at = sector * FAKE_SECTOR_BYTES;
        if (!inode->dirty[sector]) continue;
        inode->dirty[sector] = 0;
        if (survives(survival, seed)) {
            store_sector(inode, sector);
        } else if (at >= old_bytes && disk->stale_count > 0 && fake_random(seed) % 2 == 0) {
            const uint32_t count =
                disk->stale_count < FAKE_STALE_SECTORS ? disk->stale_count : FAKE_STALE_SECTORS;
            memcpy(inode->stored + at, disk->stale[fake_random(seed) % count], FAKE_SECTOR_BYTES);
        }
    }
    if (new_bytes < inode->capacity)
        memset(inode->stored + new_bytes, 0, (size_t)(inode->capacity - new_bytes));
    inode->stored_bytes = new_bytes;
    inode->cached_bytes = new_bytes;
    if (inode->capacity > 0) memcpy(inode->cached, inode->stored, (size_t)inode->capacity);
    inode->lock_owner = NULL;
}

static bool has_parent(const fake_names_t *names, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path) return true;
    for (size_t i = 0; i < names->count; i++) {
        const fake_name_t *name = &names->items[i];
        if (name->inode != NULL && name->inode->is_folder && fake_parent_is(path, name->path))
            return has_parent(names, name->path);
    }
    return false;
}

void fake_disk_crash(fake_disk_t *disk, uint64_t *seed)
{
    for (fake_inode_t *inode = disk->inodes; inode != NULL; inode = inode->next)
        crash_inode(disk, inode, seed);
    for (size_t i = 0; i < disk->change_count; i++) {
        if (fake_random(seed) % 2 == 0) apply(&disk->stored, &disk->changes[i]);
        release_change(&disk->changes[i]);
    }
    disk->change_count = 0;
    for (size_t i = 0; i < disk->cached.count; i++)
        disk->cached.items[i].inode = NULL;
    for (size_t i = 0; i < disk->stored.count; i++) {
        fake_name_t *name = &disk->stored.items[i];
        /* A file in a folder that did not survive is gone, also for later crashes. */
        if (name->inode != NULL && !has_parent(&disk->stored, name->path)) name->inode = NULL;
        bind(&disk->cached, name->path, name->inode);
    }
}

static void release_names(fake_names_t *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i].path);
    free(names->items);
}

void fake_disk_release(fake_disk_t *disk)
{
    while (disk->inodes != NULL) {
        fake_inode_t *inode = disk->inodes;
        disk->inodes = inode->next;
        free(inode->cached);
        free(inode->stored);
        free(inode->dirty);
        free(inode);
    }
    for (size_t i = 0; i < disk->change_count; i++)
        release_change(&disk->changes[i]);
    free(disk->changes);
    release_names(&disk->cached);
    release_names(&disk->stored);
}
