/* look PATH: every file that execve(2) of PATH comes by. */
#ifndef LOOK_H
#define LOOK_H

#include "file.h"

/* The kernel's limits: MAXSYMLINKS, and the depth at which exec_binprm() gives up, and one more. */
#define LINKS_MAX 40
#define HOPS_MAX 6

static char seen[1 << 16];
static size_t seen_length;

/* Tells whether a path is new, and remembers it; when memory is full a path may come twice. */
static bool is_new(const char *path)
{
    size_t length = strlen(path) + 1;

    for (size_t at = 0; at < seen_length; at += strlen(seen + at) + 1)
        if (strcmp(seen + at, path) == 0)
            return false;
    if (length <= sizeof(seen) - seen_length) {
        memcpy(seen + seen_length, path, length);
        seen_length += length;
    }
    return true;
}

static void report_path(const char *path)
{
    describe_path(path);
    if (!is_new(path))
        return;
    record_begin("FILE");
    record_file(path);
    record_end();
    record_links();
}

/* A path as far as it is resolved: no symbolic links, no trailing slash; "" is the root. */
static char here[PATH_LENGTH];
/* What remains to be resolved. */
static char rest[2 * PATH_LENGTH];

static void go_up(void)
{
    char *slash = strrchr(here, '/');

    if (slash)
        *slash = 0;
}

/* Puts a symbolic link's text before what remains. */
static bool follow(const char *target)
{
    char joined[2 * PATH_LENGTH];

    if (strlen(target) + strlen(rest) + 2 > sizeof(joined))
        return false;
    strcpy(joined, target);
    strcpy(joined + strlen(joined), "/");
    strcpy(joined + strlen(joined), rest);
    strcpy(rest, joined);
    if (target[0] == '/')
        here[0] = 0;
    else
        go_up();
    return true;
}

/*
 * Walks to a path as the kernel does and reports every component on the way, the links too. Ends
 * with the last component described, or earlier where the kernel would not get further.
 */
static void walk(const char *path)
{
    int links = 0;

    if (strlen(path) >= PATH_LENGTH) {
        record_begin("FILE");
        record_text(path);
        record_text("ENAMETOOLONG");
        record_end();
        forget_file();
        file.number = ENAMETOOLONG;
        return;
    }
    here[0] = 0;
    strcpy(rest, path);
    report_path("/");
    for (char *name = rest; *name;) {
        size_t length = 0;

        while (*name == '/')
            name++;
        while (name[length] && name[length] != '/')
            length++;
        if (length == 0)
            return;
        if (length == 2 && name[0] == '.' && name[1] == '.') {
            go_up();
        } else if (length != 1 || name[0] != '.') {
            size_t end = strlen(here);

            if (end + 1 + length >= sizeof(here))
                return;
            here[end] = '/';
            memcpy(here + end + 1, name, length);
            here[end + 1 + length] = 0;
            memmove(rest, name + length, strlen(name + length) + 1);
            report_path(here);
            name = rest;
            if (file.number != 0)
                return;
            if (S_ISLNK(file.status.st_mode)) {
                if (++links > LINKS_MAX || !follow(file.target))
                    return;
            } else if (!S_ISDIR(file.status.st_mode)) {
                return;
            }
            continue;
        }
        name += length;
    }
    describe_path(here[0] ? here : "/");
}

/* The interpreter of the described file's first line, as load_script() in fs/binfmt_script.c finds it. */
static bool script_interpreter(char *path)
{
    size_t end = file.head_length < 256 ? file.head_length : 256, at = 2, length = 0;

    if (end < 3 || file.head[0] != '#' || file.head[1] != '!')
        return false;
    while (at < end && (file.head[at] == ' ' || file.head[at] == '\t'))
        at++;
    while (at < end && file.head[at] && !strchr(" \t\n", file.head[at]))
        path[length++] = file.head[at++];
    path[length] = 0;
    return length > 0;
}

static void look(const char *path)
{
    static char next[PATH_LENGTH];

    walk(path);
    for (int hop = 0; hop < HOPS_MAX; hop++) {
        if (file.number != 0 || !S_ISREG(file.status.st_mode))
            return;
        if (!script_interpreter(next)) {
            if (!file.interpreter[0])
                return;
            strcpy(next, file.interpreter);
        }
        walk(next);
    }
}

#endif
