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
  cidfile: string | undefined;
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
  const letters = word.slice(1).split('');
  const at = letters.findIndex((letter) => !shortSwitches.has(letter));
  const names = at < 0 ? letters : letters.slice(0, at + 1);
  // What follows the letter that takes a value is the value: -p80:80, -eA=b.
  if (at < 0 || at < letters.length - 1 || next === undefined) {
    return { names, value: undefined, words: [word] };
  }
  return { names, value: next, words: [word, next] };
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
    cidfile: undefined,
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
  const [name] = names;
  const isOn = value === undefined || /^(?:1|t|true)$/i.test(value);
  if (name === 'rm') {
    read.remove = isOn;
    return;
  }
  if (name === 'platform') read.platform = value;
  if (name === 'cidfile') read.cidfile = value;
  if (name === 'detach' || (words[0]?.startsWith('--') === false && names.includes('d'))) {
    read.detach = isOn;
  }
  read.flags.push(...words);
}
