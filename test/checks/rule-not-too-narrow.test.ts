import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/rule-not-too-narrow.ts';
import { check as rulePresent } from '../../src/checks/rule-present.ts';
import { emulated, only, rule } from './facts.ts';

const usual = 'ffffffffffffff00fffffffffffffffffeffffff';
const noPie = 'ffffffffffffff00ffffffffffffffffffffffff';
const noGnu = 'fffffffffffffffffffffffffffffffffeffffff';

describe("rule-not-too-narrow measures by qemu's own rule", () => {
  it.each([
    ['the usual mask', usual, 'pass', ''],
    ['e_type fixed', noPie, 'fail', 'position-independent programs (ET_DYN)'],
    ['EI_OSABI fixed', noGnu, 'fail', 'programs marked GNU/Linux (EI_OSABI 3)'],
  ])('%s', (_, mask, status, words) => {
    const finding = only(check, { platforms: ['linux/arm64'], rules: [rule('arm64', { mask })] });
    expect(finding.status).toBe(status);
    expect(finding.message).toContain(words);
  });

  it('a rule that takes nothing but programs marked GNU/Linux is a rule, and too narrow', () => {
    const gnu = rule('arm64', { mask: noGnu });
    const rules = [{ ...gnu, text: gnu.text.replace('7f454c4602010100', '7f454c4602010103') }];
    const setting = { platforms: ['linux/arm64'], rules };
    expect(only(check, setting)).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('pass over programs at a fixed address (ET_EXEC)'),
    });
    expect(only(rulePresent, setting).status).toBe('pass');
  });

  it.each([
    ['mips64le', 'programs of ABI version 1 (EI_ABIVERSION)'],
    ['loong64', 'programs of ABI version 1 (EI_ABIVERSION)'],
  ])('%s programs may have an ABI version', (architecture, words) => {
    const rules = [rule(architecture, { mask: usual })];
    const { message } = only(check, { platforms: [`linux/${architecture}`], rules });
    expect(message).toContain(words);
  });

  it('warns where the program of the probe ran: others may not', () => {
    const runs = { 'linux/arm64': emulated('/q') };
    const rules = [rule('arm64', { mask: noPie })];
    const finding = only(check, { platforms: ['linux/arm64'], rules, runs });
    expect(finding.status).toBe('warn');
    expect(finding.evidence?.at(-1)).toContain('ran, executed by qemu-aarch64');
  });
});
