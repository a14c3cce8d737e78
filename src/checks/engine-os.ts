import type { Check } from '../model/preflight.ts';

export const order = 20;

export const check: Check = {
  id: 'engine-os',
  title: 'The engine runs Linux containers',
  run({ facts: { engine } }) {
    const id = 'engine-os';
    if (engine.os === 'linux') {
      return [{ id, status: 'pass', message: 'The engine runs Linux containers.' }];
    }
    return [
      {
        id,
        status: 'fail',
        message: `The engine runs ${engine.os} containers.`,
        why: 'Only a Linux kernel can run Linux images, of its own architecture or of others.',
        evidence: [`engine: ${engine.operatingSystem}`],
        fix: {
          text: 'Switch Docker Desktop to Linux containers ("Switch to Linux containers…" in its menu), or choose a context of a Linux engine.',
          commands: ['docker context ls'],
        },
      },
    ];
  },
};
