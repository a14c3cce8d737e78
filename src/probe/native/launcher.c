/*
 * The launcher: one native program that answers, from inside a container, what the engine's kernel
 * can run and what a file system holds. It needs nothing but its own file: no libc, no shell.
 *
 * Commands are words of argv, carried out in order. In every word %XX stands for the byte of that
 * hexadecimal number, since the engine's API carries no other bytes than those of UTF-8.
 *
 *     kernel              -> KERN
 *     binfmt DIRECTORY    -> BDIR, BFIL ..., BEND
 *     look PATH           -> FILE ...: each component of the path, links followed, and onwards
 *                            through #! lines and PT_INTERP; a path is reported once
 *     scan DIRECTORY      -> SCAN, DENY ..., SUM: all that can be executed below a directory, whose
 *                            paths are told as if it were the root; what the engine has laid over
 *                            an image (mounts, /etc/hosts ...) is left out
 *     run COUNT WORD ...  -> RUN, and EMUL, VERS where an emulator runs it; COUNT words follow,
 *                            the first is the program. Runs in a row go side by side.
 *     limit MILLISECONDS  for each later run; the whole process group is killed (5000)
 *     output BYTES        how much of each later run's output is kept, at most 4096 (1024)
 *     side COUNT          how many runs go side by side, at most 16 (4)
 *     path LIST           where later runs look for a program without a slash ($PATH)
 *     write FILE STRING   -> WRIT: one write(2) of the whole string; once one was refused, those
 *                            that follow are skipped
 *     prove PROGRAM       -> PROV: whether a program still starts and ends well
 *     revert NUMBER FILE STRING  -> REVT: takes a write back, if it was done and a proof has failed
 *     mount DIRECTORY     -> MOUN: mounts binfmt_misc where process 1 lives, unless it is there
 *
 * The output is a sequence of records: a tag of 4 bytes, the payload's length in 4 bytes (big
 * endian), the payload. A payload is made of fields that each end in a NUL; where a line below
 * ends in (bytes), the rest of the payload is such. An errno is its name, or `ok`. Numbers are
 * decimal.
 *
 *     XBP1                                             first: the version of this format
 *     KERN release, version, machine, page size, `listed` | `not listed` | errno
 *                                                      binfmt_misc in /proc/filesystems
 *     BDIR errno, file system's magic number
 *     BFIL name, errno, (content)
 *     BEND errno
 *     FILE path, errno [, kind, mode, uid, gid, size, link's text, PT_INTERP, (head)]
 *     LINK ([letter text] ...)                         of the FILE or SCAN before, if that is an ELF
 *                                                      program or library: `n` DT_NEEDED, `s`
 *                                                      DT_SONAME, `r` DT_RPATH, `u` DT_RUNPATH,
 *                                                      `q` DT_VERNEED (file, blank, version), `p`
 *                                                      DT_VERDEF, `a` least p_align, `g` properties
 *                                                      and `m` .ARM.attributes in hexadecimal, `i`
 *                                                      why something is missing, empty where all is there
 *     SCAN identity, then as FILE                      an ELF file, a script, another file that may
 *                                                      be executed, or a symbolic link; in no order.
 *                                                      identity: of a file with several names, else
 *                                                      empty. The head has at most 256 bytes.
 *     DENY path, errno                                 could not be read; the first 20
 *     SUM  reason | `ok`, files, directories, symbolic links, ELF files, scripts, unreadable
 *     RUN  ordinal, program, outcome, value, (output)  outcome and value: `exit` and the status,
 *                                                      `signal` and its number, `errno` and
 *                                                      execve's errno, `timeout`
 *     EMUL ordinal, then as FILE                       what /proc/PID/exe is when it is not the
 *                                                      program; an empty path where the kernel
 *                                                      does not let us look
 *     VERS ordinal, program, outcome, value, (output)  the emulator's own run with --version
 *     WRIT ordinal, file, errno | `skipped`            ordinals count the writes from 0
 *     PROV program, errno | `died`                     `ok` where it ran
 *     REVT ordinal, file, errno
 *     MOUN directory, errno, `mounted` | `was mounted`
 *     OOPS word                                        a command that is not known; the rest of
 *                                                      argv is not carried out
 *     END                                              last: nothing is missing
 *
 * Ordinals count the runs from 0. A reader passes over tags that it does not know.
 */
#include "change.h"
#include "kernel.h"
#include "look.h"
#include "run.h"
#include "scan.h"

static int digit_of(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    character |= 0x20;
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

/* Decodes %XX in place. */
static void decode_word(char *from)
{
    char *to = from;

    while (*from) {
        if (from[0] == '%' && digit_of(from[1]) >= 0 && digit_of(from[2]) >= 0) {
            *to++ = digit_of(from[1]) << 4 | digit_of(from[2]);
            from += 3;
        } else {
            *to++ = *from++;
        }
    }
    *to = 0;
}

static unsigned int number_of(const char *word, unsigned int most)
{
    unsigned long number = atol(word);

    return number < 1 ? 1 : number > most ? most : number;
}

/* Carries out one command that takes one word; tells whether there is such a command. */
static bool carry_out(const char *command, char *word)
{
    if (strcmp(command, "binfmt") == 0)
        report_binfmt(word);
    else if (strcmp(command, "look") == 0)
        look(word);
    else if (strcmp(command, "scan") == 0)
        scan(word);
    else if (strcmp(command, "limit") == 0)
        time_limit = number_of(word, 3600000);
    else if (strcmp(command, "output") == 0)
        output_limit = number_of(word, OUTPUT_MAX);
    else if (strcmp(command, "side") == 0)
        side_limit = number_of(word, SIDE_MAX);
    else if (strcmp(command, "path") == 0)
        search_path = word;
    else if (strcmp(command, "prove") == 0)
        prove(word);
    else if (strcmp(command, "mount") == 0)
        mount_binfmt(word);
    else
        return false;
    return true;
}

/* Carries out a command of several words; returns how many it took, or 0 where it is another one. */
static int carry_out_words(const char *command, char **words, int left)
{
    if (strcmp(command, "write") == 0 && left >= 2) {
        write_string(words[0], words[1]);
        return 2;
    }
    if (strcmp(command, "revert") == 0 && left >= 3) {
        revert(words[0], words[1], words[2]);
        return 3;
    }
    return 0;
}

int main(int argc, char **argv, char **envp)
{
    int ordinal = 0;

    environment = envp;
    search_path = getenv("PATH");
    if (!search_path)
        search_path = "";
    record_begin("XBP1");
    record_end();
    for (int i = 1; i < argc; i++)
        decode_word(argv[i]);
    for (int i = 1; i < argc; i++) {
        const char *command = argv[i];
        int left = argc - i - 1;

        if (strcmp(command, "run") == 0 && left >= 2) {
            int count = number_of(argv[i + 1], left - 1);
            char **words = argv + i + 2;
            /* The words must end in a null pointer, where the next command's name stands. */
            char *next = words[count];

            words[count] = NULL;
            run(ordinal++, words);
            words[count] = next;
            i += 1 + count;
            continue;
        }
        finish_runs();
        int took = carry_out_words(command, argv + i + 1, left);

        i += took;
        if (took > 0) {
            continue;
        } else if (strcmp(command, "kernel") == 0) {
            report_kernel();
        } else if (left < 1 || !carry_out(command, argv[++i])) {
            record_begin("OOPS");
            record_text(command);
            record_end();
            return 2;
        }
    }
    finish_runs();
    record_begin("END ");
    record_end();
    return 0;
}
