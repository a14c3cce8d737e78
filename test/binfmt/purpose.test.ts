import { expect, test } from 'vitest';
import { architectures, magicAndMask } from '../../src/model/architecture.ts';
import { hexOfBytes } from '../../src/model/bytes.ts';
import { purposeOf } from '../../src/binfmt/purpose.ts';
import { ruleOf } from './made-table.ts';

const elf = String.raw`\x7fELF`;

test.each([
  [':a:M::MZ::/x:', 'Windows programs'],
  [String.raw`:a:M::#!::/x:`, '#! scripts'],
  [String.raw`:a:M::PK\x03\x04::/x:`, 'ZIP and Java archives'],
  [String.raw`:a:M::\xca\xfe\xba\xbe::/x:`, 'Java classes'],
  [String.raw`:a:M::\xa7\x0d\x0d\x0a::/x:`, 'Python 3.11 bytecode'],
  [String.raw`:a:M::\x03\xf3\x0d\x0a::/x:`, 'Python bytecode'],
  [':a:M::12345678::/x:', 'files with "12345678"'],
  [':a:M:4:1234::/x:', 'files with "1234" at 4'],
  [String.raw`:a:M::\x01\x02::/x:`, 'files with 01 02'],
  [String.raw`:a:M::\x01:\x00:/x:`, 'every file'],
  [`:a:M::${elf}::/x:`, 'programs of 38 CPUs'],
  [`:a:M::${elf}\\x02\\x02::/x:`, 'programs of 7 CPUs'],
  [':a:E::jar::/x:', '.jar files'],
])('%s is for %s', (register, words) => {
  const found = purposeOf(ruleOf(register)).words;
  expect(found.replace(/\d+ CPUs/, 'N CPUs')).toBe(words.replace(/\d+ CPUs/, 'N CPUs'));
});

test.each(architectures.filter(({ qemu }) => qemu !== undefined).map((row) => [row.name, row]))(
  'qemu’s rule for %s is for its programs',
  (name, row) => {
    const { magic, mask } = magicAndMask(row);
    const rule = { name: 'q', enabled: true, interpreter: '/q', flags: '', offset: 0 } as const;
    const found = purposeOf({
      ...rule,
      type: 'magic',
      magic: hexOfBytes(magic),
      mask: hexOfBytes(mask),
    });
    expect(found.architectures).toContain(name);
    expect(found.words).toBe(`${found.architectures.join(' and ')} programs`);
  },
);
