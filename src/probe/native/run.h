/* run: programs, several side by side, each with a time limit, and what came of each. */
#ifndef RUN_H
#define RUN_H

#include <fcntl.h>
#include <linux/signalfd.h>
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include "file.h"

#define SIDE_MAX 16
#define OUTPUT_MAX 4096
/* The kernel's _NSIG / 8, which it compares with what it is given. */
#ifdef __mips__
#define SIGNAL_SET_SIZE 16
#else
#define SIGNAL_SET_SIZE 8
#endif

struct job {
    pid_t pid; /* 0: the slot is free */
    int ordinal;
    /* The program, or the emulator that is asked for its version. */
    bool is_version;
    const char *program;
    bool ended, timed_out;
    /* It stops once execve(2) has succeeded, before its first instruction, to be looked at. */
    bool traced;
    int status, exec_errno;
    int64_t deadline;
    /*
     * Through here come TRACED, if it is, then execve's errno, or the end: the new program does
     * not inherit it.
     */
    int error_fd;
    int output_fd;
    /* Standard input stays open until the job was looked at: a guest waits for its end. */
    int input_fd;
    /* The emulator's file, or -1. */
    int emulator_fd;
    size_t length;
    unsigned char output[OUTPUT_MAX];
};

static struct job jobs[SIDE_MAX];
static char **environment;
static int signal_fd = -1;

/* What the commands set. */
static int64_t time_limit = 5000;
static unsigned int side_limit = 4;
static size_t output_limit = 1024;
static const char *search_path;

/* Milliseconds of the monotonic clock. */
static int64_t now(void)
{
    struct timespec time = { 0 };

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + (uint32_t)time.tv_nsec / 1000000u;
}

