/* What the engine lays over an image's files: mounts, and files that it makes. */
#ifndef MOUNTS_H
#define MOUNTS_H

#include <fcntl.h>
#include "record.h"

/* The paths of mounts below the root that is scanned, each with its length and a NUL. */
static char mounts[1 << 18];
static size_t mounts_length;
/* False where the table could not be read, or not all of it. */
static bool mounts_known;

static int octal_digit(char character)
{
    return character >= '0' && character <= '7' ? character - '0' : -1;
}

/* Undoes the kernel's escapes (\040 for a blank) in place. */
static void unescape(char *from)
{
    char *to = from;

    while (*from) {
        if (from[0] == '\\' && octal_digit(from[1]) >= 0 && octal_digit(from[2]) >= 0 &&
            octal_digit(from[3]) >= 0) {
            *to++ = octal_digit(from[1]) << 6 | octal_digit(from[2]) << 3 | octal_digit(from[3]);
            from += 4;
        } else {
            *to++ = *from++;
        }
    }
    *to = 0;
}

/*
 * Tells whether a mount's root is that of an anonymous volume: DIRECTORY/volumes/64 digits/_data.
 * The engine makes one for each VOLUME of an image, and copies the image's files there into it.
 */
static bool is_anonymous_volume(const char *root)
{
    size_t length = strlen(root), most = strlen("/volumes/") + 64 + strlen("/_data");

    if (length < most || memcmp(root + length - most, "/volumes/", 9) != 0 ||
        strcmp(root + length - 6, "/_data") != 0)
        return false;
    for (const char *at = root + length - most + 9; at < root + length - 6; at++)
        if (!strchr("0123456789abcdef", *at))
            return false;
    return true;
}

/* Takes note of one line of mountinfo: its fields are id, parent, device, root, mount point ... */
static void read_mount(char *line, const char *root)
{
    char *field = line, *source = NULL;
    size_t prefix = strlen(root), length;

    for (int i = 0; i < 4 && field; i++) {
        field = strchr(field, ' ');
        if (field)
            *field++ = 0;
        if (i == 2)
            source = field;
    }
    if (!field)
        return;
    length = 0;
    while (field[length] && field[length] != ' ')
        length++;
    field[length] = 0;
    unescape(source);
    unescape(field);
    length = strlen(field);
    if (length <= prefix || memcmp(field, root, prefix) != 0 || field[prefix] != '/' ||
        length == prefix + 1)
        return;
    if (is_anonymous_volume(source))
        return;
    length -= prefix;
    if (length + 1 > sizeof(mounts) - mounts_length) {
        mounts_known = false;
        return;
    }
    memcpy(mounts + mounts_length, field + prefix, length + 1);
    mounts_length += length + 1;
}

/* Reads where mounts are below `root`, which is "" for the root itself. */
static void read_mounts(const char *root)
{
    static char lines[16384];
    int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    size_t have = 0;
    ssize_t got;

    mounts_length = 0;
    mounts_known = fd >= 0;
    if (fd < 0)
        return;
    while ((got = read(fd, lines + have, sizeof(lines) - 1 - have)) > 0) {
        char *line = lines, *end;

        have += got;
        lines[have] = 0;
        while ((end = strchr(line, '\n'))) {
            *end = 0;
            read_mount(line, root);
            line = end + 1;
        }
        have -= line - lines;
        memmove(lines, line, have);
        if (have == sizeof(lines) - 1)
            break;
    }
    if (got != 0)
        mounts_known = false;
    close(fd);
}

static bool is_among(const char *names, size_t length, const char *path)
{
    for (const char *at = names; at < names + length; at += strlen(at) + 1)
        if (strcmp(at, path) == 0)
            return true;
    return false;
}

/* Tells whether a path is the engine's and not the image's. */
static bool is_laid_over(const char *path)
{
    static const char made[] = "/dev\0/proc\0/sys\0/.xbuild\0/.dockerenv\0/run/.containerenv\0"
                               "/etc/hosts\0/etc/hostname\0/etc/resolv.conf";

    return is_among(made, sizeof(made), path) || is_among(mounts, mounts_length, path);
}

#endif
