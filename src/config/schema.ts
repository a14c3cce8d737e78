import * as v from 'valibot';
import { builderName } from '../model/builder-name.ts';
import { contextName } from '../model/context-name.ts';
import { XbuildError } from '../model/errors.ts';
import { parsePlatform } from '../model/platform.ts';

/**
 * The shape of xbuild.yaml. Its messages complete the sentence "KEY ..."; descriptions go into the
 * JSON Schema, which editors show.
 */

function words(what: string, description: string) {
  return v.pipe(
    v.string(`expects ${what}`),
    v.nonEmpty(`expects ${what}; received an empty text`),
    v.description(description),
  );
}

/** A text that is taken as it is written. */
function plainWords(what: string, description: string) {
  return v.pipe(
    v.string(`expects ${what}`),
    v.nonEmpty(`expects ${what}; received an empty text`),
    v.check(
      (text) => !text.includes('{{'),
      'holds a variable, and none is filled in here. Use variables in tags, args, labels and annotations.',
    ),
    v.description(description),
  );
}

function platformProblem(word: string): string | undefined {
  if (word.includes(','))
    return 'holds several platforms. Write each as an item: [linux/amd64, linux/arm64].';
  try {
    parsePlatform(word);
    return undefined;
  } catch (error) {
    if (!(error instanceof XbuildError)) throw error;
    return `${error.message}. ${error.hint}`;
  }
}

const platform = v.pipe(
  v.string('expects a platform, such as linux/arm64'),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const message = platformProblem(dataset.value);
    if (message !== undefined) addIssue({ message });
  }),
  v.description('os/architecture[/variant], or the architecture alone'),
);

const platforms = v.pipe(
  v.array(platform, 'expects a list of platforms, such as [linux/amd64, linux/arm64]'),
  v.nonEmpty('expects at least one platform'),
);

const valueName = v.pipe(
  v.string(),
  v.regex(/^[^\s=]+$/, 'is no name for a value. Use a name without blanks and "=".'),
);

/** With what it is on in front: `index:NAME`, `manifest[linux/amd64]:NAME`. Source: buildx, util/buildflags/annotations.go. */
const annotationName = v.pipe(
  valueName,
  v.regex(/^(?!:).*[^:]$/, 'has no name. Write one, such as index:org.opencontainers.image.title.'),
);

const map = (what: string, description: string, name: v.GenericSchema<string> = valueName) =>
  v.pipe(
    v.record(
      name,
      v.union([v.string(), v.number(), v.boolean()], 'expects a text, a number or a boolean'),
      `expects ${what}`,
    ),
    v.description(description),
  );

const list = (what: string, description: string) =>
  v.pipe(
    v.array(words(what, description), `expects a list of ${what}`),
    v.description(description),
  );

const plainList = (what: string, description: string) =>
  v.pipe(
    v.array(plainWords(what, description), `expects a list of ${what}`),
    v.description(description),
  );

const time = 'expects a time such as 500ms, 10s or 2m';

const seconds = v.pipe(
  v.union(
    [
      v.pipe(v.number(), v.gtValue(0, time)),
      v.pipe(v.string(), v.regex(/^0*[1-9]\d*(?:ms|s|m)$/, time)),
    ],
    time,
  ),
  v.description('how long it may take: 500ms, 10s, 2m; a bare number counts seconds'),
);

const smoke = v.strictObject(
  {
    run: v.pipe(
      v.union(
        [
          v.pipe(v.string(), v.nonEmpty('expects a command')),
          v.pipe(
            v.array(v.string('expects a text. Put quotation marks around it.')),
            v.minLength(1, 'expects a command of at least one word'),
            v.check(([first]) => first !== '', 'expects a command; its first word is empty'),
          ),
        ],
        'expects a command: a list of words, or a text for /bin/sh',
      ),
      v.description(
        'the command that is run in a container of the image, with no network and no volumes',
      ),
    ),
    platforms: v.optional(platforms),
    timeout: v.optional(seconds),
    status: v.optional(
      v.pipe(
        v.number('expects an exit status, 0 to 255'),
        v.integer('expects an exit status, 0 to 255'),
        v.minValue(0, 'expects an exit status, 0 to 255'),
        v.maxValue(255, 'expects an exit status, 0 to 255'),
      ),
    ),
    output: v.optional(words('a text that the output must hold', 'text that stdout must hold')),
  },
  'expects a command and what is expected of it, such as {run: [app, --version], timeout: 10s}',
);

const allowance = v.strictObject(
  {
    path: words(
      'a glob of paths in the image, such as /usr/share/**',
      'glob of paths in the image',
    ),
    reason: words('the reason why the file may be there', 'why the file may be there'),
    fault: v.optional(words('the id of a fault', 'only this fault is allowed')),
  },
  'expects {path: GLOB, reason: TEXT}',
);

