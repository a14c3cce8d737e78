/*
 * What an ELF file asks of its loader and offers to others: LINK. src/model/elf-parts.ts,
 * elf-links.ts and elf-versions.ts answer the same, step by step; a test compares the two.
 */
#ifndef ELF_LINKS_H
#define ELF_LINKS_H

#include <sys/syscall.h>
#include <sys/uio.h>
#include "record.h"

#define LARGEST_TABLE 65536
#define LONGEST_TEXT 4096
#define LARGEST_NUMBER ((1ull << 53) - 1)
#define MOST_NEEDED 1024
#define MOST_BYTES 512
#define MOST_ENTRIES 4096
#define MOST_TEXT 32768
/* All texts, a letter for each of them, and the other fields. */
#define LINKS_LENGTH (MOST_TEXT + MOST_NEEDED + MOST_ENTRIES + 4 * MOST_BYTES + 256)

/* A part of a file that has been read. */
struct window {
    uint64_t offset;
    size_t length;
    unsigned char bytes[LARGEST_TABLE];
};

struct segment {
    uint64_t offset, vaddr, filesz;
};

/* The file that is being read. */
static struct {
    int fd;
    uint64_t size;
    bool wide, big;
    unsigned int type, machine;
    /* Why something is missing, the first that was met. */
    const char *lacks;
    unsigned int loads, needed;
    uint64_t alignment;
    struct segment load[LARGEST_TABLE / 32];
    /* The first of each; the sizes tell whether there is one. */
    bool has_dynamic, has_interpreter, has_property;
    struct segment dynamic, interpreter, property;
    /* DT_NEEDED, and the other tags in the order of `tags`. */
    uint64_t names[MOST_NEEDED];
    bool has[9];
    uint64_t value[9];
    uint64_t text_start, text_size;
    bool has_text;
    size_t room;
    unsigned int entries;
} elf;

/* Of a kind that is not among these nothing is kept. */
enum { STRTAB, STRSZ, SONAME, RPATH, RUNPATH, VERDEF, VERDEFNUM, VERNEED, VERNEEDNUM };
static const uint32_t tags[9] = { 5, 10, 14, 15, 29, 0x6ffffffc, 0x6ffffffd, 0x6ffffffe, 0x6fffffff };

static struct window head_window, table_window, text_window;
/* The fields of the LINK record; empty where the file has none. */
static unsigned char links[LINKS_LENGTH];
static size_t links_length;

static void lack(const char *why)
{
    if (!elf.lacks)
        elf.lacks = why;
}

/* Reads up to `length` bytes from `offset` on; returns how many there were. */
static size_t read_at(int fd, void *bytes, size_t length, uint64_t offset)
{
    size_t have = 0;

    while (have < length) {
        struct iovec rest = { (char *)bytes + have, length - have };
        uint64_t at = offset + have;
        /* preadv(2) takes the offset in two words on every architecture, in the same order. */
        ssize_t got = syscall(__NR_preadv, fd, &rest, 1, (unsigned long)at,
                              (unsigned long)(at >> 32));

        if (got <= 0)
            break;
        have += got;
    }
    return have;
}

static bool holds(const struct window *window, uint64_t offset, size_t length)
{
    return offset >= window->offset && offset + length <= window->offset + window->length;
}

/* Bytes of the file, or a null pointer where it ends before; they stay until the next ones come. */
static const unsigned char *part(struct window *window, uint64_t offset, size_t length)
{
    if (offset + length > elf.size) {
        lack("past-end");
        return NULL;
    }
    if (holds(&head_window, offset, length))
        return head_window.bytes + offset;
    if (!holds(window, offset, length)) {
        window->offset = offset;
        window->length =
            read_at(elf.fd, window->bytes, length < LONGEST_TEXT ? LONGEST_TEXT : length, offset);
    }
    if (!holds(window, offset, length)) {
        lack("past-end");
        return NULL;
    }
    return window->bytes + (offset - window->offset);
}

/* An unsigned number, which may be of the other byte order; one past 2^53 is cut to that. */
static uint64_t number(const unsigned char *at, size_t size)
{
    uint64_t number = 0;

    for (size_t i = 0; i < size; i++)
        number = number << 8 | at[elf.big ? i : size - 1 - i];
    return number > LARGEST_NUMBER ? LARGEST_NUMBER : number;
}

