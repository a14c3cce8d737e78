// @ts-check
// Debian's binfmt_misc rules for qemu, written down here a second time on purpose: the tests of
// the project must not judge its tables by those same tables. Source: qemu-user-static 7.2,
// /usr/lib/binfmt.d/*.conf.

/** @typedef {'arm64' | 'arm' | 'riscv64' | 'ppc64le' | 's390x' | 'mips64le' | 'loong64'} RuleArch */

/** @param {string} machine the two bytes of e_machine, little-endian first */
const elf64 = (machine) => `7f454c46020101000000000000000000 0200 ${machine}`;

/** Architecture (Docker's name) -> qemu's name, magic and mask in hex. */
const QEMU = /** @type {const} */ ({
  arm64: ['aarch64', elf64('b700'), 'ffffffffffffff00ffffffffffffffff feff ffff'],
  arm: [
    'arm',
    '7f454c46010101000000000000000000 0200 2800',
    'ffffffffffffff00ffffffffffffffff feff ffff',
  ],
  riscv64: ['riscv64', elf64('f300'), 'ffffffffffffff00ffffffffffffffff feff ffff'],
  ppc64le: ['ppc64le', elf64('1500'), 'fffffffffffffffcffffffffffffffff feff ff00'],
  s390x: [
    's390x',
    '7f454c46020201000000000000000000 0002 0016',
    'fffffffffffffffcffffffffffffffff fffe ffff',
  ],
  mips64le: ['mips64el', elf64('0800'), 'ffffffffffffff00feffffffffffffff feff ffff'],
  loong64: ['loongarch64', elf64('0201'), 'fffffffffffffffc00ffffffffffffff feff ffff'],
});

/** Every architecture that has a rule here. */
export const RULE_ARCHES = /** @type {RuleArch[]} */ (Object.keys(QEMU));

/**
 * @typedef {object} RuleParts What a rule can be given that Debian's does not have.
 * @property {string} [name] Rule name; default `qemu-<qemu's name>`.
 * @property {string} [interpreter] Absolute path; default Debian's static emulator.
 * @property {string} [flags] Letters of P, O, C, F; default 'OPF', as Debian has it.
 * @property {string} [magic] Hex, spaces allowed.
 * @property {string} [mask] Hex, spaces allowed; '' for a rule without a mask.
 */

/** @param {string} hex */
const escaped = (hex) => hex.replaceAll(' ', '').replaceAll(/../g, String.raw`\x$&`);

/**
 * Writes the register string of an architecture's qemu rule.
 *
 * @param {RuleArch} arch
 * @param {RuleParts} [parts]
 * @returns {`:${string}`} such as `:qemu-aarch64:M::\x7f…:\xff…:/usr/libexec/qemu-binfmt/aarch64-binfmt-P:OPF`
 */
export function qemuRule(arch, parts = {}) {
  const [qemu, magic, mask] = QEMU[arch];
  const rule = {
    name: `qemu-${qemu}`,
    interpreter: `/usr/libexec/qemu-binfmt/${qemu}-binfmt-P`,
    flags: 'OPF',
    magic,
    mask,
    ...parts,
  };
  return `:${rule.name}:M::${escaped(rule.magic)}:${escaped(rule.mask)}:${rule.interpreter}:${rule.flags}`;
}

/** @param {RuleArch} arch @returns {string} the rule's usual name, such as qemu-aarch64 */
export const ruleName = (arch) => `qemu-${QEMU[arch][0]}`;
