import { lstat, open } from 'node:fs/promises';
import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import type { DiagnosisFacts, Target, TargetKind } from '../model/diagnosis.ts';
import type { Platform } from '../model/platform.ts';
import { describeHead } from '../model/file-kind.ts';
import { refusalOf } from '../probe/refusal.ts';
import { byteString } from '../model/bytes-text.ts';
import { inspectImage } from '../verify/inspect-image.ts';
import { findImage } from '../verify/read-image.ts';
import { inspectContainer, type InspectedContainer } from './container-facts.ts';
import { gatherContainer } from './gather-container.ts';
import { gatherFile } from './gather-file.ts';
import { findImageFacts, gatherImage } from './gather-image.ts';
import { gatherLog, readLogTarget } from './gather-log.ts';
import type { ReadImageFacts } from './image-facts.ts';
import type { Session } from './session.ts';

/** What the user asked to be diagnosed. */
export interface Question {
  /** A container, an image, a path, `IMAGE:PATH`, `CONTAINER:PATH`, or `-`. */
  name: string;
  /** Says which of them, where a name could be several. */
  kind?: TargetKind;
  platform?: Platform;
  /** What is to be executed in the container, in place of what it starts. */
  exec?: string[];
  stdin: NodeJS.ReadStream;
}

/** The facts, and what else the name could have meant. */
export interface Answer {
  facts: DiagnosisFacts;
  /** `an image`, `a file`. */
  also: string[];
}

/** Opens the engine when it is needed; rejects where there is none. */
export type OpenSession = () => Promise<Session>;

/** Finds out what a name means, and reads its facts. Throws `image-missing`, `bad-argument`, engine-*. */
export async function gatherTarget(question: Question, openSession: OpenSession): Promise<Answer> {
  const { name, kind, stdin } = question;
  if (name === '-' || kind === 'log') {
    return { facts: await gatherLogFile(name, stdin, openSession), also: [] };
  }
  const local = await lstat(name).catch(() => undefined);
  const isPath = name.startsWith('/') || name.startsWith('./') || name.startsWith('../');
  if (kind === 'file' && local === undefined && !name.includes(':')) throw noFile(name);
  if (local !== undefined && (isPath || kind === 'file')) {
    return { facts: await gatherLocal(question, openSession), also: [] };
  }
  if (isPath) throw noFile(name);
  return gatherNamed(question, local !== undefined, openSession);
}

async function gatherNamed(
  question: Question,
  isLocal: boolean,
  openSession: OpenSession,
): Promise<Answer> {
  const { name, kind, platform, exec } = question;
  let session: Session;
  try {
    session = await openSession();
  } catch (error) {
    if (!isLocal) throw error;
    return { facts: await gatherLocal(question, openSession), also: [] };
  }
  const container = kind === 'image' ? undefined : await findContainer(session, name);
  if (container !== undefined) {
    const target: Target = { kind: 'container', name, ...(exec === undefined ? {} : { exec }) };
    const [facts, isImage] = await Promise.all([
      gatherContainer(session, container, target),
      hasImage(session, name),
    ]);
    return { facts, also: [...(isImage ? ['an image'] : []), ...(isLocal ? ['a file'] : [])] };
  }
  const image = kind === 'container' ? undefined : await findImageFacts(session, name, platform);
  if (image !== undefined) {
    const target: Target = { kind: 'image', name, ...(exec === undefined ? {} : { exec }) };
    const facts = await gatherImage(session, image, target);
    return { facts, also: isLocal ? ['a file'] : [] };
  }
  if (isLocal) return { facts: await gatherLocal(question, openSession), also: [] };
  const inside = await gatherInside(session, question);
  if (inside !== undefined) return { facts: inside, also: [] };
  throw await unknownName(session, name);
}

async function hasImage({ engine }: Session, name: string): Promise<boolean> {
  return inspectImage(engine.docker, name).then(
    () => true,
    () => false,
  );
}

