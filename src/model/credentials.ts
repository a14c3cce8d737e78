import type { FileNode } from './file-view.ts';

/** Who executes. Ids are those that the file view uses. */
export interface Credentials {
  uid: number;
  gid: number;
  /** Supplementary groups. */
  groups?: readonly number[];
  /** CAP_DAC_OVERRIDE; by default uid 0 has it. */
  overrides?: boolean;
  /** The ids that the user namespace maps; by default all. */
  mapped?: readonly number[];
}

export const root: Credentials = { uid: 0, gid: 0 };

type Owned = Pick<FileNode, 'kind' | 'mode' | 'uid' | 'gid'>;

function isMapped(credentials: Credentials, node: Owned): boolean {
  const { mapped } = credentials;
  return mapped === undefined || (mapped.includes(node.uid) && mapped.includes(node.gid));
}

function bitsFor(credentials: Credentials, node: Owned): number {
  if (credentials.uid === node.uid) return node.mode >> 6;
  const inGroup = credentials.gid === node.gid || credentials.groups?.includes(node.gid) === true;
  return inGroup ? node.mode >> 3 : node.mode;
}

/**
 * Tells whether a file may be read, executed, or a directory searched. Source: generic_permission
 * in the kernel's fs/namei.c.
 */
export function permits(credentials: Credentials, node: Owned, wish: 'read' | 'execute'): boolean {
  if ((bitsFor(credentials, node) & (wish === 'read' ? 4 : 1)) !== 0) return true;
  const overrides = credentials.overrides ?? credentials.uid === 0;
  if (!overrides || !isMapped(credentials, node)) return false;
  // Nobody executes a file that has no x bit at all.
  return wish === 'read' || node.kind === 'directory' || (node.mode & 0o111) !== 0;
}

/** The ids that a program runs with. */
export interface ProgramIds {
  uid: number;
  euid: number;
  gid: number;
  egid: number;
  /** AT_SECURE. */
  secure: boolean;
}

/**
 * The ids a program gets when the set-uid and set-gid bits of `node` count. Source: bprm_fill_uid
 * in fs/exec.c, cap_bprm_creds_from_file in security/commoncap.c.
 */
export function idsFor(
  credentials: Credentials,
  node: Pick<FileNode, 'kind' | 'mode' | 'uid' | 'gid' | 'nosuid'>,
  noNewPrivs: boolean,
): ProgramIds {
  const { uid, gid } = credentials;
  const counts = !noNewPrivs && node.nosuid !== true && isMapped(credentials, node);
  const euid = counts && (node.mode & 0o4000) !== 0 ? node.uid : uid;
  const egid = counts && (node.mode & 0o2010) === 0o2010 ? node.gid : gid;
  return { uid, euid, gid, egid, secure: euid !== uid || egid !== gid };
}
