import type { DiagnosisFacts } from '../../src/model/diagnosis.ts';
import type { StartConfig } from '../../src/model/container.ts';
import type { FileFacts } from '../../src/model/facts.ts';

/** A file of that content, and the folders on its way. */
export function file(path: string, content: string | Uint8Array, mode = 0o755): FileFacts {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  return {
    path,
    errno: 'ok',
    kind: 'file',
    mode,
    uid: 0,
    gid: 0,
    size: bytes.length,
    head: Buffer.from(bytes).subarray(0, 4096).toString('base64'),
  };
}

export function directory(path: string, mode = 0o755): FileFacts {
  return { path, errno: 'ok', kind: 'directory', mode, uid: 0, gid: 0 };
}

export function link(path: string, target: string): FileFacts {
  return { path, errno: 'ok', kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target };
}

export function absent(path: string): FileFacts {
  return { path, errno: 'ENOENT' };
}

/** An ELF program of 64 bits without a loader, as a kernel of that machine would load it. */
export function program(machine = 62): Uint8Array {
  const bytes = new Uint8Array(176);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const view = new DataView(bytes.buffer);
  view.setUint16(16, 2, true);
  view.setUint16(18, machine, true);
  view.setUint32(20, 1, true);
  view.setUint32(24, 0x400078, true);
  view.setUint32(32, 64, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 1, true);
  view.setUint32(68, 5, true);
  view.setUint32(80, 0x400000, true);
  view.setUint32(88, 0x400000, true);
  view.setUint32(96, 176, true);
  view.setUint32(104, 176, true);
  view.setUint32(112, 0x1000, true);
  return bytes;
}

export const startConfig: StartConfig = {
  entrypoint: [],
  cmd: [],
  user: '',
  workingDir: '',
  envNames: [],
  path: '/usr/bin:/bin',
  runtimeEnv: {},
};

/** The facts of an image on an amd64 machine without rules. */
export function imageFacts(
  config: Partial<StartConfig>,
  files: readonly FileFacts[],
): DiagnosisFacts {
  return {
    schemaVersion: 1,
    target: { kind: 'image', name: 'app:1' },
    surface: { stage: 'never', exitCode: null, lines: [], cut: false },
    platform: 'linux/amd64',
    native: ['amd64', '386'],
    image: { reference: 'app:1', history: [], config: { ...startConfig, ...config } },
    kernel: {
      release: '6.1.0',
      version: '#1',
      machine: 'x86_64',
      pageSize: 4096,
      binfmt: { knownToKernel: true, mount: 'binfmt_misc', status: 'enabled', rules: [] },
      runs: [],
      interpreters: [],
    },
    files: [directory('/'), directory('/bin'), directory('/app'), ...files],
    hiddenFiles: [],
    traces: [],
    missing: [],
  };
}
