/*
 * scan DIRECTORY: all that can be executed below a directory, as if that were the root.
 *
 * It is walked without recursion, by descriptors relative to each other, so that neither the depth
 * nor the length of a path matters. What is not a regular file, a directory or a symbolic link is
 * never opened. Memory does not depend on the number of files.
 */
#ifndef SCAN_H
#define SCAN_H

#include <dirent.h>
#include "file.h"
#include "mounts.h"

/* Longer paths are counted as unreadable. */
#define SCAN_PATH_MAX 65535
#define SCAN_HEAD 256
/* Directories this deep stay open while their descendants are walked; deeper ones are found again. */
#define OPEN_MAX 64
#define LEVELS_MAX (SCAN_PATH_MAX / 2 + 2)
#define EXAMPLES_MAX 20
/* Names of directories that wait: so many bytes at once of one directory, and of all. */
#define SHARE 32768
#define DEEP_SHARE 4096
#define PENDING_MAX (16 << 20)

struct level {
    /* How much of scan_path is this directory's. */
    uint32_t path_length;
    /* Where its names begin among those that wait. */
    uint32_t names;
    int fd; /* or -1 */
    bool exhausted;
    /* From where it is read on when it is opened again. */
    int64_t next;
};

static struct level levels[LEVELS_MAX];
static char pending[PENDING_MAX];
static size_t pending_length;
static char scan_path[SCAN_PATH_MAX + 1];
static struct {
    uint64_t files, directories, symlinks, elf, scripts, unreadable;
    const char *incomplete;
} counts;

/* Counts what could not be read; the first are named. What has gone meanwhile does not count. */
static void deny(int number)
{
    if (number == ENOENT || counts.unreadable++ >= EXAMPLES_MAX)
        return;
    record_begin("DENY");
    record_text(scan_path);
    record_text(errno_name(number));
    record_end();
}

/* Writes the described file: `device:inode` of what has several names, then as FILE. */
static void record_scanned(void)
{
    char digits[48] = "";

    if (S_ISREG(file.status.st_mode) && file.status.st_nlink > 1) {
        u64toa_r(file.status.st_dev, digits);
        strcpy(digits + strlen(digits), ":");
        u64toa_r(file.status.st_ino, digits + strlen(digits));
    }
    if (file.head_length > SCAN_HEAD)
        file.head_length = SCAN_HEAD;
    record_begin("SCAN");
    record_text(digits);
    record_file(scan_path);
    record_end();
    record_links();
}

static void scan_link(int directory, const char *name)
{
    ssize_t length;

    forget_file();
    length = syscall(__NR_readlinkat, directory, name, file.target, sizeof(file.target) - 1);
    file.target[length < 0 ? 0 : length] = 0;
    if (length < 0 || fstatat(directory, name, &file.status, AT_SYMLINK_NOFOLLOW) != 0) {
        deny(errno);
        return;
    }
    /* Engines make this one where an image has none. */
    if (strcmp(scan_path, "/etc/mtab") == 0 && strcmp(file.target, "/proc/mounts") == 0)
        return;
    counts.symlinks++;
    record_scanned();
}

/* Tells whether a file can be executed, or is a part of what can: then it is described. */
static bool read_scanned(int fd)
{
    ssize_t got;

    forget_file();
    if (fstat(fd, &file.status) != 0) {
        deny(errno);
        return false;
    }
    if (!S_ISREG(file.status.st_mode))
        return false;
    while (file.head_length < HEAD_LENGTH && file.head_length < (uint64_t)file.status.st_size) {
        got = read(fd, file.head + file.head_length, HEAD_LENGTH - file.head_length);
        if (got < 0) {
            deny(errno);
            return false;
        }
        if (got == 0)
            break;
        file.head_length += got;
    }
    if (file.head_length >= 4 && memcmp(file.head, "\177ELF", 4) == 0) {
        counts.elf++;
        read_elf(fd);
        return true;
    }
    if (file.head_length >= 2 && memcmp(file.head, "#!", 2) == 0) {
        counts.scripts++;
        return true;
    }
    return file.status.st_mode & 0111;
}

static void scan_file(int directory, const char *name)
{
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    counts.files++;
    if (fd < 0) {
        deny(errno);
        return;
    }
    if (read_scanned(fd))
        record_scanned();
    close(fd);
}

/* Keeps a name until its directory's turn: the name, a NUL, its length. */
static void keep_name(const char *name, size_t length)
{
    memcpy(pending + pending_length, name, length + 1);
    pending_length += length + 2;
    pending[pending_length - 1] = length;
}