/* A number whose place and size depend on the file's class. */
static uint64_t word(const unsigned char *at, size_t wide, size_t narrow)
{
    return elf.wide ? number(at + wide, 8) : number(at + narrow, 4);
}

static uint64_t half(const unsigned char *at, size_t wide, size_t narrow)
{
    return number(at + (elf.wide ? wide : narrow), 2);
}

static void keep_first(bool *has, struct segment *place, const struct segment *segment)
{
    if (!*has)
        *place = *segment;
    *has = true;
}

static void read_segments(void)
{
    const unsigned char *head = head_window.bytes, *entry;
    size_t size = elf.wide ? 56 : 32, count = half(head, 56, 44);

    if (count == 0)
        return;
    if (half(head, 54, 42) != size) {
        lack("damaged");
        return;
    }
    if (size * count > LARGEST_TABLE) {
        lack("too-large");
        return;
    }
    entry = part(&table_window, word(head, 32, 28), size * count);
    for (size_t i = 0; entry && i < count; i++, entry += size) {
        struct segment segment = { word(entry, 8, 4), word(entry, 16, 8), word(entry, 32, 16) };
        uint32_t type = number(entry, 4);
        uint64_t alignment = word(entry, 48, 28);

        if (type == 1) {
            if (elf.loads == 0 || alignment < elf.alignment)
                elf.alignment = alignment;
            elf.load[elf.loads++] = segment;
        } else if (type == 2) {
            keep_first(&elf.has_dynamic, &elf.dynamic, &segment);
        } else if (type == 3) {
            keep_first(&elf.has_interpreter, &elf.interpreter, &segment);
        } else if (type == 0x6474e553) {
            keep_first(&elf.has_property, &elf.property, &segment);
        }
    }
}

/* Reads the headers of a file whose first bytes are `head`; tells whether it is an ELF file. */
static bool open_elf(int fd, uint64_t size, const unsigned char *head, size_t head_length)
{
    if (head_length < 52 || memcmp(head, "\177ELF", 4) != 0)
        return false;
    if (head[4] < 1 || head[4] > 2 || head[5] < 1 || head[5] > 2)
        return false;
    if (head[4] == 2 && head_length < 64)
        return false;
    memcpy(head_window.bytes, head, head_length);
    head_window.length = head_length;
    table_window.length = text_window.length = 0;
    elf.fd = fd;
    elf.size = size;
    elf.wide = head[4] == 2;
    elf.big = head[5] == 2;
    elf.type = number(head + 16, 2);
    elf.machine = number(head + 18, 2);
    elf.lacks = NULL;
    elf.loads = elf.needed = 0;
    elf.has_dynamic = elf.has_interpreter = elf.has_property = elf.has_text = false;
    memset(elf.has, 0, sizeof(elf.has));
    read_segments();
    return true;
}

/* PT_INTERP's text, cut to what fits; empty where there is none. */
static void read_interpreter(char *text, size_t size)
{
    uint64_t offset = elf.interpreter.offset, length = elf.interpreter.filesz;

    text[0] = 0;
    if (!elf.has_interpreter || offset >= elf.size)
        return;
    if (length > size - 1)
        length = size - 1;
    if (length > elf.size - offset)
        length = elf.size - offset;
    if (holds(&head_window, offset, length))
        memcpy(text, head_window.bytes + offset, length);
    else
        length = read_at(elf.fd, text, length, offset);
    text[length] = 0;
}

static void add_link(char letter, const char *text)
{
    size_t length = strlen(text) + 1;

    links[links_length++] = letter;
    memcpy(links + links_length, text, length);
    links_length += length;
}

static void add_number(char letter, uint64_t value)
{
    char digits[24];

    u64toa_r(value, digits);
    add_link(letter, digits);
}

