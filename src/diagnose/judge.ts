import type {
  Cause,
  Confidence,
  DiagnosedCause,
  Diagnosis,
  DiagnosisFacts,
} from '../model/diagnosis.ts';
import { isKnown } from '../model/facts.ts';

const likely: Confidence = 'likely';
const rank: Readonly<Record<Confidence, number>> = { certain: 0, likely: 1, possible: 2 };

/**
 * Finds the cause: asks every one of the catalogue, and ranks those that fit. Certain ones come
 * first, in the order of the catalogue; what is only another one's consequence comes behind it.
 * Pure.
 */
export function diagnose(facts: DiagnosisFacts, causes: readonly Cause[]): Diagnosis {
  const found = ranked(facts, isFailure(facts) ? causes : causes.filter(({ silent }) => silent));
  const [cause = null, ...others] = found;
  return {
    target: facts.target,
    surface: facts.surface,
    cause,
    others,
    answer: cause === null ? answerWithout(facts) : 'cause',
    checked: checkedOf(facts),
    missing: facts.missing,
    facts,
  };
}

/** What ran and ended well is not accused, whatever its files look like. */
function isFailure({ surface, container, target }: DiagnosisFacts): boolean {
  if (target.exec !== undefined || surface.stage !== 'ended') return true;
  return container?.state.health?.status === 'unhealthy';
}

function ranked(facts: DiagnosisFacts, causes: readonly Cause[]): DiagnosedCause[] {
  const matches = causes.flatMap((cause) => {
    const found = cause.match(facts);
    if (found === undefined) return [];
    // Of a log's program nothing is seen: what is walked is made up.
    const madeUp = facts.target.kind === 'log' && facts.files.length > 0;
    const match =
      madeUp && found.confidence === 'certain' ? { ...found, confidence: likely } : found;
    return [{ cause, match }];
  });
  const consequences = new Set(matches.flatMap(({ cause }) => cause.before ?? []));
  const weight = ({ cause, match }: (typeof matches)[number]) =>
    rank[match.confidence] + (consequences.has(cause.id) ? 10 : 0);
  return matches
    .toSorted((one, other) => weight(one) - weight(other))
    .map(({ cause: { id, family, title, why, prevent }, match }) => ({
      id,
      family,
      title,
      why,
      prevent,
      ...match,
    }));
}

/** Nothing fits: because it works, or because the facts do not tell. */
function answerWithout({ surface, traces, container, target }: DiagnosisFacts): 'fine' | 'open' {
  const health = container?.state.health?.status;
  if (health === 'unhealthy') return 'open';
  // Of a file in a container it is no matter what the container does.
  const isFile = target.kind === 'file';
  if (!isFile && (surface.stage === 'ended' || surface.stage === 'running')) return 'fine';
  if (target.kind === 'log') return surface.stage === 'unknown' ? 'fine' : 'open';
  if (!isFile && surface.stage !== 'never') return 'open';
  const started = traces.filter(({ role }) =>
    isFile ? role === 'file' : role !== 'child' && role !== 'mentioned',
  );
  return started.length > 0 && started.every(({ trace }) => trace?.end.ok === true)
    ? 'fine'
    : 'open';
}

const roles: Readonly<Record<string, string>> = {
  start: 'what it starts',
  init: 'its init',
  health: 'its healthcheck',
  exec: 'the command',
  child: 'a program that it starts',
  mentioned: 'a file that the messages name',
  file: 'the file',
};

/** What was looked at, one sentence each. */
function checkedOf(facts: DiagnosisFacts): string[] {
  const { traces, kernel, surface, container, files } = facts;
  const walked = traces.filter(({ trace }) => trace !== null);
  const ended = container === undefined ? [] : [stateText(container)];
  return [
    ...ended,
    ...walked.map(({ role, trace, argv }) => {
      const end = trace?.end;
      const how =
        end?.ok === true ? 'starts' : end?.ok === false ? `ends in ${end.errno}` : 'is not known';
      return `${roles[role] ?? role}, ${argv[0] ?? ''}: execve(2) ${how}`;
    }),
    ...(files.length === 0 ? [] : [`${files.length} paths were read`]),
    ...(isKnown(kernel)
      ? [`the kernel ${kernel.release} has ${kernel.binfmt.rules.length} rules of binfmt_misc`]
      : []),
    ...(surface.lines.length === 0 ? [] : [`${surface.lines.length} lines of text were read`]),
  ];
}

function stateText({ state }: NonNullable<DiagnosisFacts['container']>): string {
  if (state.status === 'running' && state.restartCount === 0) {
    const health = state.health === undefined ? '' : `, and is ${state.health.status}`;
    return `the container is running${health}`;
  }
  const restarts = state.restartCount > 0 ? ` after ${state.restartCount} restarts` : '';
  return `the container is ${state.status}${restarts}, with exit code ${state.exitCode}`;
}
