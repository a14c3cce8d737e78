/** Words of shells that are no programs. */
const builtins = new Set(
  (
    'if then else elif fi for while until do done case esac in function select { } [ [[ ! : . ' +
    'alias bg bind break builtin cd command continue declare dirs disown echo eval exit export ' +
    'false fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd ' +
    'pwd read readonly return set shift shopt source suspend test times trap true type typeset ' +
    'ulimit umask unalias unset wait'
  ).split(' '),
);

const assignment = /^[A-Za-z_]\w*=/;

/** One word of a shell's command with its quotes taken off; undefined where a shell expands it. */
function plain(word: string): string | undefined {
  if (/[$`*?]/.test(word) && !/^'[^']*'$/.test(word)) return undefined;
  return word.replaceAll(/'([^']*)'|"([^"]*)"|\\(.)/g, '$1$2$3');
}

/** The words of a line as a shell would split them; `"…"` and `'…'` hold together. */
export function splitWords(line: string): string[] {
  return line.match(/(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\])+/g) ?? [];
}

/** The words of --exec, without quotes. */
export function commandWords(line: string): string[] {
  return splitWords(line).map((word) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}

function commandOf(piece: string): string[] | 'arguments' | undefined {
  const words = splitWords(piece.trim()).filter((word) => !/^\d*[<>]/.test(word));
  while (words.length > 0 && (assignment.test(words[0] ?? '') || words[0] === 'exec'))
    words.shift();
  const [first = ''] = words;
  if (first === '"$@"' || first === '$@' || first === '"$*"') return 'arguments';
  const name = plain(first);
  if (name === undefined || name === '' || builtins.has(name) || !/^[\w./+-]+$/.test(name)) {
    return undefined;
  }
  return [name, ...words.slice(1).map((word) => plain(word) ?? word)];
}

/** Where `cd` leads, from a folder; undefined where that does not show. */
function into(folder: string | undefined, to = ''): string | undefined {
  const [word = '', ...more] = splitWords(to);
  const target = plain(word);
  if (target === undefined || target === '' || target === '-' || more.length > 0) return undefined;
  if (target.startsWith('/') || folder === '') return target;
  return folder === undefined ? undefined : `${folder}/${target}`;
}

/** A command by the path that it has in a folder; undefined where the folder is not known. */
function within(folder: string | undefined, command: string[] | undefined): string[] | undefined {
  const [name = '', ...words] = command ?? [];
  const isRelative = name.includes('/') && !name.startsWith('/');
  if (command === undefined || folder === '' || !isRelative) return command;
  return folder === undefined ? undefined : [`${folder}/${name.replace(/^\.\//, '')}`, ...words];
}

/**
 * The programs that a shell's script plainly starts, in order and each once: no expansion, no
 * control flow is followed. `"$@"` stands for `rest`, the script's own arguments.
 */
export function commandsIn(script: string, rest: readonly string[], most: number): string[][] {
  const found: string[][] = [];
  const pieces = script
    .split('\n')
    .map((line) => line.replace(/^\s*#.*$/, ''))
    .join('\n')
    .split(/\n|;|&&|\|\||\||&(?!\d)/);
  let folder: string | undefined = '';
  for (const piece of pieces) {
    const gone = /^\s*(?:cd|pushd)(?:\s+(?<to>.*))?$/.exec(piece)?.groups;
    if (gone !== undefined) folder = into(folder, gone['to']);
    const command = commandOf(piece);
    const words = command === 'arguments' ? [...rest] : within(folder, command);
    if (words === undefined || words.length === 0) continue;
    if (found.some(([name]) => name === words[0])) continue;
    found.push(words);
    if (found.length === most) break;
  }
  return found;
}

/** Names that a script asks for before it starts them: `command -v NAME`, `[ -x NAME ]`. */
const asked =
  /(?:\bcommand -[vV]|\bwhich|\btype|\bhash|(?:\[\[?|\btest)(?: !)? -[a-zA-Z]) +"?(?<name>[\w./+-]+)/g;
/** `NAME … || other`, where the other is not to give up. */
const replaced =
  /(?:^|[\n;&|]) *(?<name>[\w./+-]{1,255})(?![\w./+-])[^\n;&|]*\|\|(?! *(?:exit|return|false|\{))/g;

/** The programs without which a script goes on. */
export function optionalIn(script: string): ReadonlySet<string> {
  const matches = [asked, replaced].flatMap((pattern) => [...script.matchAll(pattern)]);
  return new Set(matches.flatMap(({ groups }) => groups?.['name'] ?? []));
}
