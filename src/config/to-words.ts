import { join } from 'node:path/posix';
import { closest } from '../model/closest.ts';
import { formatPlatform, parsePlatform } from '../model/platform.ts';
import { isImageName, remedyForImageName } from '../model/image-name.ts';
import { fieldsOf, specificationOf } from './specification.ts';
import { cleanForTag, expandVariables, type Variables } from './variables.ts';
import type { ConfiguredImage } from './merge.ts';
import type { ParsedConfig } from './parse-config.ts';
import type { Path } from './position.ts';
import type { ImageSettings } from './schema.ts';

/** One setting of a file as words of the command line. */
export interface ConfiguredWords {
  key: keyof ImageSettings;
  /** The flag that they give; undefined for the context. */
  flag?: string;
  words: string[];
  /** For `K=V` flags the name: a flag of the command line for the same name replaces it. */
  name?: string;
  /** Where it stands. */
  path: Path;
}

/** What a file's settings are read with. */
export interface Surroundings {
  variables: Variables;
  /** The file's folder, from the current one; `.` or a path. */
  folder: string;
  /** Whether a path of this machine is within what the file may name: its repository. */
  mayName: (path: string) => boolean;
}

/** Source: buildx, util/buildflags. */
const outputTypes = ['local', 'tar', 'oci', 'docker', 'image', 'registry', 'cacheonly'];
const cacheTypes = ['registry', 'local', 'inline', 'gha', 's3', 'azblob'];

type Problem = { path: Path; message: string; hint: string };

/**
 * Writes an image's settings as the words that `xbuild build` takes, so that a file can say nothing
 * that the command line cannot. `context` replaces the file's.
 *
 * Throws `bad-configuration` for a variable without a value, a tag that no registry takes, and a
 * path that leaves the file's repository.
 */
export function wordsOfImage(
  config: ParsedConfig,
  image: ConfiguredImage,
  surroundings: Surroundings,
  context?: string,
): ConfiguredWords[] {
  const problems: Problem[] = [];
  const writer = new Writer(image, surroundings, problems);
  const words = writer.write(context);
  if (problems.length > 0) throw config.refuse(problems);
  return words;
}

const outputFlags: Readonly<Record<string, string[]>> = {
  store: ['--load'],
  push: ['--push'],
  none: ['--output=type=cacheonly'],
};

class Writer {
  readonly #image: ConfiguredImage;
  readonly #surroundings: Surroundings;
  readonly #problems: Problem[];

  constructor(image: ConfiguredImage, surroundings: Surroundings, problems: Problem[]) {
    this.#image = image;
    this.#surroundings = surroundings;
    this.#problems = problems;
  }

  write(context: string | undefined): ConfiguredWords[] {
    this.#smokePlatforms();
    const { settings } = this.#image;
    const folder = context ?? this.#context(settings.context ?? '.');
    return [
      { key: 'context', words: [folder], path: this.#image.pathOf('context') },
      ...this.#dockerfile(folder),
      ...this.#one('target', 'target'),
      ...this.#pairs('args', 'build-arg'),
      ...this.#pairs('labels', 'label'),
      ...this.#pairs('annotations', 'annotation'),
      ...this.#tags(),
      ...this.#platforms(),
      ...this.#one('builder', 'builder'),
      ...this.#nodes(),
      ...this.#output(),
      ...this.#caches('cacheFrom', 'cache-from'),
      ...this.#caches('cacheTo', 'cache-to'),
      ...this.#switch('pull', 'pull'),
      ...this.#switch('noCache', 'no-cache'),
      ...this.#policies(),
    ];
  }

  /** A command for a platform that is not built would never be run, and nobody would notice. */
  #smokePlatforms(): void {
    const { platforms, verify } = this.#image.settings;
    if (platforms === undefined || verify === undefined || verify === false) return;
    const built = new Set(platforms.map(formatted));
    for (const [at, smoke] of (verify.smoke ?? []).entries())
      for (const [index, word] of (smoke.platforms ?? []).entries())
        if (!built.has(formatted(word)))
          this.#complain(
            [...this.#image.pathOf('verify', 'smoke'), at, 'platforms', index],
            `this command is for ${word}, and the image is not built for it`,
            `Add ${word} to platforms, or remove it here.`,
          );
  }