/* Adds at most 512 bytes of what is `length` bytes long, in hexadecimal. */
static void add_bytes(char letter, uint64_t offset, uint64_t length)
{
    const unsigned char *bytes;

    if (length > MOST_BYTES) {
        lack("too-large");
        length = MOST_BYTES;
    }
    bytes = length == 0 ? NULL : part(&table_window, offset, length);
    if (!bytes)
        return;
    links[links_length++] = letter;
    for (size_t i = 0; i < length; i++) {
        links[links_length++] = "0123456789abcdef"[bytes[i] >> 4];
        links[links_length++] = "0123456789abcdef"[bytes[i] & 15];
    }
    links[links_length++] = 0;
}

/* Where in the file an address is loaded from. */
static bool offset_of(uint64_t address, uint64_t *offset)
{
    for (unsigned int i = 0; i < elf.loads; i++) {
        const struct segment *load = &elf.load[i];

        if (address >= load->vaddr && address < load->vaddr + load->filesz) {
            *offset = address - load->vaddr + load->offset;
            return true;
        }
    }
    return false;
}

/* Of a tag that comes twice the last one counts, as in elf_get_dynamic_info() of glibc. */
static void read_tags(void)
{
    uint64_t length = elf.dynamic.filesz, size = elf.wide ? 8 : 4;
    const unsigned char *entry;

    if (!elf.has_dynamic)
        return;
    if (length > LARGEST_TABLE) {
        lack("too-large");
        length = LARGEST_TABLE;
    }
    entry = length == 0 ? NULL : part(&table_window, elf.dynamic.offset, length);
    for (; entry && length >= 2 * size; entry += 2 * size, length -= 2 * size) {
        uint64_t tag = number(entry, size), value = number(entry + size, size);

        if (tag == 0)
            return;
        if (tag == 1 && elf.needed == MOST_NEEDED)
            lack("too-large");
        else if (tag == 1)
            elf.names[elf.needed++] = value;
        for (int i = 0; i < 9; i++) {
            if (tags[i] != tag)
                continue;
            elf.has[i] = true;
            elf.value[i] = value;
        }
    }
}

/* A string of the dynamic string table, or a null pointer. */
static const char *text_at(uint64_t at)
{
    uint64_t most = elf.text_size - at, there;
    const unsigned char *bytes;

    if (!elf.has_text || at >= elf.text_size) {
        lack("damaged");
        return NULL;
    }
    if (most > LONGEST_TEXT)
        most = LONGEST_TEXT;
    at += elf.text_start;
    there = at >= elf.size ? 0 : elf.size - at;
    if (there > most)
        there = most;
    if (there == 0)
        lack("past-end");
    bytes = there == 0 ? NULL : part(&text_window, at, there);
    if (!bytes || memchr(bytes, 0, there))
        return (const char *)bytes;
    lack(there < most ? "past-end" : most < LONGEST_TEXT ? "damaged" : "too-large");
    return NULL;
}

/* Once one did not fit, none does. */
static bool fits(size_t length)
{
    elf.room = length < elf.room ? elf.room - length - 1 : 0;
    if (elf.room == 0)
        lack("too-large");
    return elf.room > 0;
}

static void add_text(char letter, bool has, uint64_t at)
{
    const char *text = has ? text_at(at) : NULL;

    if (text && fits(strlen(text)))
        add_link(letter, text);
}

/* An entry of a version table, as long as there are not too many. */
static const unsigned char *version_entry(uint64_t at, size_t size)
{
    const unsigned char *entry;

    if (elf.entries == 0) {
        lack("too-large");
        return NULL;
    }
    entry = part(&table_window, at, size);
    if (entry)
        elf.entries--;
    return entry;
}

static const unsigned char *version_head(uint64_t at, size_t size)
{
    const unsigned char *entry = version_entry(at, size);

    if (!entry || number(entry, 2) == 1)
        return entry;
    lack("damaged");
    return NULL;
}

/* The versions of one needed file. Weak ones are left out: nothing fails where they are missing. */
static bool read_needed_versions(const char *file, uint64_t at, unsigned int count)
{
    static char text[2 * LONGEST_TEXT];

    for (unsigned int i = 0; i < count; i++) {
        const unsigned char *entry = version_entry(at, 16);
        const char *name;
        uint64_t next;

        if (!entry)
            return false;
        next = number(entry + 12, 4);
        name = text_at(number(entry + 8, 4));
        if (file && name && !(number(entry + 4, 2) & 2) && fits(strlen(file) + 1 + strlen(name))) {
            strcpy(text, file);
            strcpy(text + strlen(text), " ");
            strcpy(text + strlen(text), name);
            add_link('q', text);
        }
        if (next == 0)
            break;
        at += next;
    }
    return true;
}

