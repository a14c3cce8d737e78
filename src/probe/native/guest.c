/*
 * The guest: one tiny program per architecture and variant. That it prints its record proves that
 * the engine's kernel runs machine code of that architecture, natively or through an emulator.
 *
 * Standard output, one field a line:
 *
 *     xbuild-guest PROGRAM      PROGRAM is given at compile time: arm64, arm-v7, 386 ...
 *     MACHINE                   uname(2), as this program sees it
 *     RELEASE
 *     LEVEL                     amd64: 1 to 4, the level of x86-64 that cpuid shows; else empty
 *     end
 *
 * Then it waits until standard input ends, so that the launcher has time to see what /proc/PID/exe
 * is: the emulator, where there is one.
 */
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#if defined(__x86_64__)
struct cpuid {
    unsigned int eax, ebx, ecx, edx;
};

static struct cpuid cpuid(unsigned int leaf)
{
    struct cpuid id;

    __asm__ volatile("cpuid" : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx) : "a"(leaf), "c"(0));
    return id;
}

#define HAS(word, bits) (((word) & (bits)) == (bits))
#define BIT(n) (1u << (n))

/* The levels of the x86-64 psABI, section 3.1.1 (Processor Architecture). */
static char level(void)
{
    const unsigned int v2 = BIT(0) /* SSE3 */ | BIT(9) /* SSSE3 */ | BIT(13) /* CMPXCHG16B */ |
                            BIT(19) /* SSE4.1 */ | BIT(20) /* SSE4.2 */ | BIT(23) /* POPCNT */;
    const unsigned int v3 = BIT(12) /* FMA */ | BIT(22) /* MOVBE */ | BIT(27) /* OSXSAVE */ |
                            BIT(28) /* AVX */ | BIT(29) /* F16C */;
    const unsigned int v3_more = BIT(3) /* BMI1 */ | BIT(5) /* AVX2 */ | BIT(8) /* BMI2 */;
    const unsigned int v4 = BIT(16) /* AVX512F */ | BIT(17) /* DQ */ | BIT(28) /* CD */ |
                            BIT(30) /* BW */ | BIT(31) /* VL */;
    struct cpuid basic = cpuid(1), more = { 0 }, extended = { 0 };
    unsigned int saved, ignored;

    if (cpuid(0).eax >= 7)
        more = cpuid(7);
    if (cpuid(0x80000000).eax >= 0x80000001)
        extended = cpuid(0x80000001);
    if (!HAS(basic.ecx, v2) || !HAS(extended.ecx, BIT(0) /* LAHF, SAHF */))
        return '1';
    if (!HAS(basic.ecx, v3) || !HAS(more.ebx, v3_more) || !HAS(extended.ecx, BIT(5) /* LZCNT */))
        return '2';
    /* The CPU having AVX is not enough: the kernel must save its registers too. */
    __asm__ volatile("xgetbv" : "=a"(saved), "=d"(ignored) : "c"(0));
    if (!HAS(saved, BIT(1) | BIT(2)))
        return '2';
    return HAS(more.ebx, v4) && HAS(saved, BIT(5) | BIT(6) | BIT(7)) ? '4' : '3';
}
#elif defined(GUEST_ARM_V6)
/* Instructions that ARMv5 does not have: running them is the proof. */
static void use_level(void)
{
    unsigned int word = 1, value, failed;

    __asm__ volatile("rev %0, %2\n\tldrex %0, [%3]\n\tstrex %1, %0, [%3]"
                     : "=&r"(value), "=&r"(failed)
                     : "r"(word), "r"(&word)
                     : "memory");
}
#elif defined(GUEST_ARM_V7)
/* Instructions that ARMv6 does not have, and the VFP that Docker's arm/v7 (armhf) stands on. */
static void use_level(void)
{
    unsigned int value;

    __asm__ volatile(".fpu vfpv3-d16\n\tmovw %0, #0x1234\n\tmovt %0, #0x5678\n\tdmb ish\n\t"
                     "vmov.f64 d0, #1.0\n\tvadd.f64 d0, d0, d0"
                     : "=r"(value)
                     :
                     : "d0", "memory");
}
#endif

static char line[512];
static size_t length;

static void add(const char *text)
{
    while (*text && length < sizeof(line) - 1)
        line[length++] = *text++;
    line[length++] = '\n';
}

int main(void)
{
    struct utsname name;
    char text[2] = "", byte;

#if defined(__x86_64__)
    text[0] = level();
#elif defined(GUEST_ARM_V6) || defined(GUEST_ARM_V7)
    use_level();
#endif
    if (uname(&name) != 0)
        return 1;
    add("xbuild-guest " PROGRAM);
    add(name.machine);
    add(name.release);
    add(text);
    add("end");
    if (write(STDOUT_FILENO, line, length) != (ssize_t)length)
        return 1;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    return 0;
}
