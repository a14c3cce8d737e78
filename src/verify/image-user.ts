import { bytesOfBase64, stringOfBytes } from '../model/bytes.ts';
import { root, type Credentials } from '../model/credentials.ts';
import type { FileView } from '../model/file-view.ts';
import { walkPath } from '../model/path-walk.ts';

/** Who the image's programs run as; `missing`: the engine will refuse to start it, and why. */
export type ImageUser = Credentials | { missing: string } | { needs: string } | { unknown: string };

type Text = string | { needs: string } | { cut: string };

/** A small file's text; empty where there is none. */
function readText(view: FileView, path: string): Text {
  const walk = walkPath({ view, root: '/', cwd: '/', credentials: root }, path);
  if ('needs' in walk) return walk;
  if (!('node' in walk)) return '';
  if (walk.node.kind !== 'file') return '';
  if (walk.node.head === undefined) return walk.node.size === 0 ? '' : { needs: walk.path };
  const bytes = bytesOfBase64(walk.node.head);
  const text = stringOfBytes(bytes);
  return (walk.node.size ?? 0) > bytes.length ? { cut: text } : text;
}

type Row = readonly string[];

function rowsOf(text: string): Row[] {
  return text.split('\n').map((line) => line.split(':'));
}

/** An id as Docker takes it: a number is an id even where no file knows it. */
function idOf(word: string): number | undefined {
  return /^\d+$/.test(word) ? Number(word) : undefined;
}

function findRow(text: string, word: string): Row | undefined {
  return rowsOf(text).find(([name, , id]) => name === word || (id === word && word !== ''));
}

/**
 * Finds out who a container's first program runs as: the image's USER, looked up in its own passwd
 * and group files. Source: GetExecUser in moby/sys/user, which dockerd and runc share.
 */
export function readImageUser(user: string, view: FileView): ImageUser {
  if (user === '' || user === '0' || user === '0:0') return root;
  const passwd = readText(view, '/etc/passwd');
  const group = readText(view, '/etc/group');
  if (typeof passwd !== 'string' && 'needs' in passwd) return passwd;
  if (typeof group !== 'string' && 'needs' in group) return group;
  const [userWord = '', groupWord] = user.split(':');
  const passwdText = typeof passwd === 'string' ? passwd : passwd.cut;
  const row = findRow(passwdText, userWord);
  const uid = row === undefined ? idOf(userWord) : Number(row[2]);
  if (uid === undefined)
    return notFound(userWord, 'user', '/etc/passwd', typeof passwd !== 'string');
  const groupText = typeof group === 'string' ? group : group.cut;
  if (groupWord === undefined || groupWord === '') {
    const gid = row === undefined ? 0 : Number(row[3]);
    return { uid, gid, groups: groupsOf(groupText, row?.[0]) };
  }
  const gid = findRow(groupText, groupWord)?.[2] ?? idOf(groupWord);
  if (gid === undefined)
    return notFound(groupWord, 'group', '/etc/group', typeof group !== 'string');
  return { uid, gid: Number(gid) };
}

function notFound(word: string, what: string, file: string, cut: boolean): ImageUser {
  if (cut) return { unknown: `the ${what} "${word}" may stand further down in ${file}` };
  return { missing: `its ${file} knows no ${what} "${word}"` };
}

/** The groups that name a user as a member. */
function groupsOf(text: string, user: string | undefined): number[] {
  if (user === undefined) return [];
  return rowsOf(text)
    .filter(([, , , members]) => members?.split(',').includes(user) === true)
    .map(([, , id]) => Number(id));
}
