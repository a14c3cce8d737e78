import type * as v from 'valibot';
import { closest } from '../model/closest.ts';
import { escapeLine } from '../model/escape.ts';
import type { Path } from './position.ts';
import { keysAt } from './schema-walk.ts';

export type Issue = v.BaseIssue<unknown>;

export function pathOf(issue: Issue): (string | number)[] {
  return (issue.path ?? []).map((item) => item.key as string | number);
}

/** Whether it is the key of a map that is wrong, and not what stands at it. */
export function isAboutKey({ path }: Issue): boolean {
  return path?.at(-1)?.origin === 'key';
}

/**
 * The issues without those that unknown keys explain: valibot's own ones about such keys, and keys
 * that are missing beside one, since it is a misspelt one.
 */
export function withoutUnknownKeys(
  issues: readonly Issue[],
  unknownKeys: readonly Path[],
): Issue[] {
  const places = new Set(unknownKeys.map((path) => path.slice(0, -1).join()));
  return issues.filter(
    (one) =>
      !(one.type === 'strict_object' && one.expected === 'never') &&
      (one.input !== undefined || !places.has(pathOf(one).slice(0, -1).join())),
  );
}

/** A union's issue says little; the option that the value was meant to be says what is wrong in it. */
export function innermost(issue: Issue): Issue[] {
  const deeper = (issue.issues ?? []).filter((inner) => (inner.path ?? []).length > 0);
  if (deeper.length === 0) return [issue];
  const prefix = (issue.path ?? []) as never[];
  return deeper
    .map((inner) => ({ ...inner, path: [...prefix, ...(inner.path ?? [])] as never }))
    .flatMap(innermost);
}

/** What is wrong and what to do, for an issue of the schema. */
export function explain(issue: Issue, path: Path): { message: string; hint: string } {
  const name = nameOf(path);
  if (issue.input === undefined && path.length > 0) return missingKey(issue, path);
  const colon = path.length === 0 ? badColon(String(issue.input)) : undefined;
  if (colon !== undefined) return colon;
  const received = issue.kind === 'schema' ? `; received ${describe(issue.input)}` : '';
  const [message, hint] = split(issue.message);
  const what = path.length === 0 ? 'the file' : name;
  return {
    message: escapeLine(`${what} ${message}${received}`.replace(/^(\S+) unknown/, '$1: unknown')),
    hint: escapeLine(hint ?? tooShallow(path) ?? asMeant(issue) ?? remedy(issue, name)),
  };
}

/** `tags:[a]` and `tags [a]` are texts, not keys with values. */
function badColon(text: string): { message: string; hint: string } | undefined {
  const [, key = '', sign, value = ''] = /^([\w-]+)(:|[ \t]+)(\S.*)$/s.exec(text) ?? [];
  if (sign === undefined || (sign !== ':' && !keysAt([]).includes(key))) return undefined;
  const message = sign === ':' ? 'a colon needs a blank after it' : 'a key needs a colon after it';
  return { message, hint: escapeLine(`Write "${key}: ${value.slice(0, 40)}".`) };
}

const switches: Readonly<Record<string, string>> = {
  yes: 'true',
  on: 'true',
  true: 'true',
  no: 'false',
  off: 'false',
  false: 'false',
};

/** The very text to write, where it is plain what was meant. */
function asMeant({ input, message, expected }: Issue): string | undefined {
  if (typeof input !== 'string' || input === '' || input.length > 60) return undefined;
  const word = switches[input.toLowerCase()];
  if (
    word !== undefined &&
    new RegExp(`^expects (?:true or )?${word}|^expects ${word} or`).test(message)
  )
    return `Write ${word}.`;
  if (expected !== 'Array' || /[{}]/.test(message)) return undefined;
  if (/^-\S+(?:\s-\S+)*$/.test(input)) return 'Write a blank after each hyphen: "- value".';
  const items = input.split(/[\s,]+/).filter((item) => item !== '');
  if (!items.every((item) => /^[\w./][\w./:@-]*$/.test(item))) return undefined;
  return `Put brackets around it: [${items.join(', ')}]`;
}

/** `what is wrong. What to do.`: some messages bring their own remedy. */
function split(message: string): [string, string?] {
  const at = message.indexOf('. ');
  if (at < 0) return [message];
  const wrong = message.slice(0, at);
  const whole = /^(?:expects|is|holds) /.test(wrong);
  return [whole ? wrong : `has a wrong value: ${wrong}`, message.slice(at + 2)];
}

function missingKey(issue: Issue, path: Path): { message: string; hint: string } {
  const where = nameOf(path.slice(0, -1)) || 'the file';
  const key = String(path.at(-1));
  return {
    message: escapeLine(`${where} has no key "${key}"`),
    hint: escapeLine(remedy(issue, nameOf(path))),
  };
}

