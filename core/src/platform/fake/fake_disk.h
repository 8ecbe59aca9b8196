/* The disk of the simulated system: files as sectors in memory and on the disk, names likewise. Only for
 * fake/. */
#ifndef QA_PLATFORM_FAKE_DISK_H
#define QA_PLATFORM_FAKE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FAKE_SECTOR_BYTES = 512, FAKE_STALE_SECTORS = 64 };

typedef struct fake_inode {
    struct fake_inode *next; /* all of a disk */
    bool is_folder;
    const void *lock_owner;
    /* `cached` is what reads see, `stored` what survives. Both have `capacity` bytes, zeros behind their
     * size. */
    uint8_t *cached;
    uint8_t *stored;
    uint8_t *dirty; /* one byte per sector */
    uint64_t capacity;
    uint64_t cached_bytes;
    uint64_t stored_bytes;
} fake_inode_t;

typedef struct fake_name {
    char *path;          /* owned */
    fake_inode_t *inode; /* NULL: no such name */
} fake_name_t;

typedef struct fake_names {
    fake_name_t *items;
    size_t count;
    size_t capacity;
} fake_names_t;

/* A change of names that may not survive: `path` gets `inode`, and `source`, if any, goes. */
typedef struct fake_change {
    char *path;
    char *source;
    fake_inode_t *inode;
} fake_change_t;

typedef struct fake_disk {
    fake_inode_t *inodes;
    fake_names_t cached;
    fake_names_t stored;
    fake_change_t *changes;
    size_t change_count;
    size_t change_capacity;
    uint8_t stale[FAKE_STALE_SECTORS][FAKE_SECTOR_BYTES]; /* old contents of the disk */
    uint32_t stale_count;
} fake_disk_t;

uint64_t fake_random(uint64_t *seed);

void fake_disk_release(fake_disk_t *disk);
fake_inode_t *fake_find(const fake_names_t *names, const char *path);
fake_inode_t *fake_inode_make(fake_disk_t *disk, bool is_folder);
bool fake_inode_write(fake_disk_t *disk, fake_inode_t *inode, uint64_t position, const void *data,
                      size_t bytes);
bool fake_inode_truncate(fake_disk_t *disk, fake_inode_t *inode, uint64_t bytes);
void fake_inode_sync(fake_inode_t *inode);
void fake_inode_sync_badly(fake_inode_t *inode, uint64_t *seed);
void fake_inode_evict(fake_inode_t *inode, uint64_t *seed);
/* Records the change and makes it in memory. False: no memory. */
bool fake_change_names(fake_disk_t *disk, const char *path, const char *source, fake_inode_t *inode);
/* The changes of names in this folder go to the disk. */
void fake_sync_folder(fake_disk_t *disk, const char *folder);
void fake_disk_crash(fake_disk_t *disk, uint64_t *seed);
bool fake_parent_is(const char *path, const char *folder);

#endif
