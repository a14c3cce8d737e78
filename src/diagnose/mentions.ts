import type { SurfaceLine } from '../model/diagnosis.ts';

const path = String.raw`(?<path>/[^\s:'"\`\\]+)`;

/** Complaints that name the file they are about. Sources: runc, crun, shells, env, tini, qemu, Go. */
const complaints: readonly RegExp[] = [
  new RegExp(`^exec ${path}: `),
  new RegExp(`exec container process (?:\\(missing dynamic library\\?\\) )?\`${path}\``),
  new RegExp(`fork/exec ${path}: `),
  new RegExp(`exec ${path} failed: `),
  new RegExp(`exec: "?${path}"?: `),
  new RegExp(`^(?:\\S+: )*${path}: line \\d+: `),
  new RegExp(
    `(?:^|: )${path}: (?:cannot execute|Permission denied|permission denied|not found|Text file busy|No such file|Exec format error|required file not found|bad interpreter|is a directory|Is a directory|Too many levels)`,
    'i',
  ),
  new RegExp(`can't (?:execute|open) '${path}'`),
  new RegExp(`: (?:cannot|can't) open ${path}: `),
  new RegExp(`^qemu-\\S+: ${path}: `),
  new RegExp(`failed to exec(?:ute)? (?:command )?"?${path}"?`),
  new RegExp(`process "${path} `),
  new RegExp(`exec '${path}' failed`),
];

/** The engine's own programs are none of the container's. */
const ofMachine = /fork\/exec \S*\/(?:containerd-shim[\w-]*|runc|crun|docker-[\w.-]+): /;

const most = 6;

/** The paths that lines complain about, each once, in order. Text, not byte strings. */
export function mentionedPaths(lines: readonly SurfaceLine[]): string[] {
  const found = new Set<string>();
  for (const { text } of lines) {
    if (ofMachine.test(text)) continue;
    for (const complaint of complaints) {
      const named = complaint.exec(text)?.groups?.['path'];
      if (named !== undefined && named.length < 1024) found.add(named);
      if (found.size === most) return [...found];
    }
  }
  return [...found];
}

/** The libraries that a loader could not load, each once: glibc's words, and musl's. */
export function mentionedLibraries(lines: readonly SurfaceLine[]): string[] {
  const pattern =
    /error while loading shared libraries: (?<glibc>[^\s:]+):|Error loading shared library (?<musl>[^\s:]+):/;
  const names = lines.flatMap(({ text }) => {
    const groups = pattern.exec(text)?.groups;
    return groups?.['glibc'] ?? groups?.['musl'] ?? [];
  });
  return [...new Set(names)].slice(0, most);
}
