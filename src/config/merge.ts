import { closest } from '../model/closest.ts';
import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import type { ParsedConfig } from './parse-config.ts';
import type { Path } from './position.ts';
import type { ImageSettings } from './schema.ts';

/** One image of a configuration file, with the defaults of the file filled in. */
export interface ConfiguredImage {
  /** Its key under `images`; undefined for the only image of a file without `images`. */
  name: string | undefined;
  settings: ImageSettings;
  /** The way to a key: to the image's own, or to the file's default. */
  pathOf: (key: keyof ImageSettings, part?: string) => Path;
}

const maps = ['args', 'labels', 'annotations'] as const;

/** The images of a file, in its order. */
export function imagesOf({ settings }: ParsedConfig): ConfiguredImage[] {
  const { images, version: _version, ...defaults } = settings;
  if (images === undefined)
    return [{ name: undefined, settings: defaults, pathOf: (...path) => given(path) }];
  return Object.entries(images).map(([name, own]) => ({
    name,
    settings: mergeSettings(defaults, own),
    pathOf: (key, part) => ownOrDefault(own, name, given([key, part])),
  }));
}

function given(path: readonly (string | undefined)[]): string[] {
  return path.filter((part) => part !== undefined);
}

function ownOrDefault(own: ImageSettings, name: string, path: string[]): Path {
  let value: unknown = own;
  for (const part of path) value = (value as Record<string, unknown> | undefined)?.[part];
  return value === undefined ? path : ['images', name, ...path];
}

/** Maps are joined key by key; whatever else an image says replaces the default. */
function mergeSettings(defaults: ImageSettings, own: ImageSettings): ImageSettings {
  const merged: ImageSettings = { ...defaults, ...own };
  for (const key of maps) {
    const joined = { ...defaults[key], ...own[key] };
    if (Object.keys(joined).length > 0) Object.assign(merged, { [key]: joined });
  }
  if (own.verify !== undefined && own.verify !== false && defaults.verify)
    merged.verify = { ...defaults.verify, ...own.verify };
  return merged;
}

/** What the words of a command line chose. */
export interface Choice {
  images: ConfiguredImage[];
  /** A context that was named in place of the file's. */
  context?: string;
}

/**
 * Chooses images by the words of the command line: names of images, one context, or nothing, which
 * means all of them. Throws `bad-argument` where it is not clear which image is meant.
 */
export function chooseImages(config: ParsedConfig, words: readonly string[]): Choice {
  const images = imagesOf(config);
  const named = words.map((word) => images.find(({ name }) => name === word));
  if (named.every((image) => image !== undefined))
    return { images: words.length === 0 ? images : [...new Set(named)] };
  const [context = '', ...more] = words;
  const names = images.flatMap(({ name }) => (name === undefined ? [] : [name]));
  if (more.length > 0) {
    const unknown = words.find((_, index) => named[index] === undefined) ?? '';
    throw unknownImage(unknown, names, config.file);
  }
  if (images.length === 1) return { images, context };
  const near = closest(context, names);
  throw new XbuildError(
    'bad-argument',
    `${escapeLine(config.file)} has ${images.length} images (${names.join(', ')}), and "${escapeLine(context)}" is none of them`,
    near === undefined
      ? 'Name the image to build; or write --no-config to build that context without the file.'
      : `Did you mean ${near}? To build that context without the file, write --no-config.`,
  );
}

function unknownImage(word: string, names: readonly string[], file: string): XbuildError {
  const near = closest(word, names);
  return new XbuildError(
    'bad-argument',
    `${escapeLine(file)} has no image "${escapeLine(word)}"; it has ${names.join(', ') || 'one image without a name'}`,
    near === undefined ? 'Name one of these, or one context.' : `Did you mean ${near}?`,
  );
}
