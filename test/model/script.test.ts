import { describe, expect, it } from 'vitest';
import { bytesOfString } from '../../src/model/bytes.ts';
import { parseScriptLine } from '../../src/model/script.ts';

const a = (count: number): string => 'a'.repeat(count);

describe('a #! line', () => {
  it.each([
    ['#!/bin/sh\n', { interpreter: '/bin/sh' }],
    ['#! /bin/sh\n', { interpreter: '/bin/sh' }],
    ['#!\t /bin/sh \t\n', { interpreter: '/bin/sh' }],
    ['#!/bin/sh', { interpreter: '/bin/sh' }],
    ['#!/usr/bin/env node\n', { interpreter: '/usr/bin/env', argument: 'node' }],
    ['#!/usr/bin/env -S node  --x \n', { interpreter: '/usr/bin/env', argument: '-S node  --x' }],
    ['#!/bin/sh\r\n', { interpreter: '/bin/sh\r' }],
    ['#!sh\n', { interpreter: 'sh' }],
    ['#!/bin/sh\0x\n', { interpreter: '/bin/sh' }],
    ['#!/bin/sh x\0y\n', { interpreter: '/bin/sh', argument: 'x' }],
    // Without a newline the padding of NUL bytes is the argument, an empty one.
    ['#!/bin/sh ', { interpreter: '/bin/sh', argument: '' }],
    ['#!', { interpreter: '' }],
    [`#!/bin/sh ${a(300)}`, { interpreter: '/bin/sh', argument: a(245) }],
    [`#!${a(252)}\n`, { interpreter: a(252) }],
    [`#!${a(253)}\n`, { interpreter: a(253) }],
    [`#!${a(253)} b`, { interpreter: a(253) }],
  ])('%j names %j', (text, line) => {
    expect(parseScriptLine(bytesOfString(text))).toEqual(line);
  });

  it.each([
    ['echo hello\n', 'no-magic'],
    ['', 'no-magic'],
    [' #!/bin/sh\n', 'no-magic'],
    ['#!\n', 'script-without-interpreter'],
    ['#!  \t\n', 'script-without-interpreter'],
    [`#!${a(254)}\n`, 'script-too-long'],
    [`#!${' '.repeat(300)}/bin/sh\n`, 'script-too-long'],
  ])('is not what %j has: %s', (text, notScript) => {
    expect(parseScriptLine(bytesOfString(text))).toEqual({ notScript });
  });
});
