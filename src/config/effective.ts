import { closest } from '../model/closest.ts';
import { escapeLine } from '../model/escape.ts';
import { parseArguments, type Flag, type ParsedArguments } from '../model/flags.ts';
import { chooseImages, type ConfiguredImage } from './merge.ts';
import { replacedBy } from './overlay.ts';
import type { ParsedConfig } from './parse-config.ts';
import { folderOf, namesWithin, readConfigFile } from './read-config.ts';
import type { Path } from './position.ts';
import { readVariables } from './read-variables.ts';
import type { ImageSettings } from './schema.ts';
import { wordsOfImage, type ConfiguredWords } from './to-words.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** One build that a configuration and a command line ask for together. */
export interface ConfiguredBuild {
  /** The image's name in the file. */
  name?: string;
  /** The words of a build without a file. */
  argv: string[];
  settings: ImageSettings;
  /** What the file gives, and what replaces it, where something does. */
  given: (ConfiguredWords & { place: string; replacedBy?: string })[];
  config: ParsedConfig;
}

export interface ConfigQuestion {
  argv: readonly string[];
  /** The flags that the command line may have. */
  flags: readonly Flag[];
  /** The ids of faults that `verify.allow` may name; where absent, any. */
  faults?: readonly string[];
  env: Environment;
}

/**
 * The builds that a command line and the configuration ask for; undefined where there is no file, or
 * none is to be read. Flags beat the environment, the environment beats the file.
 *
 * Throws `bad-configuration`, `bad-flag` and `bad-argument`.
 */
export function configuredBuilds({
  argv,
  flags,
  env,
  faults,
}: ConfigQuestion): ConfiguredBuild[] | undefined {
  const parsed = parseArguments(argv, flags);
  const last = (name: string) => parsed.flags.findLast((flag) => flag.name === name)?.value;
  if (last('no-config') === 'true') return undefined;
  const config = readConfigFile(last('config'));
  if (config === undefined) return undefined;
  const { images, context } = chooseImages(config, parsed.positionals);
  const folder = folderOf(config.file);
  const mayName = namesWithin(config.file);
  const unknown = images.flatMap((image) => unknownFaults(image, faults));
  if (unknown.length > 0) throw config.refuse(unknown);
  return images.map((image) => {
    const variables = readVariables(folder, image.name);
    const words = wordsOfImage(config, image, { variables, folder, mayName }, context);
    const given = words.map((one) => describeWords(one, config, parsed, env));
    return {
      ...(image.name === undefined ? {} : { name: image.name }),
      argv: joinWords(given, parsed, context),
      settings: image.settings,
      given,
      config,
    };
  });
}

/** What `verify.allow` lets through by a name that no fault has would never be let through. */
function unknownFaults(
  { settings: { verify }, pathOf }: ConfiguredImage,
  faults: readonly string[] | undefined,
): { path: Path; message: string; hint: string }[] {
  if (faults === undefined || verify === undefined || verify === false) return [];
  return (verify.allow ?? []).flatMap(({ fault }, at) => {
    if (fault === undefined || faults.includes(fault)) return [];
    const near = closest(fault, faults) ?? faults.find((one) => one.startsWith(fault));
    return [
      {
        path: [...pathOf('verify', 'allow'), at, 'fault'],
        message: escapeLine(`there is no fault "${fault}"`),
        hint: near === undefined ? `Use one of ${faults.join(', ')}.` : `Did you mean "${near}"?`,
      },
    ];
  });
}

function describeWords(
  words: ConfiguredWords,
  config: ParsedConfig,
  parsed: ParsedArguments,
  env: Environment,
): ConfiguredBuild['given'][number] {
  const { line, column } = config.positionOf(words.path);
  const place = `${config.file}:${line}:${column}`;
  const other = replacedBy(words, parsed, env);
  return { ...words, place, ...(other === undefined ? {} : { replacedBy: other }) };
}

function joinWords(
  given: ConfiguredBuild['given'],
  parsed: ParsedArguments,
  context: string | undefined,
): string[] {
  const standing = given.filter((one) => one.replacedBy === undefined);
  const own = parsed.flags.filter(({ name }) => name !== 'config' && name !== 'no-config');
  return [
    ...standing.filter(({ key }) => key !== 'context').flatMap(({ words }) => words),
    ...own.flatMap(({ words }) => words),
    context ?? standing.find(({ key }) => key === 'context')?.words[0] ?? '.',
  ];
}
