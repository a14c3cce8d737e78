import { listed } from '../model/sentence.ts';
import { shown } from '../model/bytes-text.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { shellQuote } from '../model/escape.ts';
import { advice, type Family, subjectOf } from './entry.ts';
import { isEnv, isMissing, notThere, ofProgram, wasThere } from './own-program.ts';
import type { Failure } from './failures.ts';
import { onlyText, type Scene, signsOf } from './scene.ts';
import { baseName, placeWord } from './words.ts';

export const order = 96;

/** What a shell says that it cannot find, where no walk shows it: it is deep in a script. */
function notFoundByText(scene: Scene): CauseMatch | undefined {
  if (!scene.failed || onlyText(scene)) return undefined;
  const sign = signsOf(scene, 'shell', 'exec').find(
    ({ path, errno }) => errno === 'ENOENT' && path !== undefined && !/[/[]/.test(path),
  );
  if (sign?.path === undefined || scene.failures.length > 0) return undefined;
  return {
    confidence: 'likely',
    message: `${sign.path} is in no folder of PATH`,
    evidence: [sign.line],
    fix: advice(`Install ${sign.path} or COPY it into the last stage.`, [
      `docker run --rm --entrypoint sh ${shellQuote(scene.facts.image?.reference ?? 'IMAGE')} -c ${shellQuote(`command -v ${shellQuote(sign.path)}`)}`,
    ]),
  };
}

function notFound(scene: Scene): CauseMatch | undefined {
  return notFoundByWalk(scene) ?? notFoundByText(scene);
}

function notFoundByWalk(scene: Scene): CauseMatch | undefined {
  return ofProgram(scene, (failure) => {
    if (
      !isMissing(failure) ||
      isEnv(failure) ||
      wasThere(scene, failure) ||
      inOneString(failure) ||
      quoted(scene) !== undefined
    )
      return undefined;
    const name = subjectOf(failure);
    const { lookup } = failure.program;
    const folders = 'absent' in lookup ? lookup.folders.map(shown) : [];
    const at = shown(failure.at);
    return {
      message:
        folders.length > 0
          ? `${name} is in no folder of PATH`
          : `${name} is not in the ${placeWord(scene.facts)}`,
      evidence: [
        ...(folders.length === 0 ? [] : [`looked in ${listed(folders)}`]),
        ...(at === name || at === '' || failure.reason === 'absent'
          ? []
          : [`what is missing: ${at}`]),
      ],
      fix: advice(
        `Install ${baseName(name)} or COPY it into the last stage, or name it by the path that it has there.`,
        [
          `docker run --rm --entrypoint sh ${shellQuote(scene.facts.image?.reference ?? 'IMAGE')} -c ${shellQuote(`ls -l ${name.includes('/') ? name.replace(/[^/]*$/, '') : '/usr/local/bin'}`)}`,
        ],
      ),
    };
  });
}

function inOneString({ program }: Failure): boolean {
  // A file that is asked about is no command.
  return program.role !== 'file' && /\S\s+\S/.test(program.argv[0] ?? '');
}

function oneString(scene: Scene): CauseMatch | undefined {
  return ofProgram(scene, (failure) => {
    if (!isMissing(failure) || !inOneString(failure) || isEnv(failure)) return undefined;
    const whole = shown(failure.program.argv[0] ?? '');
    const words = whole.split(/\s+/).filter((word) => word !== '');
    return {
      message: `"${whole}" is taken as the name of one program, with its blanks`,
      fix: advice('Write every word as a string of its own, or use the shell form.', [
        `ENTRYPOINT ${JSON.stringify(words)}`,
      ]),
    };
  });
}

/** A list in brackets that begins like the exec form: a quote of any kind, or a word and a comma. */
const list = /^\s*\[\s*(?:'|(?=[^\]=]*,)(?:["“”‘’]|[^\s,\]=]+,)[^\]=]*\]\s*$)/;

/** `/bin/sh -c "['npm', 'start']"`: the exec form with single quotes is no JSON. */
function quoted({ facts }: Scene): { index: number; text: string } | undefined {
  for (const [index, { argv }] of facts.traces.entries()) {
    if (!/(?:^|\/)(?:sh|bash|ash|dash)$/.test(argv[0] ?? '')) continue;
    const text = argv.map(shown).find((word) => list.test(word));
    if (text !== undefined) return { index, text };
  }
  return undefined;
}

function singleQuotes(scene: Scene): CauseMatch | undefined {
  const found = quoted(scene);
  if (found === undefined || !scene.failed) return undefined;
  const sign = signsOf(scene, 'shell').find(({ path = '' }) => path.startsWith('['));
  const words = found.text
    .replaceAll(/[[\]'"“”‘’]/g, '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  const what = found.text.includes("'") ? 'has single quotes, so it is no JSON' : 'is no JSON';
  return {
    confidence: sign !== undefined || scene.facts.surface.stage === 'never' ? 'certain' : 'likely',
    message: `${found.text} ${what}, and Docker gives it to a shell as it stands`,
    evidence: sign === undefined ? [] : [sign.line],
    fix: advice('Write it as JSON: double quotes around every word, and no comma at the end.', [
      `ENTRYPOINT [${words.map((word) => JSON.stringify(word)).join(', ')}]`,
    ]),
    trace: found.index,
  };
}

/** How a program is named. */
export const family: Family = {
  id: 'commands',
  title: 'Commands',
  causes: [
    {
      id: 'single-quoted-exec-form',
      title: 'the exec form is written with single quotes',
      why: "JSON has double quotes. Docker takes ['npm', 'start'] for the shell form, and the shell looks for a program called [npm,. So it does with typographic quotes, none at all, or a comma behind the last word.",
      seen: ['/bin/sh: [/bin/busybox,uname]: not found', '/bin/sh: 1: [npm,: not found'],
      proof: 'The image\'s Entrypoint or Cmd is /bin/sh -c "[\'…".',
      remedy: 'Write double quotes: ENTRYPOINT ["npm", "start"]',
      prevent: 'docker build --check warns of it (JSONArgsRecommended).',
      before: ['command-not-found'],
      find: singleQuotes,
    },
    {
      id: 'command-in-one-string',
      title: 'a command with its arguments in one string',
      why: 'In the exec form every word is a string of its own. ["npm start"] names a program with a blank in its name.',
      seen: ['exec: "npm start": executable file not found in $PATH'],
      proof: 'The first word of Entrypoint or Cmd has a blank in it.',
      remedy: 'Write ["npm", "start"], or the shell form without brackets.',
      prevent: 'In Kubernetes and compose, too, command is a list of words.',
      before: ['command-not-found'],
      find: oneString,
    },
    {
      id: 'command-not-found',
      title: 'there is no such program',
      why: 'The runtime looks the program up in the container, and does not find it. Exit status 127 and State.Error are set; where the file is there and something that it needs is not, State.Error is empty.',
      seen: [notThere, 'exec: "bash": executable file not found in $PATH'],
      proof: 'The path is not in the image.',
      remedy: 'Install it or COPY it into the last stage, or name it by its path.',
      prevent: 'Run the command once in the last stage of the build.',
      find: notFound,
    },
  ],
};
