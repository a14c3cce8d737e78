import { execFileSync } from 'node:child_process';
import type { Variables } from './variables.ts';

/** What git says, or why it says nothing. Nothing that a repository configures is run. */
function askGit(folder: string, words: readonly string[]): string | { missing: string } {
  const safe = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];
  try {
    return execFileSync('git', ['-C', folder, ...safe, ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 10_000,
    }).trim();
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT') return { missing: 'there is no git on the PATH' };
    const line = (stderr ?? '').split('\n').find((text) => text.trim() !== '');
    return { missing: line?.replace(/^fatal: /, '') ?? 'git does not say' };
  }
}

/** The variables of a file, read where they are used, each once. */
export function readVariables(folder: string, image: string | undefined): Variables {
  const git = (...words: string[]) => {
    let answer: string | { missing: string } | undefined;
    return () => (answer ??= askGit(folder, words));
  };
  const branch = git('symbolic-ref', '--short', 'HEAD');
  return {
    'git.sha': git('rev-parse', 'HEAD'),
    'git.shortSha': git('rev-parse', '--short=12', 'HEAD'),
    'git.branch': () => {
      const name = branch();
      return typeof name === 'string' ? name : { missing: 'HEAD is on no branch' };
    },
    'git.tag': git('describe', '--tags', '--exact-match', 'HEAD'),
    'git.describe': git('describe', '--tags', '--always', '--dirty'),
    'git.time': git('show', '--no-patch', '--format=%cI', 'HEAD'),
    date: () => new Date().toISOString().slice(0, 10),
    image: () => image ?? { missing: 'the file has one image, and it has no name' },
  };
}
