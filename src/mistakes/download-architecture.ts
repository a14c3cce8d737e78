import { listed } from '../model/sentence.ts';
import { expandKnown } from '../dockerfile/expand.ts';
import { automaticArguments } from '../dockerfile/model.ts';
import { placesOf, type Place } from '../dockerfile/scope.ts';
import { architectureNamed, isByArchitecture } from '../model/architecture-words.ts';
import type { Mistake, Spot } from './mistake.ts';
import { isForAll, lineOf, othersThan, wholeText, type Scene, type SceneStage } from './scene.ts';

export const order = 10;

export const mistake: Mistake = {
  id: 'download-architecture',
  title: 'A download names one architecture',
  why: 'Every platform gets the same file. The build goes well where nothing runs it, and the image of every other platform holds a program that ends in "exec format error".',
  wrong: `FROM debian:12
RUN curl -fsSL https://example.com/tool-linux-amd64.tar.gz | tar -xz -C /usr/local/bin`,
  right: `FROM debian:12
ARG TARGETARCH
RUN curl -fsSL "https://example.com/tool-linux-$TARGETARCH.tar.gz" | tar -xz -C /usr/local/bin`,
  allowed:
    'Command lines that decide by TARGETARCH, uname -m or dpkg --print-architecture; stages that are chosen by a variable in their name; stages of the build platform, whose tools run there; downloads for other systems; emulators and cross-compilers.',
  find: (scene) => scene.used.flatMap((one) => findInStage(one, scene)),
};

const downloads = /\b(?:curl|wget|aria2c|fetch|apt-add-repository|add-apt-repository)\b/;
const archive =
  /\.(?:tar|tgz|txz|tbz2?|zip|deb|rpm|apk|gz|xz|bz2|zst|AppImage|run|sh|jar)(?=$|[.?#"'])/i;
const otherThings = /qemu|cross|darwin|macos|apple|windows|win32|win64|freebsd|sha256sum/i;

function findInStage(one: SceneStage, scene: Scene): Spot[] {
  if (!isForAll(one)) return [];
  return placesOf(one.stage, scene.dockerfile)
    .filter(({ stage }) => stage === one.stage)
    .flatMap((place) => findIn(place, scene));
}

function findIn({ instruction, scope }: Place, scene: Scene): Spot[] {
  const { keyword } = instruction;
  if (keyword !== 'RUN' && keyword !== 'ADD') return [];
  const written = wholeText(instruction);
  if (isByArchitecture(written)) return [];
  const own = new Map(
    [...written.matchAll(assignment)].map(([, name = '', value = '']) => [name, value]),
  );
  const known = (name: string) =>
    automaticArguments.includes(name) ? undefined : (own.get(name) ?? scope.lookup(name));
  const text = expandKnown(written, known);
  const words = text.split(/[\s"'|;&()<>\\]+/).filter((word) => isDownload(word, text));
  const lists = [...text.matchAll(/\[[^\]]*\barch=([\w,]+)[^\]]*\]/g)].map(
    ([, value = '']) => value,
  );
  const chosen = downloads.test(text) ? choicesIn(text) : [];
  const found = [...words, ...lists, ...chosen].flatMap((word) => architectureNamed(word) ?? []);
  const architectures = new Set(found.map(({ architecture }) => architecture));
  const [first] = found;
  if (first === undefined || architectures.size > 1) return [];
  const others = othersThan(scene, first.architecture);
  if (others.length === 0) return [];
  return [
    {
      status: 'warn',
      line: lineOf(instruction, first.word),
      message: `${keyword} downloads what is for ${first.architecture} (${first.word}), also for ${listed(others)}.`,
      why: mistake.why,
      evidence: [wordWith([...words, ...lists, ...chosen], first.word)],
      fix: {
        text: 'Declare ARG TARGETARCH in this stage and use it in the name; where the names differ from Docker’s, choose by it: case "$TARGETARCH" in amd64) arch=x86_64;; arm64) arch=aarch64;; esac',
        commands: [],
      },
    },
  ];
}

/** What chooses a download from a list of them: `grep linux-amd64`; not what leaves one out. */
function choicesIn(text: string): string[] {
  return [...text.matchAll(/\b(?:[ef]?grep|jq|awk)\b(?:'[^']*'|"[^"]*"|[^|;&\n])*/g)]
    .map(([command]) => command.trim())
    .filter((command) => !/grep\s+(?:-\w+\s+)*-\w*v/.test(command) && !otherThings.test(command));
}

/** `ARCH=amd64`, as a command of its own. */
const assignment = /(?:^|[\s;&|({])([A-Za-z_]\w*)=["']?([\w./:-]+)["']?(?=[\s;&|)]|$)/g;

function isDownload(word: string, text: string): boolean {
  if (otherThings.test(word)) return false;
  if (/^(?:[^=]*=)?(?:https?|ftp):\/\//.test(word)) return true;
  return archive.test(word) && downloads.test(text);
}

function wordWith(words: readonly string[], part: string): string {
  return words.find((word) => word.includes(part)) ?? part;
}
