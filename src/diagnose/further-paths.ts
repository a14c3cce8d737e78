import type { DiagnosisFacts, ProgramTrace } from '../model/diagnosis.ts';
import { byteString } from '../model/bytes-text.ts';
import { mentionedLibraries } from './mentions.ts';

const libraryFolders = [
  '/lib',
  '/lib64',
  '/usr/lib',
  '/usr/lib64',
  '/usr/local/lib',
  ...['x86_64', 'aarch64', 'riscv64', 's390x', 'powerpc64le', 'i386'].flatMap((name) => [
    `/lib/${name}-linux-gnu`,
    `/usr/lib/${name}-linux-gnu`,
  ]),
  '/lib/arm-linux-gnueabihf',
  '/usr/lib/arm-linux-gnueabihf',
];

/** Where loaders are: which C library an image has. */
const loaders = [
  '/lib64/ld-linux-x86-64.so.2',
  '/lib/ld-linux-aarch64.so.1',
  '/lib/ld-linux-armhf.so.3',
  '/lib/ld-linux-riscv64-lp64d.so.1',
  '/lib64/ld64.so.2',
  '/lib/ld64.so.1',
  '/lib/ld-linux.so.2',
  '/lib/ld-musl-x86_64.so.1',
  '/lib/ld-musl-aarch64.so.1',
  '/lib/ld-musl-armhf.so.1',
  '/lib/ld-musl-riscv64.so.1',
  '/lib/ld-musl-s390x.so.1',
  '/lib/ld-musl-powerpc64le.so.1',
];

/** Programs that most images have: they show for which architecture its content is. */
const witnesses = [
  '/bin/sh',
  '/bin/busybox',
  '/bin/bash',
  '/bin/cat',
  '/usr/bin/env',
  '/sbin/init',
];

/** Where links on the way to paths lead: their targets are read like the paths. */
function linksOf({ files }: DiagnosisFacts, wanted: ReadonlySet<string>): string[] {
  return files.flatMap(({ path, kind, target }) => {
    if (kind !== 'symlink' || target === undefined || target.includes('..')) return [];
    const folder = path.slice(0, path.lastIndexOf('/'));
    const at = (target.startsWith('/') ? target : `${folder}/${target}`).replace(/\/+$/, '');
    return [...wanted].flatMap((one) =>
      one === path || one.startsWith(`${path}/`) ? [`${at}${one.slice(path.length)}`] : [],
    );
  });
}

function endedAt(traces: readonly ProgramTrace[], test: (reason: string) => boolean): boolean {
  return traces.some(({ trace }) => trace?.end.ok === false && test(trace.end.reason));
}

function lacksLoader({ traces }: DiagnosisFacts): boolean {
  return traces.some(({ trace }) => {
    const end = trace?.end;
    if (end === undefined || end.ok === 'unknown') return false;
    return end.ok ? end.guestLoader?.state === 'absent' : end.opening === 'loader';
  });
}

/** Files beside those on the traces' way that tell one cause from another. */
export function furtherPaths(facts: DiagnosisFacts): string[] {
  const { traces, surface } = facts;
  const wanted = [
    ...(lacksLoader(facts) ? [...loaders, ...witnesses, '/etc/os-release'] : []),
    ...(endedAt(traces, (reason) => reason === 'foreign-architecture') ? witnesses : []),
    ...mentionedLibraries(surface.lines).flatMap(pathsOfLibrary),
  ];
  const all = new Set(wanted);
  const first = linksOf(facts, all);
  // A link may lead to a link: /lib/ld-linux.so → usr/lib/… behind /lib → usr/lib.
  return [...all, ...first, ...linksOf(facts, new Set(first))];
}

function pathsOfLibrary(name: string): string[] {
  const bytes = byteString(name);
  return bytes.startsWith('/') ? [bytes] : libraryFolders.map((folder) => `${folder}/${bytes}`);
}
