import { opendir, readFile } from 'node:fs/promises';
import { arch, release, version } from 'node:os';
import type { BinfmtFacts, FileFacts, KernelFacts, RuleFile } from '../model/facts.ts';
import { localSource } from './sources.ts';
import { parseRuleFile } from '../model/binfmt-rule.ts';

const folder = '/proc/sys/fs/binfmt_misc';

/** Node's word for an architecture in Docker's words. */
export function localArchitecture(): string {
  const words: Readonly<Record<string, string>> = {
    x64: 'amd64',
    ia32: '386',
    ppc64: 'ppc64le',
    mipsel: 'mipsle',
  };
  const word: string = arch();
  return words[word] ?? word;
}

/** The kernel of the machine that xbuild runs on, as far as a user can read it. */
export async function readLocalKernel(): Promise<KernelFacts> {
  const binfmt = await readLocalBinfmt();
  return {
    ...localKernelName(),
    machine: localArchitecture(),
    pageSize: 4096,
    binfmt,
    runs: [],
    interpreters: await readInterpreters(binfmt.rules),
  };
}

/** Which kernel it is: two machines rarely run the very same build. */
export function localKernelName(): Pick<KernelFacts, 'release' | 'version'> {
  return { release: release(), version: version() };
}

/** The rules of the machine that xbuild runs on, as the user namespace has them that it runs in. */
export async function readLocalBinfmt(): Promise<BinfmtFacts> {
  const filesystems = await readFile('/proc/filesystems', 'latin1').catch(() => '');
  const files = await readRules();
  const status = files?.find(({ name }) => name === 'status')?.text.trim();
  return {
    knownToKernel: /\bbinfmt_misc$/m.test(filesystems),
    mount: files === undefined ? 'absent' : status === undefined ? 'nothing' : 'binfmt_misc',
    status: status === 'enabled' || status === 'disabled' ? status : null,
    rules: (files ?? []).filter(({ name }) => name !== 'status'),
  };
}

/** In the folder's own order, which is the order in which the kernel asks. */
async function readRules(): Promise<RuleFile[] | undefined> {
  const files: RuleFile[] = [];
  try {
    for await (const { name } of await opendir(folder)) {
      if (name === 'register') continue;
      files.push({ name, text: await readFile(`${folder}/${name}`, 'latin1') });
    }
    return files;
  } catch {
    return undefined;
  }
}

async function readInterpreters(rules: readonly RuleFile[]): Promise<FileFacts[]> {
  const paths = rules.flatMap((file) => {
    const reading = parseRuleFile(file);
    return 'rule' in reading ? [reading.rule.interpreter] : [];
  });
  return Promise.all([...new Set(paths)].map(followed));
}

/** A rule with flag F holds the file that its path led to. */
async function followed(path: string): Promise<FileFacts> {
  let facts = await localSource.read(path);
  for (let links = 0; links < 10 && facts.kind === 'symlink'; links++) {
    const target = facts.target ?? '';
    const at = target.startsWith('/') ? target : `${facts.path.replace(/[^/]*$/, '')}${target}`;
    facts = await localSource.read(at);
  }
  return { ...facts, path };
}