async function findContainer(
  { engine }: Session,
  name: string,
): Promise<InspectedContainer | undefined> {
  // No container's name has a slash or a colon; an id or a name is all that the API takes.
  if (!/^[\w][\w.-]*$/.test(name)) return undefined;
  try {
    return await inspectContainer(engine.docker, name);
  } catch (error) {
    if (refusalOf(error) !== undefined) return undefined;
    throw engine.failure(error);
  }
}

/** `IMAGE:PATH` and `CONTAINER:PATH`; an image's own name may have colons. */
async function gatherInside(
  session: Session,
  { name, platform }: Question,
): Promise<DiagnosisFacts | undefined> {
  const parts = /^(?<within>[^/].*?):(?<path>\/.*)$/s.exec(name)?.groups;
  const { within, path } = parts ?? {};
  if (within === undefined || path === undefined) return undefined;
  const target: Target = { kind: 'file', name, path: byteString(path) };
  const container = await findContainer(session, within);
  if (container !== undefined) {
    return gatherContainer(session, container, {
      ...target,
      within: { kind: 'container', name: within },
    });
  }
  const image: ReadImageFacts | undefined = await findImageFacts(session, within, platform);
  if (image === undefined) return undefined;
  return gatherImage(session, image, { ...target, within: { kind: 'image', name: within } });
}

async function gatherLocal(question: Question, openSession: OpenSession): Promise<DiagnosisFacts> {
  const { name, kind, stdin } = question;
  if (kind === undefined && (await looksLikeLog(name))) {
    return gatherLogFile(name, stdin, openSession);
  }
  return gatherFile(name);
}

/** Text that nobody could execute is a log; what is executable, or binary, is a program. */
async function looksLikeLog(name: string): Promise<boolean> {
  const file = await open(name, 'r').catch(() => undefined);
  if (file === undefined) return false;
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return stat.isFIFO() || stat.isCharacterDevice();
    if ((stat.mode & 0o111) !== 0) return false;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    // A program that dies of a signal leaves a log in which nothing is.
    if (bytesRead === 0) return /\.(?:log|txt|out|err)$/i.test(name);
    return describeHead(withoutControls(buffer.subarray(0, bytesRead))).kind === 'text';
  } finally {
    await file.close();
  }
}

/** Logs of terminals have colours, titles and progress bars in them: escape, bell, backspace, return. */
function withoutControls(head: Uint8Array): Uint8Array {
  const controls = new Set([0x07, 0x08, 0x0d, 0x1b]);
  return head.map((byte) => (controls.has(byte) ? 0x20 : byte));
}

async function gatherLogFile(
  name: string,
  stdin: NodeJS.ReadStream,
  openSession: OpenSession,
): Promise<DiagnosisFacts> {
  const session = openSession().catch(() => undefined);
  const log = await readLogTarget(name, stdin).catch((error: unknown) => {
    throw new XbuildError(
      'bad-argument',
      `the log ${escapeLine(name)} cannot be read: ${(error as Error).message}`,
      'Name a file, or - to read it from standard input.',
      { cause: error },
    );
  });
  const opened = await session;
  const client = opened?.client ?? { architecture: '', programs: [] };
  return gatherLog(log, { kind: 'log', name }, opened, client);
}

function noFile(name: string): XbuildError {
  return new XbuildError(
    'bad-argument',
    `there is no file ${escapeLine(name)}`,
    'Name a container, an image, a file, or a log (- reads it from standard input).',
  );
}

async function unknownName({ engine }: Session, name: string): Promise<XbuildError> {
  const image = await findImage(engine, name).then(
    () => undefined,
    (error: unknown) => (error instanceof XbuildError ? error.hint : undefined),
  );
  return new XbuildError(
    'bad-argument',
    `the engine has no container and no image "${escapeLine(name)}", and there is no such file`,
    image ?? 'List what the engine has: docker ps -a; docker images',
  );
}