function remedy(issue: Issue, name: string): string {
  const expects = /^expects (.*?)(?:;|$)/.exec(issue.message)?.[1];
  return expects === undefined ? `Correct ${name}.` : `Write ${expects}.`;
}

/** What is wrong and what to do, for a key that no map has there. */
export function unknownKey(path: Path): { message: string; hint: string } {
  const key = String(path.at(-1) ?? '');
  const parent = path.slice(0, -1);
  const keys = keysAt(parent);
  const where = parent.length === 0 ? 'at the top of the file' : `in ${nameOf(parent)}`;
  const message = `there is no key "${key}"${strangeLetters(key)} ${where}`;
  const no = Object.hasOwn(refused, key) ? refused[key] : undefined;
  if (no !== undefined)
    return { message: `${escapeLine(message)}: a file must not decide this`, hint: no };
  const other = Object.hasOwn(otherWords, key) ? otherWords[key] : undefined;
  const near = other !== undefined && keys.includes(other) ? other : closest(key, keys);
  const deeper = near === undefined ? deeperPlace(parent, key) : undefined;
  const hint =
    deeper ??
    (near === undefined
      ? `Use one of ${keys.join(', ')}; or remove it.`
      : `Did you mean "${near}"?`);
  return { message: escapeLine(message), hint };
}

/** A key of what stands one or two levels deeper: it is indented too little. */
function deeperPlace(parent: Path, key: string): string | undefined {
  for (const name of keysAt(parent))
    for (const inner of [[name], [name, 0], [name, 'NAME']])
      if (keysAt([...parent, ...inner]).includes(key))
        return `It is a key of ${nameOf([...parent, ...inner])}: indent it as those are.`;
  return undefined;
}

/** Letters that look like others are named: a key can be wrong in a way that no eye sees. */
function strangeLetters(key: string): string {
  const codes = Array.from(key)
    .map((letter) => letter.codePointAt(0) ?? 0)
    .filter((code) => code > 0x7e)
    .map((code) => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`);
  return codes.length === 0 ? '' : ` (it holds ${[...new Set(codes)].slice(0, 3).join(', ')})`;
}

export function listForMap(path: Path): { message: string; hint: string } {
  const name = path.length === 0 ? 'the file' : nameOf(path);
  return {
    message: escapeLine(`${name} expects a map; received a list`),
    hint: tooShallow(path) ?? 'Write "key: value" lines instead of "- value".',
  };
}

/** Where the name of an image is a key of images, it is most likely one that is indented too little. */
function tooShallow([images, name, ...rest]: Path): string | undefined {
  if (images !== 'images' || rest.length > 0) return undefined;
  return keysAt(['images', 'NAME']).includes(String(name))
    ? `Indent "${name}" further: it is a key of an image.`
    : undefined;
}

function nameOf(path: Path): string {
  return path
    .map((part) => {
      if (typeof part === 'number') return `[${part}]`;
      return /^[^\s"]+$/.test(part) ? `.${part}` : `.${JSON.stringify(part)}`;
    })
    .join('')
    .replace(/^\./, '');
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Words that people use for a key, where no key is spelt alike. */
const otherWords: Readonly<Record<string, string>> = {
  file: 'dockerfile',
  build_args: 'args',
  buildArgs: 'args',
  'build-args': 'args',
  'build-arg': 'args',
  buildargs: 'args',
  buildarg: 'args',
  variables: 'args',
  os: 'platforms',
  arch: 'platforms',
  architectures: 'platforms',
  tag: 'tags',
  image: 'images',
  services: 'images',
  targets: 'images',
  'cache-from': 'cacheFrom',
  cache_from: 'cacheFrom',
  'cache-to': 'cacheTo',
  cache_to: 'cacheTo',
  'no-cache': 'noCache',
  no_cache: 'noCache',
  path: 'context',
  verification: 'verify',
  push: 'output',
  command: 'run',
  cmd: 'run',
};

/** Keys that a file may not have, because it may come from anybody, and what to do instead. */
const refused: Readonly<Record<string, string>> = {
  secrets: 'Give secrets on the command line: --secret id=NAME,src=FILE',
  secret: 'Give secrets on the command line: --secret id=NAME,src=FILE',
  ssh: 'Give it on the command line: --ssh default',
  host: 'Give it on the command line: --host URL',
  network: 'Give it on the command line: --network host',
  privileged: 'Give it on the command line: --allow security.insecure',
  env: 'There are no variables of the environment; "args" are build arguments.',
  environment: 'There are no variables of the environment; "args" are build arguments.',
  hooks: 'Run it before xbuild, in the job or script that calls it.',
  scripts: 'Run it before xbuild, in the job or script that calls it.',
};
