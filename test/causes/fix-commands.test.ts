import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { diagnose } from '../../src/diagnose/judge.ts';
import { traceAll } from '../../src/diagnose/trace-programs.ts';
import { findArchitecture, headFor } from '../../src/model/architecture.ts';
import type { DiagnosisFacts, EngineSummary } from '../../src/model/diagnosis.ts';
import type { Endpoint } from '../../src/model/facts.ts';
import { file, imageFacts } from '../diagnose/made-facts.ts';

const engine: EngineSummary = {
  version: '28.5.0',
  architecture: 'amd64',
  operatingSystem: 'Some Linux',
  kernelVersion: '6.1.0',
  store: 'containerd',
  defaultRuntime: 'runc',
  runtimes: ['runc'],
  rootless: false,
  usernsRemap: false,
  desktop: false,
  remote: true,
};
const byDefault: Endpoint = { url: 'unix:///var/run/docker.sock', source: 'default' };
const byVariable: Endpoint = { url: 'tcp://build:2375', source: 'DOCKER_HOST' };
const byHost: Endpoint = { url: 'tcp://build:2375', source: '--host' };
const byContext: Endpoint = { url: 'tcp://build:2375', source: 'context', context: 'the farm' };

function elf(name: string): Uint8Array {
  const row = findArchitecture(name);
  if (row === undefined) throw new Error(name);
  return headFor(row, { type: 'exec' });
}

const imported = imageFacts({ entrypoint: ['/app/run'] }, [file('/app/run', elf('s390x'))]);
const foreign: DiagnosisFacts = {
  ...imported,
  image: { ...imported.image, reference: 'app:1', history: ['COPY run /app/run'] },
};
const emulated: DiagnosisFacts = { ...foreign, platform: 'linux/s390x' };
const nothing = imageFacts({ entrypoint: ['serve'] }, [
  { path: '/usr', errno: 'ENOENT' },
  { path: '/bin/serve', errno: 'ENOENT' },
]);
const bash = imageFacts({ entrypoint: ['/app/run'] }, [
  file('/app/run', '#!/bin/bash\n'),
  { path: '/bin/bash', errno: 'ENOENT' },
]);

function causeOf(facts: DiagnosisFacts) {
  const { cause } = diagnose({ ...facts, traces: traceAll(facts).traces }, causes);
  if (cause === null) throw new Error('nothing found');
  return cause;
}

function commandsAt(facts: DiagnosisFacts, endpoint?: Endpoint): string[] {
  const where = endpoint === undefined ? {} : { endpoint };
  const { fix } = causeOf({ ...facts, engine: { ...engine, ...where } });
  return [...fix.commands, ...(fix.instead ?? [])];
}

describe('commands of a fix', () => {
  it.each([
    ['the default engine', byDefault, 'xbuild verify app:1'],
    ['the engine that a variable names', byVariable, 'xbuild verify app:1'],
    ['facts that do not say which engine it was', undefined, 'xbuild verify app:1'],
    ['an engine named by -H', byHost, 'xbuild verify app:1 --host tcp://build:2375'],
    ['a context', byContext, "xbuild verify app:1 --context 'the farm'"],
  ])('reach %s', (_where, endpoint, command) => {
    expect(commandsAt(foreign, endpoint)).toEqual([command]);
  });

  it.each([
    [byDefault, 'docker run --rm --entrypoint sh app:1'],
    [byHost, 'docker --host tcp://build:2375 run --rm --entrypoint sh app:1'],
    [byContext, "docker --context 'the farm' run --rm --entrypoint sh app:1"],
  ])('run containers on the engine that was asked: %j', (endpoint, beginning) => {
    const [command = ''] = commandsAt(nothing, endpoint);
    expect(command.slice(0, beginning.length)).toBe(beginning);
  });

  it('that change rules name the engine once', () => {
    expect(commandsAt(emulated, byContext)).toEqual([
      "xbuild preflight --platform linux/s390x --fix --context 'the farm'",
      "docker --context 'the farm' run --privileged --rm tonistiigi/binfmt --install s390x",
    ]);
  });
});

const step = (facts: DiagnosisFacts): DiagnosisFacts => ({
  ...facts,
  target: { kind: 'step', name: 'RUN /app/run', exec: facts.image?.config?.entrypoint ?? [] },
  surface: { stage: 'build', exitCode: 127, lines: [], cut: false },
  image: { history: [], ...facts.image, reference: 'scratch' },
});

describe('a step of a build', () => {
  it.each([
    ['a foreign program', foreign, 'and the stage is for linux/amd64'],
    ['a foreign program without a history', imported, 'and the stage is for linux/amd64'],
    ['no such command', nothing, 'serve is in no folder of PATH'],
    ['no interpreter', bash, 'and the stage has no such file'],
  ])('has no image that a command could name: %s', (_what, facts, words) => {
    const { message, fix } = causeOf(step(facts));
    expect(message).toContain(words);
    expect(fix.commands.join('\n')).not.toMatch(/xbuild verify|scratch/);
    expect(`${message} ${fix.text}`).not.toMatch(/the image|last stage/);
  });

  it('still has rules put right, on its engine', () => {
    const { fix } = causeOf({ ...step(emulated), engine: { ...engine, endpoint: byHost } });
    expect([...fix.commands, ...(fix.instead ?? [])]).toEqual([
      'xbuild preflight --platform linux/s390x --fix --host tcp://build:2375',
      'docker --host tcp://build:2375 run --privileged --rm tonistiigi/binfmt --install s390x',
    ]);
  });
});