const verification = v.strictObject(
  {
    allow: v.optional(v.array(allowance, 'expects a list of {path: GLOB, reason: TEXT}')),
    require: v.optional(platforms),
    smoke: v.optional(v.array(smoke, 'expects a list of {run: COMMAND}')),
  },
  'expects false, or a map with allow, require and smoke',
);

const nodeName = v.pipe(
  words('"default" or the name of a Docker context', 'default, or the name of a Docker context'),
  v.regex(
    contextName,
    'expects "default" or the name of a Docker context; an address can only be given on the command line (--node)',
  ),
);

const node = v.union(
  [nodeName, v.strictObject({ name: nodeName, platforms: v.optional(platforms) })],
  'expects a name, or a map such as {name: arm-box, platforms: [linux/arm64]}',
);

const image = {
  context: v.optional(
    plainWords(
      'a folder or the URL of a repository',
      'the build context, from the folder of this file',
    ),
  ),
  dockerfile: v.optional(
    plainWords('the path of a Dockerfile', 'the Dockerfile, from the context'),
  ),
  target: v.optional(
    v.pipe(
      plainWords('the name of a stage', 'the stage to build'),
      v.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'expects the name of a stage'),
    ),
  ),
  args: v.optional(map('build arguments: a map of names and values', 'build arguments')),
  tags: v.optional(list('names such as registry.example/app:1', 'names and tags of the image')),
  labels: v.optional(map('a map of names and values', 'labels of the image')),
  annotations: v.optional(
    map('a map of names and values', 'annotations of the index', annotationName),
  ),
  platforms: v.optional(v.pipe(platforms, v.description('the platforms to build for'))),
  builder: v.optional(
    v.pipe(
      plainWords('the name of a builder of buildx', 'a builder of buildx, by name'),
      v.regex(builderName, 'expects the name of a builder of buildx, as docker buildx ls has it'),
    ),
  ),
  nodes: v.optional(
    v.pipe(
      v.array(node, 'expects a list of nodes, such as [default, arm-box]'),
      v.nonEmpty('expects at least one node'),
      v.check((nodes) => {
        const names = nodes.map((one) => (typeof one === 'string' ? one : one.name));
        return new Set(names).size === names.length;
      }, 'holds a node twice. Leave one of the two out.'),
      v.description('the engines that share the build: default, and Docker contexts by name'),
    ),
  ),
  output: v.optional(
    v.pipe(
      plainWords(
        'store, push, none, or a specification such as type=oci,dest=app.tar',
        'store (the image store of the engine), push (to the registry), none, or as docker buildx build --output',
      ),
      v.regex(
        /^(?:store|push|none)$|^type=/,
        'expects store, push, none, or a specification such as type=oci,dest=app.tar',
      ),
    ),
  ),
  cacheFrom: v.optional(
    plainList('cache sources, such as type=registry,ref=NAME', 'where cache is read'),
  ),
  cacheTo: v.optional(plainList('cache targets, such as type=inline', 'where cache is written')),
  pull: v.optional(v.boolean('expects true or false')),
  noCache: v.optional(v.boolean('expects true or false')),
  preflight: v.optional(
    v.pipe(
      v.picklist(['fail', 'warn', 'off'], 'expects fail, warn or off'),
      v.description(
        'what a failed preflight does: fail (nothing is built), warn (it is said, and the build is tried), off',
      ),
    ),
  ),
  verify: v.optional(
    v.union(
      [v.literal(false), verification],
      'expects false, or a map with allow, require and smoke',
    ),
  ),
};

export const imageSchema = v.strictObject(image, 'expects a map with the settings of an image');

export const configSchema = v.strictObject(
  {
    version: v.optional(v.literal(1, 'expects 1, the version of this format')),
    ...image,
    images: v.optional(
      v.pipe(
        v.record(
          v.pipe(
            v.string(),
            v.regex(
              /^[a-z0-9][a-z0-9._-]*$/,
              'is no name of an image. Use lower-case letters, digits, dots, hyphens and underscores.',
            ),
          ),
          imageSchema,
          'expects a map of images by name',
        ),
        v.check(
          (images) => Object.keys(images).length > 0,
          'expects at least one image, such as {app: {context: app}}',
        ),
        v.description('several images by name; keys beside it are their defaults'),
      ),
    ),
  },
  'expects a map, such as {tags: [app], platforms: [linux/amd64, linux/arm64]}',
);

export type ImageSettings = v.InferOutput<typeof imageSchema>;
export type ConfigFile = v.InferOutput<typeof configSchema>;
export type SmokeSettings = v.InferOutput<typeof smoke>;
