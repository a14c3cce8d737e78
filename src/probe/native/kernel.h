/* kernel, and binfmt DIRECTORY: what the kernel says of itself and of its binfmt_misc. */
#ifndef KERNEL_H
#define KERNEL_H

#include <asm/statfs.h>
#include <dirent.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include "file.h"

static unsigned char text[RECORD_MAX];

/* Reads a whole small file; what is longer is cut off. Returns the errno. */
static int read_file(int directory, const char *name, size_t *length)
{
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    ssize_t got = 0;

    *length = 0;
    if (fd < 0)
        return errno;
    while (*length < sizeof(text) - 1 &&
           (got = read(fd, text + *length, sizeof(text) - 1 - *length)) > 0)
        *length += got;
    text[*length] = 0;
    close(fd);
    return got < 0 ? errno : 0;
}

static void report_kernel(void)
{
    struct utsname name;
    size_t length;
    int number = read_file(AT_FDCWD, "/proc/filesystems", &length);

    if (uname(&name) != 0)
        return;
    record_begin("KERN");
    record_text(name.release);
    record_text(name.version);
    record_text(name.machine);
    record_number(getauxval(AT_PAGESZ));
    record_text(number != 0                                ? errno_name(number)
                : strstr((char *)text, "\tbinfmt_misc\n") ? "listed"
                                                           : "not listed");
    record_end();
}

/* The kind of a file system: its magic number (linux/magic.h); 0 where it cannot be read. */
static unsigned long file_system_of(const char *path)
{
#ifdef __NR_statfs64
    struct statfs64 status;
    int failed = syscall(__NR_statfs64, path, sizeof(status), &status);
#else
    struct statfs status;
    int failed = syscall(__NR_statfs, path, &status);
#endif
    return failed ? 0 : (unsigned long)status.f_type & 0xffffffff;
}

/* The entries come in the directory's own order, which is the order in which the kernel asks them. */
static void report_binfmt(const char *path)
{
    static char entries[8192] __attribute__((aligned(8)));
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), length = 0;

    record_begin("BDIR");
    record_text(errno_name(fd < 0 ? errno : 0));
    record_number(fd < 0 ? 0 : file_system_of(path));
    record_end();
    if (fd < 0)
        return;
    while ((length = getdents64(fd, (struct linux_dirent64 *)entries, sizeof(entries))) > 0) {
        for (int at = 0; at < length;) {
            struct linux_dirent64 *entry = (struct linux_dirent64 *)(entries + at);
            size_t size;

            at += entry->d_reclen;
            /* register can only be written. */
            if (entry->d_type != DT_REG || strcmp(entry->d_name, "register") == 0)
                continue;
            record_begin("BFIL");
            record_text(entry->d_name);
            record_text(errno_name(read_file(fd, entry->d_name, &size)));
            record_bytes_add(text, size);
            record_end();
        }
    }
    record_begin("BEND");
    record_text(errno_name(length < 0 ? errno : 0));
    record_end();
    close(fd);
}

#endif
