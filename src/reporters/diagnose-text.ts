import type { DiagnosedCause, Diagnosis, Surface } from '../model/diagnosis.ts';
import { escapeLine } from '../model/escape.ts';
import type { ImageVerification } from '../model/verification.ts';
import { programsOf, walkLines } from './diagnose-walk.ts';
import { lastWords } from './last-words.ts';
import type { TextOptions } from './text-options.ts';
import { wrap } from './wrap.ts';

/**
 * A diagnosis for people: the answer in one line, what was seen, the kernel's walk as a tree, the
 * evidence, the fix. `also`: what else the target's name could have meant.
 */

export function renderDiagnosis(
  diagnosis: Diagnosis,
  options: TextOptions,
  also: readonly string[] = [],
): string {
  const { cause, others, missing } = diagnosis;
  const blocks = [
    [answerLine(diagnosis, options), ...seenLines(diagnosis, options)],
    walkLines(diagnosis, options),
    cause === null ? checkedLines(diagnosis, options) : causeLines(cause, diagnosis, options),
    otherLines(others, options),
    missing.map((fact) => bullet('not known: ', fact, options)),
    alsoLines(diagnosis, also, options),
  ];
  const shown = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${shown.join('\n\n')}\n`;
}

/**
 * A diagnosis within a report that has told already what failed: the answer, the walk, the evidence,
 * the fix. What the catalogue says in general is one command away.
 */

export function renderBriefly(diagnosis: Diagnosis, options: TextOptions): string {
  const { cause } = diagnosis;
  const blocks = [
    [answerLine(diagnosis, options)],
    walkLines(diagnosis, options),
    ...(cause === null ? [] : [evidenceLines(cause, diagnosis, options), fixLines(cause, options)]),
  ];
  const more = cause === null ? [] : [`  more: xbuild diagnose --about ${cause.id}`];
  const shown = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return [shown.join('\n\n'), ...more].join('\n');
}

/** The diagnoses of images that did not run, where no finding about what they start tells it already. */
export function renderVerified(
  images: readonly ImageVerification[],
  options: TextOptions,
): string[] {
  return images.flatMap(({ diagnosis, findings }) => {
    const told = findings.some(
      ({ id, status }) => status === 'fail' && id.startsWith('entrypoint'),
    );
    return diagnosis === undefined || told ? [] : ['', renderBriefly(diagnosis, options)];
  });
}

/** Which build a diagnosis without a target is about. */
export function renderFailedBuild(
  build: {
    when: string;
    context?: string;
    platform: string;
    log: string;
    others: readonly string[];
  },
  { width }: TextOptions,
): string {
  const { when, context, platform, log, others } = build;
  const where = context === undefined ? '' : ` of ${context}`;
  const time = when.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC');
  const also = others.length === 0 ? '' : `; ${others.join(', ')} failed too (--platform chooses)`;
  const text = `the last build that failed: ${time}${where}, for ${platform}${also}`;
  return `${wrap(0, '  ', text, width)}\n  whole log: ${escapeLine(log)}\n`;
}

function answerLine({ cause, answer, target }: Diagnosis, options: TextOptions): string {
  const { colour, unicode, width } = options;
  if (cause !== null) {
    const text = wrap(2, '  ', `${cause.message} [${cause.id}, ${cause.confidence}]`, width);
    return `${colour('red', unicode ? '✖' : 'x')} ${colour('bold', text)}`;
  }
  if (answer === 'fine') {
    const text = wrap(2, '  ', `nothing is wrong with ${target.name}`, width);
    return `${colour('green', unicode ? '✔' : '+')} ${text}`;
  }
  const text = wrap(2, '  ', `what was read of ${target.name} does not tell why it fails`, width);
  return `${colour('yellow', '?')} ${text}`;
}

const stages: Readonly<Record<Surface['stage'], string>> = {
  client: "Docker's command failed before it reached the engine",
  pull: 'the engine found no such image',
  create: 'the engine made no container',
  runtime: 'the runtime refused before execve(2)',
  exec: 'execve(2) failed',
  program: 'it started, and failed',
  build: "a build's step failed",
  running: 'it is running',
  ended: 'it ran and ended well',
  never: 'it was not started',
  unknown: '',
};

function seenLines(
  { surface, target, facts }: Diagnosis,
  { width, colour }: TextOptions,
): string[] {
  const code = surface.exitCode === null ? '' : `, exit code ${surface.exitCode}`;
  const platform = facts.platform === undefined ? '' : ` (${facts.platform})`;
  const stage = stages[surface.stage];
  if (stage === '' || target.kind === 'log') return [];
  const text = `${target.kind} ${target.name}${platform}: ${stage}${code}`;
  return [`  ${colour('dim', wrap(2, '  ', text, width))}`];
}

/** What the tree has told already is left out of the evidence. */
function newEvidence(cause: DiagnosedCause, diagnosis: Diagnosis): string[] {
  const told = new Set(
    programsOf(diagnosis).flatMap(({ trace }) =>
      (trace?.hops ?? []).map(({ name, words }) => `${name}: ${words}`),
    ),
  );
  return cause.evidence.filter((line) => !told.has(line));
}

function causeLines(cause: DiagnosedCause, diagnosis: Diagnosis, options: TextOptions): string[] {
  const { width } = options;
  const why = wrap(0, '', cause.why, width);
  const prevent = wrap(0, '', `To prevent it: ${cause.prevent}`, width);
  const evidence = evidenceLines(cause, diagnosis, options);
  const blocks = [evidence, [why], fixLines(cause, options), [prevent]];
  return blocks
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
}

function evidenceLines(
  cause: DiagnosedCause,
  diagnosis: Diagnosis,
  { width, colour }: TextOptions,
): string[] {
  return newEvidence(cause, diagnosis).map(
    (line) => `  ${colour('dim', wrap(2, '    ', line, width))}`,
  );
}

function fixLines({ fix }: DiagnosedCause, { width, colour, unicode }: TextOptions): string[] {
  const arrow = unicode ? '→' : '->';
  const lead = arrow.length + 1;
  const text = `${colour('bold', arrow)} ${wrap(lead, ' '.repeat(lead), fix.text, width)}`;
  const line = (command: string) => `    ${colour('bold', escapeLine(command))}`;
  const others = fix.instead?.map(line) ?? [];
  const or = others.length === 0 ? [] : ['  or, without xbuild:'];
  return [text, ...fix.commands.map(line), ...or, ...others];
}

function bullet(lead: string, text: string, { width }: TextOptions): string {
  return `${lead}${wrap(lead.length, '  ', text, width)}`;
}

function checkedLines({ checked, surface, answer }: Diagnosis, options: TextOptions): string[] {
  const last = lastWords(surface).map((text) => bullet('  ', text, options));
  const said = answer === 'fine' || last.length === 0 ? [] : ['what it said:', ...last];
  return [...checked.map((text) => bullet('checked: ', text, options)), ...said];
}

function otherLines(others: readonly DiagnosedCause[], options: TextOptions): string[] {
  return others
    .slice(0, 3)
    .map(({ message, id, confidence }) =>
      bullet('or: ', `${message} [${id}, ${confidence}]`, options),
    );
}

function alsoLines({ target }: Diagnosis, also: readonly string[], options: TextOptions): string[] {
  if (also.length === 0) return [];
  const text = `${target.name} is also ${also.join(' and ')}; this is about the ${target.kind} (--kind chooses)`;
  return [bullet('note: ', text, options)];
}
