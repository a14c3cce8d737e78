/** One file of templates/: what it is for, and the text that it makes. */
export interface Template {
  /** The kind of file: `ci`, `dockerfile`, `config`. */
  kind: string;
  /** Its file's name up to the first dot: `go`, `github`. */
  name: string;
  /** One line for people. */
  title: string;
  /** The path that it is written to, from the project's folder. */
  file: string;
  /** Names of files of a project that it fits; `*` stands for any letters. */
  detects: string[];
  /** The same, for where no other template fits: a Makefile may stand beside any language. */
  otherwise: string[];
  /** Hosts of the repositories that it fits. */
  hosts: string[];
  /** The tag of its base image, unless another is chosen. */
  version?: string;
  /** What must not get into the build context, as .dockerignore says it. */
  ignores: string[];
  text: string;
}

const header = /^(?:#|\/\/): (\w+) (.*)$/;

/**
 * Reads a template: lines `#: KEY VALUE` (or `//:`) at its beginning, then the text, in which
 * `@@name@@` are variables. Throws where a line is missing that it needs: that is our bug.
 */
export function parseTemplate(kind: string, fileName: string, source: string): Template {
  const lines = source.split('\n');
  const end = lines.findIndex((line) => !header.test(line));
  const fields = new Map<string, string>();
  for (const line of lines.slice(0, end)) {
    const [, key = '', value = ''] = header.exec(line) ?? [];
    fields.set(key, value);
  }
  const title = fields.get('title');
  const file = fields.get('file') ?? (kind === 'dockerfile' ? 'Dockerfile' : undefined);
  if (title === undefined || file === undefined)
    throw new Error(`templates/${kind}/${fileName} has no title or no file`);
  const words = (key: string) => (fields.get(key) ?? '').split(' ').filter((word) => word !== '');
  const version = words('version').at(-1);
  return {
    kind,
    name: fileName.replace(/\..*$/, ''),
    title,
    file,
    detects: words('detects'),
    otherwise: words('otherwise'),
    hosts: words('host'),
    ...(version === undefined ? {} : { version }),
    ignores: words('ignores'),
    text: lines.slice(end).join('\n'),
  };
}

/** Fills in a template's variables. Throws for one that has no value: that is our bug. */
export function renderTemplate(
  { text, version }: Template,
  values: Readonly<Record<string, string>>,
): string {
  return fillIn(text, version === undefined ? values : { version, ...values });
}

/** The text of a template's .dockerignore; undefined for one without. */
export function renderIgnore(
  { ignores }: Template,
  values: Readonly<Record<string, string>>,
): string | undefined {
  return ignores.length === 0 ? undefined : `${fillIn(ignores.join('\n'), values)}\n`;
}

function fillIn(text: string, all: Readonly<Record<string, string>>): string {
  return text.replaceAll(/@@(\w+)@@/g, (_whole, name: string) => {
    const value = all[name];
    if (value === undefined) throw new Error(`the template variable ${name} has no value`);
    return value;
  });
}

/** Whether one of a template's patterns matches. `files`: the names in the project's folder. */
export function fits(patterns: readonly string[], files: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const matcher = new RegExp(`^${pattern.split('*').map(escape).join('[^/]*')}$`);
    return files.some((file) => matcher.test(file));
  });
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
