/* What one file is: the FILE record. */
#ifndef FILE_H
#define FILE_H

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "elf.h"

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

/* Reads of an open file what its head does not hold. */
static void read_elf(int fd)
{
    if (!open_elf(fd, file.status.st_size, file.head, file.head_length))
        return;
    read_interpreter(file.interpreter, sizeof(file.interpreter));
    read_links();
}

static void read_contents(int fd)
{
    file.head_length = read_at(fd, file.head, HEAD_LENGTH, 0);
    read_elf(fd);
}

static void forget_file(void)
{
    file.number = 0;
    file.head_length = 0;
    file.target[0] = 0;
    file.interpreter[0] = 0;
    links_length = 0;
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
