/* What one file is: the FILE record. */
#ifndef FILE_H
#define FILE_H

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "record.h"

#define PATH_LENGTH 4096
#define HEAD_LENGTH 4096

/* The file that was described last. */
static struct {
    struct stat status;
    int number; /* 0, or lstat(2)'s errno */
    size_t head_length;
    unsigned char head[HEAD_LENGTH];
    char target[PATH_LENGTH];
    char interpreter[PATH_LENGTH];
} file;

/* Reads up to `length` bytes from `offset` on; returns how many there were. */
static size_t read_at(int fd, void *bytes, size_t length, uint64_t offset)
{
    size_t have = 0;
    ssize_t got;

    /* No interpreter stands so far in; and an off_t may be of 32 bits. */
    if (offset > INT32_MAX || lseek(fd, offset, SEEK_SET) < 0)
        return 0;
    while (have < length && (got = read(fd, (char *)bytes + have, length - have)) > 0)
        have += got;
    return have;
}

/* A number of an ELF header, which may be of the other byte order. */
static uint64_t elf_number(const unsigned char *at, size_t size)
{
    uint64_t number = 0;

    for (size_t i = 0; i < size; i++)
        number = number << 8 | at[file.head[5] == 2 ? i : size - 1 - i];
    return number;
}

/* Finds PT_INTERP as load_elf_binary() in fs/binfmt_elf.c does: the first one counts. */
static void read_elf_interpreter(int fd)
{
    const unsigned char *head = file.head;
    bool wide = head[4] == 2;
    unsigned char entry[56];
    uint64_t table, size, count;

    if (file.head_length < 64 || memcmp(head, "\177ELF", 4) != 0)
        return;
    table = wide ? elf_number(head + 32, 8) : elf_number(head + 28, 4);
    size = elf_number(head + (wide ? 54 : 42), 2);
    count = elf_number(head + (wide ? 56 : 44), 2);
    if (size != (wide ? 56 : 32))
        return;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t offset, length;

        if (read_at(fd, entry, size, table + i * size) != size)
            return;
        if (elf_number(entry, 4) != 3)
            continue;
        offset = wide ? elf_number(entry + 8, 8) : elf_number(entry + 4, 4);
        length = wide ? elf_number(entry + 32, 8) : elf_number(entry + 16, 4);
        if (length > PATH_LENGTH - 1)
            length = PATH_LENGTH - 1;
        file.interpreter[read_at(fd, file.interpreter, length, offset)] = 0;
        return;
    }
}

static void read_contents(int fd)
{
    file.head_length = read_at(fd, file.head, HEAD_LENGTH, 0);
    read_elf_interpreter(fd);
}

static void forget_file(void)
{
    file.number = 0;
    file.head_length = 0;
    file.target[0] = 0;
    file.interpreter[0] = 0;
}

/* Describes what an open descriptor stands for. */
static void describe_descriptor(int fd)
{
    forget_file();
    if (fstat(fd, &file.status) != 0)
        file.number = errno;
    else if (S_ISREG(file.status.st_mode))
        read_contents(fd);
}

/* Describes a path without following a last symbolic link. Only regular files are opened. */
static void describe_path(const char *path)
{
    int fd;

    forget_file();
    if (lstat(path, &file.status) != 0) {
        file.number = errno;
    } else if (S_ISLNK(file.status.st_mode)) {
        ssize_t length = readlink(path, file.target, sizeof(file.target) - 1);

        file.target[length < 0 ? 0 : length] = 0;
    } else if (S_ISREG(file.status.st_mode)) {
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
            return;
        read_contents(fd);
        close(fd);
    }
}

/* Adds the fields of the described file to a record that was begun. */
static void record_file(const char *path)
{
    const char *kind = S_ISREG(file.status.st_mode)   ? "file"
                       : S_ISDIR(file.status.st_mode) ? "directory"
                       : S_ISLNK(file.status.st_mode) ? "symlink"
                                                      : "other";

    record_text(path);
    record_text(errno_name(file.number));
    if (file.number != 0)
        return;
    record_text(kind);
    record_number(file.status.st_mode & 07777);
    record_number(file.status.st_uid);
    record_number(file.status.st_gid);
    record_number(file.status.st_size);
    record_text(file.target);
    record_text(file.interpreter);
    record_bytes_add(file.head, file.head_length);
}

#endif