  #give(key: keyof ImageSettings, flag: string, words: string[], name?: string): ConfiguredWords {
    const path = this.#image.pathOf(key, name);
    return { key, flag, words, path, ...(name === undefined ? {} : { name }) };
  }

  #complain(path: Path, message: string, hint: string): void {
    this.#problems.push({ path, message, hint });
  }

  #context(word: string): string {
    if (/^(?:https?|git|ssh):\/\/|^git@/.test(word)) return word;
    return this.#ownPath('context', word, this.#surroundings.folder);
  }

  #ownPath(key: keyof ImageSettings, word: string, from: string): string {
    const path = word.startsWith('/') ? word : join(from, word);
    if (!this.#surroundings.mayName(path))
      this.#complain(
        this.#image.pathOf(key),
        `${key} leads out of the repository that the file is in`,
        `Keep it inside, or give it on the command line, which may name any folder.`,
      );
    return path;
  }

  #dockerfile(context: string): ConfiguredWords[] {
    const word = this.#image.settings.dockerfile;
    if (word === undefined) return [];
    const path = /^(?:https?|git|ssh):\/\/|^git@/.test(context)
      ? word
      : this.#ownPath('dockerfile', word, context);
    return [this.#give('dockerfile', 'file', ['--file', path])];
  }

  #one(key: 'target' | 'builder', flag: string): ConfiguredWords[] {
    const value = this.#image.settings[key];
    return value === undefined ? [] : [this.#give(key, flag, [`--${flag}`, value])];
  }

  #pairs(key: 'args' | 'labels' | 'annotations', flag: string): ConfiguredWords[] {
    return Object.entries(this.#image.settings[key] ?? {}).map(([name, value]) => {
      const expanded = this.#expand(String(value), this.#image.pathOf(key, name));
      return this.#give(key, flag, [`--${flag}`, `${name}=${expanded}`], name);
    });
  }

  #expand(text: string, path: Path, clean?: (value: string) => string): string {
    const expanded = expandVariables(text, this.#surroundings.variables, clean);
    if (typeof expanded === 'string') return expanded;
    this.#complain(path, expanded.message, expanded.hint);
    return '';
  }

  #tags(): ConfiguredWords[] {
    return (this.#image.settings.tags ?? []).map((tag, index) => {
      const path = [...this.#image.pathOf('tags'), index];
      const before = this.#problems.length;
      const expanded = this.#expand(tag, path, cleanForTag);
      if (this.#problems.length === before && !isImageName(expanded))
        this.#complain(path, `"${expanded}" is no name of an image`, remedyForImageName(expanded));
      return { key: 'tags', flag: 'tag', words: ['--tag', expanded], path };
    });
  }

  #platforms(): ConfiguredWords[] {
    const list = this.#image.settings.platforms;
    if (list === undefined) return [];
    return [this.#give('platforms', 'platform', ['--platform', list.join(',')])];
  }

  #nodes(): ConfiguredWords[] {
    return (this.#image.settings.nodes ?? []).flatMap((node, index) => {
      const { name, platforms }: { name: string; platforms?: string[] | undefined } =
        typeof node === 'string' ? { name: node } : node;
      const path = [...this.#image.pathOf('nodes'), index];
      const only = platforms === undefined ? [] : [`${name}=${platforms.join(',')}`];
      return [
        { key: 'nodes' as const, flag: 'node', words: ['--node', name], path },
        ...only.map((word) => {
          return { key: 'nodes' as const, flag: 'node', words: ['--node-platforms', word], path };
        }),
      ];
    });
  }

  #output(): ConfiguredWords[] {
    const word = this.#image.settings.output;
    if (word === undefined) return [];
    const words = outputFlags[word] ?? [`--output=${this.#pathsOf(word, 'output')}`];
    return [this.#give('output', 'output', words)];
  }

  #caches(key: 'cacheFrom' | 'cacheTo', flag: string): ConfiguredWords[] {
    return (this.#image.settings[key] ?? []).map((word) =>
      this.#give(key, flag, [`--${flag}`, this.#pathsOf(word, key)]),
    );
  }

  /** `dest=` and `src=` are paths of this machine; they count from the file's folder. */
  #pathsOf(specification: string, key: 'output' | 'cacheFrom' | 'cacheTo'): string {
    // An image's name alone is where cache is read from.
    if (key !== 'output' && !/[=,"]/.test(specification)) return specification;
    const fields = fieldsOf(specification);
    const type = fields?.find((field) => field.key === 'type')?.value;
    const known = key === 'output' ? outputTypes : cacheTypes;
    if (fields === undefined || type === undefined || !known.includes(type)) {
      const near = type === undefined ? undefined : closest(type, known);
      this.#complain(
        this.#image.pathOf(key),
        `${key} holds "${specification}", which has no type that is known`,
        near === undefined ? `Write type=${known.join(', type=')}.` : `Did you mean type=${near}?`,
      );
      return specification;
    }
    return specificationOf(
      fields.map((field) =>
        field.key === 'dest' || field.key === 'src'
          ? { ...field, value: this.#ownPath(key, field.value, this.#surroundings.folder) }
          : field,
      ),
    );
  }

  #switch(key: 'pull' | 'noCache', flag: string): ConfiguredWords[] {
    const value = this.#image.settings[key];
    return value === undefined ? [] : [this.#give(key, flag, [`--${flag}=${value}`])];
  }

  #policies(): ConfiguredWords[] {
    const { preflight, verify } = this.#image.settings;
    return [
      ...(preflight === 'off' ? [this.#give('preflight', 'preflight', ['--preflight=false'])] : []),
      ...(preflight === 'warn' || preflight === 'fail'
        ? [this.#give('preflight', 'preflight-policy', ['--preflight-policy', preflight])]
        : []),
      ...(verify === false ? [this.#give('verify', 'verify', ['--verify=false'])] : []),
    ];
  }
}

function formatted(word: string): string {
  return formatPlatform(parsePlatform(word));
}
