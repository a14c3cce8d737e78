/** How downloads, toolchains and distributions call the architectures; Docker's word first. */
const spellings: Readonly<Record<string, readonly string[]>> = {
  amd64: ['amd64', 'x86_64', 'x86-64', 'x64', 'linux64'],
  arm64: ['arm64', 'aarch64', 'arm64v8', 'armv8'],
  arm: [
    'armhf',
    'armv7l',
    'armv7',
    'armv6l',
    'armv6',
    'armv6hf',
    'arm32v7',
    'arm32v6',
    'armel',
    'linux-arm',
    'linux_arm',
  ],
  '386': ['i386', 'i686', 'linux-386', 'linux_386'],
  ppc64le: ['ppc64le', 'ppc64el', 'powerpc64le'],
  s390x: ['s390x'],
  riscv64: ['riscv64', 'riscv64gc'],
  loong64: ['loong64', 'loongarch64'],
  mips64le: ['mips64le', 'mips64el'],
};

const architectureOf = new Map(
  Object.entries(spellings).flatMap(([name, words]) => words.map((word) => [word, name] as const)),
);

// The longest first: arm64v8 is not arm64 with something after it.
const alternatives = [...architectureOf.keys()].toSorted((one, other) => other.length - one.length);
const word = new RegExp(`(?<![A-Za-z0-9])(?:${alternatives.join('|')})(?![A-Za-z0-9])`, 'gi');

/** A word that names an architecture. */
export interface ArchitectureWord {
  /** As it is written. */
  word: string;
  /** Docker's word. */
  architecture: string;
}

/** The words of a text that name an architecture. */
export function architectureWords(text: string): ArchitectureWord[] {
  return [...text.matchAll(word)].map(([found]) => ({
    word: found,
    architecture: architectureOf.get(found.toLowerCase()) ?? found,
  }));
}

/** A text in the words of another architecture, in each spelling: `lib/x86_64-linux-gnu` as `lib/aarch64-linux-gnu`. */
export function inWordsOf(architecture: string, text: string): string[] {
  return (spellings[architecture] ?? []).map((spelling) => text.replaceAll(word, spelling));
}

/** The architecture that a text names; undefined where it names none, or several. */
export function architectureNamed(text: string): ArchitectureWord | undefined {
  const words = architectureWords(text);
  const names = new Set(words.map(({ architecture }) => architecture));
  return names.size === 1 ? words[0] : undefined;
}

const asks =
  /TARGETARCH|TARGETPLATFORM|TARGETVARIANT|\buname\b|--print-architecture|--print-arch\b|DPKG_ARCH|\$\(arch\)|`arch`|\bHOSTTYPE\b|\$\{?\w*(?:ARCH|PLATFORM|MACHINE)\w*/;
const decides = /\b(?:case|if|elif|test)\b|\[\[?\s|\?\?|:[-+]/;

/** Whether a command line does one thing for one architecture and another for the next. */
export function isByArchitecture(text: string): boolean {
  return asks.test(text) && decides.test(text);
}
