import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { commands } from '../ci/commands.ts';
import { run } from './run-main.ts';

let folder = '';
const at = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(at(name), 'utf8');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xbuild-report-'));
  vi.stubEnv('DOCKER_HOST', 'unix:///nonexistent/docker.sock');
  vi.stubEnv('NO_COLOR', '1');
  for (const name of ['GITHUB_ACTIONS', 'GITLAB_CI', 'TF_BUILD', 'BUILDKITE', 'TEAMCITY_VERSION']) {
    vi.stubEnv(name, '');
  }
  // A script that its interpreter's absence stops: a diagnosis that needs no engine.
  writeFileSync(at('run.sh'), '#!/nonexistent/sh\r\necho\n', { mode: 0o755 });
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('--report', () => {
  it('writes several files beside the text', async () => {
    const files = {
      junit: 'a.xml',
      sarif: 'a.sarif',
      markdown: 'a.md',
      json: 'a.json',
      text: 'a.txt',
      github: 'a.log',
    };
    const words = Object.entries(files).map(([format, name]) => `--report=${format}=${at(name)}`);
    const { status, stdout } = await run('diagnose', '--kind', 'file', at('run.sh'), ...words);
    expect(status).toBe(0);
    expect(stdout).toContain('[shebang-crlf, certain]');
    expect(read('a.xml')).toContain('<failure type="shebang-crlf"');
    expect(read('a.sarif')).toContain('"ruleId": "shebang-crlf"');
    expect(read('a.md')).toContain('Check: shebang-crlf');
    expect(JSON.parse(read('a.json'))).toMatchObject({ command: 'diagnose', answer: 'cause' });
    expect(read('a.txt')).toContain('[shebang-crlf, certain]');
    expect(read('a.log')).toMatch(/^::error title=xbuild%3A shebang-crlf::/);
    expect(readdirSync(folder)).toHaveLength(7);
  });

  it('without a file takes the place of the text', async () => {
    const { stdout } = await run('diagnose', '--kind', 'file', at('run.sh'), '--report', 'junit');
    expect(stdout).toMatch(/^<\?xml /);
    expect(stdout).toMatch(/<\/testsuites>\n$/);
  });

  it('tells of a request that cannot be carried out, too', async () => {
    const { status, stderr } = await run('preflight', '--report', `junit=${at('a.xml')}`);
    expect(status).toBe(5);
    expect(stderr).toContain('error:');
    expect(read('a.xml')).toContain('<failure type="engine-unreachable"');
  });

  it.each([
    [['--report', 'junit=/nonexistent/a.xml'], 'cannot write /nonexistent/a.xml'],
    [['--report', 'junit=/'], 'it is a folder'],
    [['--report', 'juint'], 'Did you mean: --report junit'],
  ])('%j is refused before the work starts', async (words, message) => {
    const { status, stderr } = await run('verify', 'app', ...words);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('engine');
  });

  it('writes through a symbolic link', async () => {
    writeFileSync(at('real.xml'), 'old');
    symlinkSync('real.xml', at('link.xml'));
    await run('diagnose', '--kind', 'file', at('run.sh'), '--report', `junit=${at('link.xml')}`);
    expect(read('real.xml')).toMatch(/^<\?xml /);
  });
});

describe('in GitHub Actions', () => {
  beforeEach(() => {
    vi.stubEnv('GITHUB_ACTIONS', 'true');
    vi.stubEnv('GITHUB_STEP_SUMMARY', at('summary.md'));
    vi.stubEnv('GITHUB_OUTPUT', at('output'));
  });

  it('annotations follow the text; the summary and the outputs are written', async () => {
    const { stdout } = await run('diagnose', '--kind', 'file', at('run.sh'));
    expect(stdout).toMatch(/^✖[^]*\n::error title=xbuild%3A shebang-crlf::[^\n]*\n/u);
    expect(read('summary.md')).toMatch(/^## xbuild diagnose/);
    expect(read('output')).toMatch(
      /^exit-status<<(?<end>xbuild-[\da-f-]{36})\n0\n\k<end>\ncause<<(?<more>xbuild-\S+)\nshebang-crlf\n\k<more>\n$/,
    );
  });

  it('a document on standard output stays one', async () => {
    const { stdout, stderr } = await run('diagnose', '--kind', 'file', at('run.sh'), '--json');
    expect(JSON.parse(stdout)).toMatchObject({ command: 'diagnose' });
    expect(stderr).toContain('::error ');
  });

  it('--report github takes the place of both', async () => {
    const { stdout, stderr } = await run('diagnose', at('run.sh'), '--report', 'github');
    expect(stdout.split('\n').filter((line) => !line.startsWith('::error '))).toEqual(['']);
    expect(stderr).toBe('');
  });

  it('a name that is a command is none where it is printed', async () => {
    const name = `${' ::stop-commands::x'.repeat(8)} ##[add-mask]y`;
    writeFileSync(at(name), '#!/nonexistent/sh\r\n', { mode: 0o755 });
    const { stdout, stderr } = await run('diagnose', '--kind', 'file', at(name));
    const theirs = `${stdout}\n${stderr}`
      .split('\n')
      .filter((line) => !line.startsWith('::error title=xbuild%3A '));
    expect(theirs.filter((line) => commands['GitHub Actions']?.test(line))).toEqual([]);
    expect(stdout).toContain(String.raw`#\u0023[add-mask]y`);
  });
});
