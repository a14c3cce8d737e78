import { describe, expect, test } from 'vitest';
import { told, type MadeImage } from './made-inventory.ts';

const sh = { '/bin/sh': { architecture: 'arm64' } };
const env = { '/usr/bin/env': { architecture: 'arm64' } };

describe('a script', () => {
  test.each<[string, MadeImage, string[]]>([
    ['whose interpreter is there is right', { files: { ...sh, '/bin/run': '#!/bin/sh\n' } }, []],
    [
      'whose interpreter is a link in a linked directory is right',
      {
        files: {
          '/bin': { link: 'usr/bin' },
          '/usr/bin/sh': { link: 'dash' },
          '/usr/bin/dash': { architecture: 'arm64' },
          '/usr/bin/run': '#!/bin/sh\n',
        },
      },
      [],
    ],
    [
      'whose interpreter is missing is an error in the PATH',
      { files: { '/bin/run': '#!/bin/bash\n' } },
      ['fail interpreter-missing /bin/run'],
    ],
    [
      'whose interpreter is missing is an error where the image starts it',
      { files: { '/entry.sh': '#!/bin/bash\n' }, starts: ['/entry.sh'] },
      ['fail interpreter-missing /entry.sh'],
    ],
    [
      'whose interpreter is missing is a warning elsewhere',
      { files: { '/srv/run': '#!/bin/bash\n' } },
      ['warn interpreter-missing /srv/run'],
    ],
    [
      'whose interpreter is missing is nothing among the examples of packages',
      { files: { '/usr/share/doc/x/examples/run': '#!/usr/bin/perl\n' } },
      [],
    ],
    [
      'that nobody can execute is not looked at',
      { files: { '/bin/run': { script: '#!/bin/bash\n', mode: 0o644 } } },
      [],
    ],
    [
      'with a carriage return is an error',
      { files: { ...sh, '/bin/run': '#!/bin/sh\r\n' } },
      ['fail interpreter-missing /bin/run'],
    ],
    [
      'whose interpreter is not executable is an error',
      { files: { '/bin/sh': { architecture: 'arm64', mode: 0o644 }, '/bin/run': '#!/bin/sh\n' } },
      ['fail interpreter-missing /bin/run'],
    ],
    ['whose interpreter is a relative path is not judged', { files: { '/bin/run': '#!sh\n' } }, []],
    [
      'for env is judged by what env will look up',
      { files: { ...env, '/bin/run': '#!/usr/bin/env python3\n' } },
      ['warn interpreter-missing /bin/run'],
    ],
    [
      'for env -S is, too',
      { files: { ...env, '/bin/run': '#!/usr/bin/env -S A=1 python3 -u\n' } },
      ['warn interpreter-missing /bin/run'],
    ],
    [
      'for env is right where the PATH has it',
      {
        files: {
          ...env,
          '/bin/python3': { architecture: 'arm64' },
          '/bin/run': '#!/usr/bin/env python3\n',
        },
      },
      [],
    ],
    [
      'for env is nothing where nothing starts it',
      { files: { ...env, '/srv/run': '#!/usr/bin/env python3\n' } },
      [],
    ],
    [
      'whose interpreter may not have been read is not known',
      {
        files: { '/bin/run': '#!/bin/bash\n' },
        inventory: { unreadable: { count: 1, examples: [] } },
      },
      ['unknown interpreter-missing /bin/run'],
    ],
  ])('%s', (_, made, expected) => {
    expect(told(made)).toEqual(expected);
  });
});
