/* Writes the records of the launcher's output; the format is told in launcher.c. */
#ifndef RECORD_H
#define RECORD_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Room for the largest record: a path of 64 KB (scan.h), a link, interpreter and head, 4 KB each. */
#define RECORD_MAX 98304

static unsigned char record_bytes[8 + RECORD_MAX];
static size_t record_length;

static void write_all(const unsigned char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t done = write(STDOUT_FILENO, bytes, length);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            _exit(1); /* Nobody reads any more. */
        bytes += done;
        length -= done;
    }
}

/* Records that wait to be written together; others are written at once. */
static unsigned char waiting[65536];
static size_t waiting_length;
static bool records_wait;

static void flush_records(void)
{
    write_all(waiting, waiting_length);
    waiting_length = 0;
}

static void record_begin(const char *tag)
{
    memcpy(record_bytes, tag, 4);
    record_length = 8;
}

/* Adds bytes; what does not fit is cut off. */
static void record_bytes_add(const void *bytes, size_t length)
{
    if (length > sizeof(record_bytes) - record_length)
        length = sizeof(record_bytes) - record_length;
    memcpy(record_bytes + record_length, bytes, length);
    record_length += length;
}

/* Adds a field: the text and a NUL. */
static void record_text(const char *text)
{
    record_bytes_add(text, strlen(text) + 1);
}

static void record_number(uint64_t number)
{
    char digits[24];

    u64toa_r(number, digits);
    record_text(digits);
}

static void record_end(void)
{
    uint32_t length = record_length - 8;

    record_bytes[4] = length >> 24;
    record_bytes[5] = length >> 16;
    record_bytes[6] = length >> 8;
    record_bytes[7] = length;
    if (waiting_length + record_length > sizeof(waiting))
        flush_records();
    if (!records_wait || record_length > sizeof(waiting)) {
        write_all(record_bytes, record_length);
        return;
    }
    memcpy(waiting + waiting_length, record_bytes, record_length);
    waiting_length += record_length;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* The errno's name. Its number would not do: they differ between architectures. */
static const char *errno_name(int number)
{
    static char other[16];
#define NAME(e) \
    case e:     \
        return #e;
    switch (number) {
        NAME(EPERM) NAME(ENOENT) NAME(EIO) NAME(ENXIO) NAME(E2BIG) NAME(ENOEXEC) NAME(EBADF)
        NAME(EAGAIN) NAME(ENOMEM) NAME(EACCES) NAME(EFAULT) NAME(EBUSY) NAME(ENODEV) NAME(ENOTDIR)
        NAME(EISDIR) NAME(EINVAL) NAME(ENFILE) NAME(EMFILE) NAME(ETXTBSY) NAME(ENOSPC) NAME(EROFS)
        NAME(ENAMETOOLONG) NAME(ENOSYS) NAME(ELOOP) NAME(ELIBBAD) NAME(ELIBACC) NAME(EOVERFLOW)
        NAME(ESTALE) NAME(EOPNOTSUPP) NAME(ENOTCONN) NAME(EEXIST) NAME(ESRCH)
    case 0:
        return "ok";
    }
#undef NAME
    memcpy(other, "errno ", 6);
    u64toa_r(number, other + 6);
    return other;
}

#endif
