import { begin, row, type Signature } from './row.ts';

/** The dynamic loader. */
export const libraries: readonly Signature[] = [
  row(
    'library-version',
    String.raw`${begin}(?<path>/[^\s:]{1,1023}): version [\`'‘](?<word>[A-Z][\w.]{1,60})['’] not found`,
  ),
  row(
    'library',
    String.raw`${begin}(?<path>[^\s:"'\`]{1,1023}): error while loading shared libraries: (?<word>[^:]{1,512}): (?<why>[^\n]{1,200})`,
  ),
  row(
    'library',
    String.raw`Error loading shared library (?<word>[^:]{1,512}): (?<why>[^()\n]{1,120}?)(?: \(needed by (?<path>[^)]{1,1023})\)|$)`,
  ),
  row(
    'library',
    String.raw`dlopen\((?<word>[^,)\s]{1,512}), [^\n]{1,300}(?<why>incompatible architecture)`,
  ),
  row('library', String.raw`installed (?<word>esbuild) (?<why>for another platform)`),
  row(
    'library',
    String.raw`Could not load the "(?<word>[\w@/.-]{1,100})" module (?<why>using the \S{1,40} runtime)`,
  ),
  row(
    'library-symbol',
    String.raw`Error relocating (?<path>[^\s:]{1,1023}): (?<word>\S{1,200}): symbol not found`,
  ),
  row(
    'library-version',
    String.raw`symbol lookup error: (?<path>[^\s:]{1,1023}): undefined symbol: \S{1,200}, version (?<word>GLIBC\w{0,10}_[\w.]{1,20})`,
  ),
  row(
    'library',
    String.raw`${begin}(?<word>[^\s:"'\`=|(]{1,500}\.(?:so|node)[\d.]{0,20}): (?<why>cannot open shared object file: [^\n]{1,200}|wrong ELF class[^\n]{0,60}|invalid ELF header|file too short|cannot enable executable stack[^\n]{0,60}|Exec format error)`,
  ),
];
