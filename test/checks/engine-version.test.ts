import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/engine-version.ts';
import { only, said } from './facts.ts';

describe('engine-version knows what older engines lack', () => {
  it.each([
    ['28.5.2', false, 'pass'],
    ['20.10.24+dfsg1', false, 'pass'],
    ['19.03.15', true, 'pass'],
    ['19.03.15', false, 'fail'],
    ['18.06.3-ce', true, 'fail'],
    ['master', false, 'unknown'],
  ])('%s, experimental %s: %s', (version, experimental, status) => {
    expect(only(check, { engine: { version, experimental } }).status).toBe(status);
  });

  it('says how to set experimental, and to restart', () => {
    const { fix } = only(check, { engine: { version: '19.03.15' } });
    expect(fix?.text).toContain('"experimental": true');
    expect(fix?.commands.at(-1)).toBe('sudo systemctl restart docker');
  });

  it('tells the missing BuildKit from a closed switch', () => {
    expect(said(check, { engine: { version: '18.06.3-ce' } })).toEqual([
      'fail: Docker 18.06.3-ce has no BuildKit: that came with 18.09.',
    ]);
  });
});
