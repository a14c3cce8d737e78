import { escapeLine } from '../../model/escape.ts';

/** Packages whose scripts register or remove rules, or whose update starts systemd-binfmt anew. */
const CONCERNED =
  /^(?:qemu-user(?:-static|-binfmt)?|binfmt-support|systemd|wine[\w.-]*|jarwrapper|python3\.\d+-minimal|mono-runtime[\w-]*|llvm-[\d.]+-runtime|box64|fex-emu[\w-]*)$/;
const LINE =
  /^(?<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?<deed>install|upgrade|remove|purge) (?<name>[^ :]+)/;

/**
 * What dpkg's log (dpkg(1), /var/log/dpkg.log) says was done since a moment to packages that have to do
 * with rules: `qemu-user-static (upgrade, 2026-11-30 20:01:02)`. Its times are the machine's own.
 */
export function packageChanges(log: string, since: number): string[] {
  return log.split('\n').flatMap((line) => {
    const { time = '', deed = '', name = '' } = LINE.exec(line)?.groups ?? {};
    const isLater = Date.parse(time.replace(' ', 'T')) >= since;
    return isLater && CONCERNED.test(name) ? [escapeLine(`${name} (${deed}, ${time})`)] : [];
  });
}
