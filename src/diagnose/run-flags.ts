/** Flags of `docker run` that take no value; all others take one. Source: docker/cli, run.go. */
const switches = new Set(
  (
    'detach disable-content-trust help init interactive no-healthcheck oom-kill-disable ' +
    'privileged publish-all quiet read-only rm sig-proxy tty use-api-socket'
  ).split(' '),
);
const shortSwitches = new Set(['d', 'i', 't', 'P', 'q']);

/** The words of a `docker run`, as its own grammar reads them: flags end at the image. */
export interface RunWords {
  flags: string[];
  image: string | undefined;
  /** After the image. */
  command: string[];
  detach: boolean;
  /** --rm, which is not among `flags`; with --detach it stays there, and this is false. */
  remove: boolean;
  platform: string | undefined;
  /** `''` clears the image's own. */
  entrypoint: string | undefined;
  cidfile: string | undefined;
  /** --host and --context, which docker takes before `run`: they are not among `flags`. */
  endpoint: { host?: string; context?: string };
}

interface Flag {
  names: string[];
  value: string | undefined;
  words: string[];
}

function readLong(word: string, next: string | undefined): Flag {
  const [name = '', ...value] = word.slice(2).split('=');
  if (value.length > 0) return { names: [name], value: value.join('='), words: [word] };
  if (switches.has(name) || next === undefined) {
    return { names: [name], value: undefined, words: [word] };
  }
  return { names: [name], value: next, words: [word, next] };
}

function readShort(word: string, next: string | undefined): Flag {
  if (/^-d=(?:0|f|false)$/i.test(word)) return { names: ['detach'], value: 'false', words: [word] };
  const letters = word.slice(1).split('');
  const at = letters.findIndex((letter) => !shortSwitches.has(letter));
  if (letters[0] === 'H') return readHost(word, next);
  const names = at < 0 ? letters : letters.slice(0, at + 1);
  // What follows the letter that takes a value is the value: -p80:80, -eA=b.
  if (at < 0 || at < letters.length - 1 || next === undefined) {
    return { names, value: at < 0 ? undefined : word.slice(at + 2), words: [word] };
  }
  return { names, value: next, words: [word, next] };
}

/** -H is docker's own, before `run`. */
function readHost(word: string, next: string | undefined): Flag {
  const joined = word.slice(2).replace(/^=/, '');
  if (joined !== '' || next === undefined) {
    return { names: ['host'], value: joined, words: [word] };
  }
  return { names: ['host'], value: next, words: [word, next] };
}

/** Splits the words after `docker run`. Never throws: docker itself will say what is wrong. */
export function readRunWords(argv: readonly string[]): RunWords {
  const read: RunWords = {
    flags: [],
    image: undefined,
    command: [],
    detach: false,
    remove: false,
    platform: undefined,
    entrypoint: undefined,
    cidfile: undefined,
    endpoint: {},
  };
  let at = 0;
  while (at < argv.length) {
    const word = argv[at] ?? '';
    if (word === '--') {
      at++;
      break;
    }
    if (!word.startsWith('-') || word === '-') break;
    const flag = word.startsWith('--')
      ? readLong(word, argv[at + 1])
      : readShort(word, argv[at + 1]);
    at += flag.words.length;
    take(flag, read);
  }
  const [image, ...command] = argv.slice(at);
  if (!read.detach || !read.remove) return { ...read, image, command };
  return { ...read, flags: ['--rm', ...read.flags], remove: false, image, command };
}

function take({ names, value, words }: Flag, read: RunWords): void {
  // Of letters in a row only the last one takes the value.
  const name = names.at(-1) ?? '';
  const isOn = value === undefined || /^(?:1|t|true)$/i.test(value);
  if (names.includes('d') || name === 'detach') read.detach = name === 'detach' ? isOn : true;
  if (name === 'rm') read.remove = isOn;
  else if (name === 'host') read.endpoint.host = value ?? '';
  else if (name === 'context') read.endpoint.context = value ?? '';
  else {
    if (name === 'platform') read.platform = value;
    if (name === 'entrypoint') read.entrypoint = value;
    if (name === 'cidfile') read.cidfile = value;
    read.flags.push(...words);
  }
}