/* Ends and stops of children are read from a descriptor. */
static void watch_children(void)
{
    unsigned long set[SIGNAL_SET_SIZE / sizeof(long)] = { 0 };

    set[(SIGCHLD - 1) / (8 * sizeof(long))] = 1ul << (SIGCHLD - 1) % (8 * sizeof(long));
    syscall(__NR_rt_sigprocmask, SIG_BLOCK, set, NULL, SIGNAL_SET_SIZE);
    signal_fd = syscall(__NR_signalfd4, -1, set, SIGNAL_SET_SIZE, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A program starts with no signal blocked: SIGCHLD, nor the SIGTRAP by which it stops. */
static void unblock_signals(void)
{
    unsigned long set[SIGNAL_SET_SIZE / sizeof(long)] = { 0 };

    syscall(__NR_rt_sigprocmask, SIG_SETMASK, set, NULL, SIGNAL_SET_SIZE);
}

/*
 * Looks a program up as execvp(3) does: the first regular file of that name that may be executed.
 * Returns 0 and the path, or the errno.
 */
static int find_program(const char *name, char *path)
{
    struct stat status;
    int number = ENOENT;

    if (strchr(name, '/')) {
        strlcpy(path, name, PATH_LENGTH);
        return 0;
    }
    for (const char *at = search_path; *at;) {
        size_t length = 0;

        while (at[length] && at[length] != ':')
            length++;
        if (length > 0 && length + strlen(name) + 2 <= PATH_LENGTH) {
            memcpy(path, at, length);
            path[length] = '/';
            strcpy(path + length + 1, name);
            if (stat(path, &status) == 0 && S_ISREG(status.st_mode)) {
                if (access(path, X_OK) == 0)
                    return 0;
                number = EACCES;
            }
        }
        at += at[length] ? length + 1 : length;
    }
    strlcpy(path, name, PATH_LENGTH);
    return number;
}

/* What comes through the pipe instead of an errno. */
#define TRACED (-1)

/*
 * Has the kernel stop this process right after execve(2), so that it cannot end before it was
 * looked at. Where that is not allowed (seccomp, Yama) it is looked at while it runs, if there is
 * time. A traced set-uid program would not get its rights.
 */
static void ask_for_stop(const char *path, int error_fd)
{
    struct stat status;
    int number = TRACED;

    if (stat(path, &status) != 0 || status.st_mode & (S_ISUID | S_ISGID))
        return;
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
        write(error_fd, &number, sizeof(number));
}

static __attribute__((noreturn)) void become(struct job *job, const char *path, char **argv,
                                             int error_fd, int output_fd, int input_fd)
{
    int number;

    setsid(); /* A process group of its own, to be killed with all that it started. */
    unblock_signals();
    dup2(input_fd, STDIN_FILENO);
    dup2(output_fd, STDOUT_FILENO);
    dup2(output_fd, STDERR_FILENO);
    if (!job->is_version)
        ask_for_stop(path, error_fd);
    execve(path, argv, environment);
    number = errno;
    write(error_fd, &number, sizeof(number));
    _exit(127);
}

/* Starts a job in a slot; what cannot even be started ends at once with its errno. */
static void start(struct job *job, const char *path, char **argv)
{
    int error[2] = { -1, -1 }, output[2] = { -1, -1 }, input[2] = { -1, -1 };

    job->length = 0;
    job->ended = job->timed_out = job->traced = false;
    job->exec_errno = 0;
    job->deadline = now() + time_limit;
    job->emulator_fd = -1;
    if (pipe2(error, O_CLOEXEC) || pipe2(output, O_CLOEXEC) ||
        pipe2(input, O_CLOEXEC) || (job->pid = fork()) < 0) {
        job->exec_errno = errno;
        job->pid = -1;
        job->ended = true;
    } else if (job->pid == 0) {
        become(job, path, argv, error[1], output[1], input[0]);
    }
    close_fd(&error[1]);
    close_fd(&output[1]);
    close_fd(&input[0]);
    job->error_fd = error[0];
    job->output_fd = output[0];
    job->input_fd = input[1];
}

/*
 * Looks at what really runs: /proc/PID/exe is the emulator where there is one, also an emulator
 * that no path in this container leads to (flag F), and whatever the emulator itself pretends.
 */
static void find_emulator(struct job *job)
{
    static char link[PATH_LENGTH];
    struct stat program;
    char path[32] = "/proc/";
    ssize_t length;

    u64toa_r(job->pid, path + 6);
    strcpy(path + strlen(path), "/exe");
    /* Untraced it may be within execve(2) still, where for a moment nobody may look at it. */
    for (int tries = 0; tries < (job->traced ? 1 : 100); tries++) {
        if (tries > 0)
            msleep(1);
        job->emulator_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (job->emulator_fd >= 0 || errno != EACCES)
            break;
    }
    if (job->emulator_fd < 0 && errno != EACCES)
        return; /* It has ended already. */
    length = readlink(path, link, sizeof(link) - 1);
    link[length < 0 ? 0 : length] = 0;
    if (job->emulator_fd >= 0) {
        describe_descriptor(job->emulator_fd);
        if (stat(job->program, &program) == 0 && program.st_ino == file.status.st_ino &&
            program.st_dev == file.status.st_dev) {
            close_fd(&job->emulator_fd);
            return;
        }
    } else {
        forget_file();
        file.number = EACCES;
    }
    record_begin("EMUL");
    record_number(job->ordinal);
    record_file(link);
    record_end();
}

static void read_exec_result(struct job *job)
{
    int numbers[2] = { 0 };
    size_t count = 0;
    ssize_t got = read(job->error_fd, numbers, sizeof(numbers));

    if (got > 0)
        count = got / sizeof(numbers[0]);
    if (count > 0 && numbers[0] == TRACED)
        job->traced = true;
    if (count == 1 && numbers[0] == TRACED)
        return;
    close_fd(&job->error_fd);
    if (count > 0)
        job->exec_errno = numbers[count - 1];
    else if (job->traced)
        return; /* It has stopped, or is about to. */
    else if (!job->is_version)
        find_emulator(job);
    close_fd(&job->input_fd);
}

/* Looks at a job that execve(2) has stopped, and lets it go; other signals are passed on. */
static void let_go(struct job *job, int signal)
{
    if (signal != SIGTRAP) {
        ptrace(PTRACE_CONT, job->pid, NULL, (void *)(long)signal);
        return;
    }
    job->traced = true;
    find_emulator(job);
    close_fd(&job->error_fd);
    close_fd(&job->input_fd);
    ptrace(PTRACE_DETACH, job->pid, NULL, NULL);
}

/* Reads what is there without waiting for more. */
static void read_output(struct job *job)
{
    struct pollfd polled = { .fd = job->output_fd, .events = POLLIN };
    unsigned char beyond[512];
    ssize_t got = 1;

    /* Not for ever: the program may write faster than it is read. */
    for (int i = 0; i < 64 && got > 0 && poll(&polled, 1, 0) > 0; i++) {
        size_t room = output_limit - job->length;

        /* What is over the limit is read all the same, or the program would stand still. */
        got = read(job->output_fd, room ? job->output + job->length : beyond,
                   room ? room : sizeof(beyond));
        if (got > 0 && room)
            job->length += got;
    }
    if (got <= 0)
        close_fd(&job->output_fd);
}

static void report_job(struct job *job)
{
    const char *outcome = "exit";
    int value = WEXITSTATUS(job->status);

    if (job->exec_errno) {
        outcome = "errno";
    } else if (job->timed_out) {
        outcome = "timeout";
    } else if (WTERMSIG(job->status) != 0) {
        outcome = "signal";
        value = WTERMSIG(job->status);
    }
    record_begin(job->is_version ? "VERS" : "RUN ");
    record_number(job->ordinal);
    record_text(job->program);
    record_text(outcome);
    if (job->exec_errno)
        record_text(errno_name(job->exec_errno));
    else
        record_number(value);
    record_bytes_add(job->output, job->length);
    record_end();
}

/* Reports a job that has ended, and goes on with asking its emulator for its version. */
static void finish(struct job *job)
{
    char path[32] = "/proc/self/fd/";
    char *argv[] = { "emulator", "--version", NULL };
    int emulator_fd = job->emulator_fd;

    if (job->output_fd >= 0)
        read_output(job);
    report_job(job);
    close_fd(&job->error_fd);
    close_fd(&job->output_fd);
    close_fd(&job->input_fd);
    job->pid = 0;
    if (!job->is_version && emulator_fd >= 0) {
        u64toa_r(emulator_fd, path + 14);
        job->is_version = true;
        start(job, path, argv);
    }
    close_fd(&emulator_fd);
}

/*
 * Takes note of every child that has stopped or ended; strangers are the orphans that process 1
 * inherits.
 */
static void reap(void)
{
    unsigned char ignored[sizeof(struct signalfd_siginfo)];
    int status;
    pid_t pid;

    while (read(signal_fd, ignored, sizeof(ignored)) > 0)
        ;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (int i = 0; i < SIDE_MAX; i++) {
            if (jobs[i].pid != pid)
                continue;
            if ((status & 0xff) == 0x7f) {
                let_go(&jobs[i], status >> 8);
            } else {
                jobs[i].status = status;
                jobs[i].ended = true;
            }
        }
    }
}

/* Waits until something happens, and deals with it. */
static void step(void)
{
    struct pollfd polled[1 + 2 * SIDE_MAX];
    int64_t time = now(), wait = 1000;
    /* Without signalfd(2), which a container's policy may forbid, ends are looked for. */
    if (signal_fd < 0)
        wait = 10;

    polled[0].fd = signal_fd;
    polled[0].events = POLLIN;
    for (int i = 0; i < SIDE_MAX; i++) {
        struct job *job = &jobs[i];
        bool busy = job->pid != 0;

        polled[1 + 2 * i].fd = busy ? job->error_fd : -1;
        polled[2 + 2 * i].fd = busy ? job->output_fd : -1;
        polled[1 + 2 * i].events = polled[2 + 2 * i].events = POLLIN;
        polled[1 + 2 * i].revents = polled[2 + 2 * i].revents = 0;
        if (busy && job->ended)
            wait = 0;
        if (busy && !job->timed_out && job->deadline - time < wait)
            wait = job->deadline > time ? job->deadline - time : 0;
    }
    poll(polled, 1 + 2 * SIDE_MAX, wait);
    reap();
    time = now();
    for (int i = 0; i < SIDE_MAX; i++) {
        struct job *job = &jobs[i];

        if (job->pid == 0)
            continue;
        if (job->error_fd >= 0 && (polled[1 + 2 * i].revents || job->ended) && job->pid > 0)
            read_exec_result(job);
        if (job->output_fd >= 0 && polled[2 + 2 * i].revents)
            read_output(job);
        if (job->ended) {
            finish(job);
        } else if (time >= job->deadline && !job->timed_out) {
            job->timed_out = true;
            kill(-job->pid, SIGKILL);
            kill(job->pid, SIGKILL);
        }
    }
}

static unsigned int count_busy(void)
{
    unsigned int busy = 0;

    for (int i = 0; i < SIDE_MAX; i++)
        busy += jobs[i].pid != 0;
    return busy;
}

static void finish_runs(void)
{
    while (count_busy() > 0)
        step();
}

/* Starts a program as soon as there is room for one more. */
static void run(int ordinal, char **argv)
{
    static char path[PATH_LENGTH];
    struct job *job = jobs;
    int number;

    if (signal_fd < 0)
        watch_children();
    while (count_busy() >= side_limit)
        step();
    while (job->pid != 0)
        job++;
    number = find_program(argv[0], path);
    job->ordinal = ordinal;
    job->is_version = false;
    job->program = number == 0 && argv[0] != path ? strdup(path) : argv[0];
    if (number == 0) {
        start(job, job->program, argv);
        return;
    }
    job->exec_errno = number;
    job->length = 0;
    report_job(job);
}

#endif