static void scan_entry(struct level *level, const struct linux_dirent64 *entry)
{
    size_t length = strlen(entry->d_name);
    unsigned int type = entry->d_type;

    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        return;
    if (level->path_length + 1 + length > SCAN_PATH_MAX) {
        scan_path[level->path_length] = 0;
        deny(ENAMETOOLONG);
        return;
    }
    scan_path[level->path_length] = '/';
    memcpy(scan_path + level->path_length + 1, entry->d_name, length + 1);
    if (is_laid_over(scan_path))
        return;
    if (type == DT_UNKNOWN) {
        struct stat status;

        if (fstatat(level->fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
            deny(errno);
        else
            type = S_ISREG(status.st_mode)   ? DT_REG
                   : S_ISDIR(status.st_mode) ? DT_DIR
                   : S_ISLNK(status.st_mode) ? DT_LNK
                                             : DT_UNKNOWN;
    }
    if (type == DT_DIR)
        keep_name(entry->d_name, length);
    else if (type == DT_LNK)
        scan_link(level->fd, entry->d_name);
    else if (type == DT_REG)
        scan_file(level->fd, entry->d_name);
}

/*
 * Opens a directory again from the nearest ancestor that is open, in pieces of fewer than 4096
 * bytes, the most that a path may have.
 */
static bool open_again(unsigned int depth)
{
    struct level *level = &levels[depth], *base = level;
    uint32_t from, to;
    int fd, next;

    while (base->fd < 0)
        base--;
    if (base == level)
        return true;
    fd = base->fd;
    for (from = base->path_length; from < level->path_length; from = to) {
        char kept;

        to = level->path_length - from < PATH_LENGTH ? level->path_length : from + PATH_LENGTH - 1;
        while (to < level->path_length && scan_path[to] != '/')
            to--;
        kept = scan_path[to];
        scan_path[to] = 0;
        next = openat(fd, scan_path + from + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (next < 0)
            deny(errno);
        scan_path[to] = kept;
        if (fd != base->fd)
            close(fd);
        if (next < 0)
            return false;
        fd = next;
    }
    level->fd = fd;
    return level->exhausted || level->next == 0 || lseek(fd, level->next, SEEK_SET) >= 0;
}

/* Reads some of a directory's entries: files at once, directories are kept for later. */
static void read_entries(unsigned int depth)
{
    static char entries[SHARE] __attribute__((aligned(8)));
    struct level *level = &levels[depth];
    size_t room = depth < OPEN_MAX ? SHARE : DEEP_SHARE;
    int length = 0, number = 0;

    if (room > PENDING_MAX - pending_length)
        room = PENDING_MAX - pending_length;
    if (room < 512)
        number = ENOMEM;
    else if ((length = getdents64(level->fd, (struct linux_dirent64 *)entries, room)) < 0)
        number = errno;
    if (number != 0)
        deny(number);
    if (length <= 0)
        level->exhausted = true;
    for (int at = 0; at < length;) {
        struct linux_dirent64 *entry = (struct linux_dirent64 *)(entries + at);

        at += entry->d_reclen;
        level->next = entry->d_off;
        scan_entry(level, entry);
    }
}

/* Goes down into the directory whose name was kept last; returns the depth to go on at. */
static unsigned int enter(unsigned int depth)
{
    struct level *level = &levels[depth], *child = level + 1;
    size_t length = (unsigned char)pending[pending_length - 1];
    const char *name = pending + pending_length - 2 - length;

    memcpy(scan_path + level->path_length + 1, name, length + 1);
    scan_path[level->path_length] = '/';
    pending_length -= length + 2;
    counts.directories++;
    child->fd = openat(level->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (child->fd < 0) {
        deny(errno);
        return depth;
    }
    child->path_length = level->path_length + 1 + length;
    child->names = pending_length;
    child->exhausted = false;
    child->next = 0;
    if (depth >= OPEN_MAX)
        close_fd(&level->fd);
    return depth + 1;
}

static void walk_tree(void)
{
    unsigned int depth = 0;

    for (;;) {
        struct level *level = &levels[depth];
        size_t share = depth < OPEN_MAX ? SHARE : DEEP_SHARE;
        bool more = !level->exhausted && pending_length - level->names < share;

        scan_path[level->path_length] = 0;
        if ((more || pending_length > level->names) && !open_again(depth)) {
            level->exhausted = true;
            pending_length = level->names;
        } else if (more) {
            read_entries(depth);
        } else if (pending_length > level->names) {
            depth = enter(depth);
        } else {
            close_fd(&level->fd);
            if (depth-- == 0)
                return;
        }
    }
}

static void scan(const char *directory)
{
    static char root[PATH_LENGTH];
    char path[32] = "/proc/self/fd/";
    ssize_t length;

    memset(&counts, 0, sizeof(counts));
    memset(levels, 0, sizeof(levels[0]));
    scan_path[0] = 0;
    pending_length = 0;
    records_wait = true;
    levels[0].fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (levels[0].fd < 0) {
        counts.incomplete = errno_name(errno);
    } else {
        u64toa_r(levels[0].fd, path + 14);
        length = readlink(path, root, sizeof(root) - 1);
        root[length <= 1 ? 0 : length] = 0;
        read_mounts(root);
        if (!mounts_known || length < 0)
            counts.incomplete = "the mounts are not known";
        else
            walk_tree();
    }
    record_begin("SUM ");
    record_text(counts.incomplete ? counts.incomplete : "ok");
    record_number(counts.files);
    record_number(counts.directories);
    record_number(counts.symlinks);
    record_number(counts.elf);
    record_number(counts.scripts);
    record_number(counts.unreadable);
    record_end();
    flush_records();
    records_wait = false;
}

#endif