static void read_needed(uint64_t at, uint64_t count)
{
    static char file[LONGEST_TEXT];

    for (uint64_t i = 0; i < count; i++) {
        const unsigned char *entry = version_head(at, 16);
        uint64_t versions, first, next;
        const char *name;

        if (!entry)
            return;
        versions = number(entry + 2, 2);
        first = at + number(entry + 8, 4);
        next = number(entry + 12, 4);
        name = text_at(number(entry + 4, 4));
        if (name)
            strcpy(file, name);
        if (!read_needed_versions(name ? file : NULL, first, versions) || next == 0)
            return;
        at += next;
    }
}

/* The versions that are defined, without the entry that only names the file. */
static void read_defined(uint64_t at, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        const unsigned char *entry = version_head(at, 20);
        uint64_t name, next;
        bool counts;

        if (!entry)
            return;
        counts = !(number(entry + 2, 2) & 1) && number(entry + 6, 2) > 0;
        name = at + number(entry + 12, 4);
        next = number(entry + 16, 4);
        if (counts) {
            entry = version_entry(name, 8);
            if (!entry)
                return;
            add_text('p', true, number(entry, 4));
        }
        if (next == 0)
            return;
        at += next;
    }
}

static void read_versions(int table, void (*read)(uint64_t at, uint64_t count))
{
    uint64_t at;

    if (!elf.has[table] || !elf.has[table + 1] || elf.value[table + 1] == 0)
        return;
    if (offset_of(elf.value[table], &at))
        read(at, elf.value[table + 1]);
    else
        lack("damaged");
}

static void read_dynamic(void)
{
    read_tags();
    elf.has_text = elf.has[STRTAB] && offset_of(elf.value[STRTAB], &elf.text_start);
    elf.text_size = elf.has[STRSZ] ? elf.value[STRSZ] : 0;
    elf.room = MOST_TEXT;
    elf.entries = MOST_ENTRIES;
    add_text('s', elf.has[SONAME], elf.value[SONAME]);
    add_text('r', elf.has[RPATH], elf.value[RPATH]);
    add_text('u', elf.has[RUNPATH], elf.value[RUNPATH]);
    for (unsigned int i = 0; i < elf.needed; i++)
        add_text('n', true, elf.names[i]);
    read_versions(VERNEED, read_needed);
    read_versions(VERDEF, read_defined);
}

static void read_arm_attributes(void)
{
    const unsigned char *head = head_window.bytes, *section;
    uint64_t start = number(head + 32, 4);
    size_t size = number(head + 46, 2), count = number(head + 48, 2);

    if (start == 0 || count == 0)
        return;
    if (size < 40) {
        lack("damaged");
        return;
    }
    if (size * count > LARGEST_TABLE) {
        lack("too-large");
        return;
    }
    section = part(&table_window, start, size * count);
    for (size_t i = 0; section && i < count; i++, section += size) {
        if (number(section + 4, 4) != 0x70000003)
            continue;
        add_bytes('m', number(section + 16, 4), number(section + 20, 4));
        return;
    }
}

/* Reads the links of the file that was opened, if it is a program or a library. */
static void read_links(void)
{
    links_length = 0;
    if (elf.type != 2 && elf.type != 3)
        return;
    read_dynamic();
    if (elf.loads > 0)
        add_number('a', elf.alignment);
    if (elf.has_property)
        add_bytes('g', elf.property.offset, elf.property.filesz);
    if (!elf.wide && elf.machine == 40)
        read_arm_attributes();
    /* Also where all is read: a file without any links has a record all the same. */
    add_link('i', elf.lacks ? elf.lacks : "");
}

/* Writes the record of the links that were read, after that of their file. */
static void record_links(void)
{
    if (links_length == 0)
        return;
    record_begin("LINK");
    record_bytes_add(links, links_length);
    record_end();
}

#endif
