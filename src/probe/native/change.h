/*
 * write, prove, revert, mount, umount: changes of the rule table. Whatever happens between the
 * write and the proof, this process is running already: it can take a rule back that no longer
 * lets any native program start.
 */
#ifndef CHANGE_H
#define CHANGE_H

#include <sched.h>
#include <sys/mount.h>
#include <time.h>
#include "kernel.h"
#include "run.h"

#define WRITES_MAX 1024
#define PROOF_STEP_MS 5

static bool done[WRITES_MAX];
static int writes;
/* A write was refused: those that follow are not carried out. */
static bool refused;
/* A program that has to run did not. */
static bool broken;

/* The kernel takes a string as one write(2), or not at all. Returns the errno. */
static int write_once(const char *path, const char *string)
{
    size_t length = strlen(string);
    int fd = open(path, O_WRONLY | O_CLOEXEC), number = 0;
    ssize_t written;

    if (fd < 0)
        return errno;
    written = write(fd, string, length);
    if (written < 0)
        number = errno;
    else if ((size_t)written != length)
        number = EIO;
    close(fd);
    return number;
}

static void write_string(const char *path, const char *string)
{
    int number = 0;
    bool skipped = refused || writes >= WRITES_MAX;

    if (!skipped) {
        number = write_once(path, string);
        refused = number != 0;
        done[writes] = number == 0;
    }
    record_begin("WRIT");
    record_number(writes++);
    record_text(path);
    record_text(skipped ? "skipped" : errno_name(number));
    record_end();
}

/* Takes write number `ordinal` back, if it was done and a proof has failed since. */
static void revert(const char *ordinal, const char *path, const char *string)
{
    unsigned long which = atol(ordinal);

    if (!broken || which >= WRITES_MAX || !done[which])
        return;
    record_begin("REVT");
    record_number(which);
    record_text(path);
    record_text(errno_name(write_once(path, string)));
    record_end();
}

/* Starts a program and waits for it, with no more than fork(2) and execve(2); tells its errno. */
static int start_and_wait(char *program, int *status)
{
    char *words[] = { program, NULL };
    int ends[2];
    int32_t number = 0;
    int64_t deadline = now() + time_limit;
    pid_t pid, ended = 0;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    pid = fork();
    if (pid < 0)
        return errno;
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);

        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        execve(program, words, environment);
        number = errno;
        if (write(ends[1], &number, sizeof(number)) < 0)
            _exit(126);
        _exit(127);
    }
    close(ends[1]);
    if (read(ends[0], &number, sizeof(number)) != sizeof(number))
        number = 0;
    close(ends[0]);
    while ((ended = waitpid(pid, status, WNOHANG)) == 0 && now() < deadline)
        poll(NULL, 0, PROOF_STEP_MS);
    if (ended == 0) {
        kill(pid, SIGKILL);
        waitpid(pid, status, 0);
    }
    return number;
}

static void prove(char *program)
{
    int status = 0, number = start_and_wait(program, &status);
    bool runs = number == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;

    if (!runs)
        broken = true;
    record_begin("PROV");
    record_text(program);
    record_text(number != 0 ? errno_name(number) : runs ? "ok" : "died");
    record_end();
}

#define BINFMTFS_MAGIC 0x42494e4d

/*
 * Goes to the mounts of process 1, which is the machine's when the container shares its processes,
 * and mounts binfmt_misc there. Opening the directory first sets off systemd's automount.
 */
static void mount_binfmt(const char *path)
{
    int space = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC), fd;
    const char *how = "mounted";
    int number = 0;

    if (space < 0 || setns(space, CLONE_NEWNS) != 0) {
        number = errno;
    } else {
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
            close(fd);
        if (file_system_of(path) == BINFMTFS_MAGIC)
            how = "was mounted";
        else if (mount("binfmt_misc", path, "binfmt_misc", 0, NULL) != 0)
            number = errno;
    }
    if (space >= 0)
        close(space);
    record_begin("MOUN");
    record_text(path);
    record_text(errno_name(number));
    record_text(how);
    record_end();
}

#endif
