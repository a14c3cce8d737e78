const hidden = '…';

const word =
  '[\\w-]*(?:passw(?:or)?d|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)[\\w-]*';
const value = `"[^"]*"|'[^']*'|[^\\s"'&;,)]+`;

/** `TOKEN=x`, `--password x`, `"token": "x"`; not prose, in which no value follows. */
const named = [
  new RegExp(`(?<=${word}=)(?:${value})`, 'gi'),
  new RegExp(`(?<=\\s--?${word}\\s+)(?:${value})`, 'gi'),
  new RegExp(`(?<="${word}"\\s*:\\s*)(?:${value})`, 'gi'),
];

const shapes: readonly RegExp[] = [
  ...named,
  /(?<=:\/\/)[^/\s:@]*:[^/\s@]+(?=@)/g,
  /(?<=\b[Bb]earer\s+)[\w.~+/=-]+/g,
  /(?<=\b[Bb]asic\s+)[\w+/=]{8,}/g,
  /\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bnpm_\w{30,}/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /\bxox[abprs]-[\w-]{10,}/g,
  /\beyJ[\w-]{10,}\.[\w-]{5,}\.[\w-]+/g,
];

/**
 * Takes out of a text what looks like a secret: values of variables and flags with telling names,
 * passwords in URLs, tokens of known shapes. What is left may be shown to others.
 */
export function withoutSecrets(text: string): string {
  return shapes.reduce((rest, shape) => rest.replace(shape, hidden), text);
}

/** One line of an image's history, without the values of build arguments and variables. */
export function withoutArguments(line: string): string {
  const withoutBuild = line.replace(/\|\d+ .*?(?= \/\S+ -\w*c )/, `|${hidden}`);
  const shown = withoutBuild.replace(
    /^(?<instruction>(?:\/bin\/sh -c #\(nop\)\s+)?(?:ENV|ARG) +[A-Za-z_]\w*)=.*$/s,
    `$<instruction>=${hidden}`,
  );
  return withoutSecrets(shown);
}
