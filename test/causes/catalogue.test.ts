import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { causes, families } from '../../src/causes/index.ts';
import { causesMarkdown } from '../../src/causes/markdown.ts';

/** Ids are part of the interface: none of these may go, or change its name. */
const promised = `
  no-rule rule-disabled binfmt-disabled binfmt-not-mounted rule-without-fix-binary
  rule-interpreter-missing rule-interpreter-not-executable rule-interpreter-dynamic
  rule-interpreter-foreign rule-interpreter-is-script rule-shadowed rule-wrong-emulator
  rule-too-wide rule-too-narrow rules-in-another-namespace rule-without-credentials
  emulator-not-inherited emulated-crash emulated-illegal-instruction cpu-level-too-low
  kernel-too-old ptrace-under-emulation wrong-architecture image-mislabelled platform-pinned
  default-platform-set platform-not-in-image variant-mismatch attestation-not-image x32-program
  host-program-foreign script-without-shebang shebang-crlf shebang-not-first
  shebang-interpreter-missing shebang-interpreter-not-executable shebang-relative shebang-too-long
  shebang-empty shebang-loop empty-file failed-download compressed-file archive-file
  git-lfs-pointer java-program macos-program windows-program wasm-module static-library object-file
  core-dump shared-library-as-program elf-truncated loader-missing libc-mismatch
  loader-wrong-architecture loader-not-executable loader-damaged library-missing
  library-wrong-architecture library-damaged glibc-too-old command-not-found command-in-one-string
  single-quoted-exec-form dangling-symlink symlink-loop not-executable entrypoint-is-directory
  directory-not-searchable noexec-mount mount-hides-program mount-created-directory text-file-busy
  seccomp-denies-execve seccomp-architecture no-new-privileges setuid-bit-lost
`
  .trim()
  .split(/\s+/);

const ids = causes.map(({ id }) => id);
const entries = families.flatMap(({ causes: own }) => own);

function isBefore(one: string, other: string): boolean {
  return causes.find(({ id }) => id === one)?.before?.includes(other) === true;
}

describe('the catalogue of causes', () => {
  it('has every promised id, once', () => {
    expect(new Set(ids).size).toBe(ids.length);
    expect(promised.filter((id) => !ids.includes(id))).toEqual([]);
    expect(promised.length).toBe(79);
  });

  it('ranks only behind causes that there are', () => {
    const named = causes.flatMap(({ before }) => before ?? []);
    expect(named.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('has no two that rank behind each other', () => {
    const pairs = ids.filter((one) =>
      ids.some((other) => isBefore(one, other) && isBefore(other, one)),
    );
    expect(pairs).toEqual([]);
  });

  it.each(entries.map((entry) => [entry.id, entry] as const))('%s has a whole page', (_, entry) => {
    const { title, why, seen, proof, remedy, prevent } = entry;
    expect(title).toMatch(/^[^.]+$/);
    for (const text of [why, proof, remedy, prevent]) expect(text.length).toBeGreaterThan(10);
    expect(seen.length).toBeGreaterThan(0);
  });

  it('is what docs/causes.md says: run node scripts/catalogue.mjs', () => {
    expect(readFileSync('docs/causes.md', 'utf8')).toBe(causesMarkdown(families));
  });
});
