import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Results by content: what was made of something whose digest is the key. */
export interface Cache {
  /** The text that was kept under a key; undefined where there is none, or it is damaged. */
  get(key: string): Promise<string | undefined>;
  /** Keeps a text, if that is possible: a cache that cannot be written is no error. */
  put(key: string, text: string): Promise<void>;
}

/** Keeps nothing: `--no-cache`. */
export const noCache: Cache = { get: async () => undefined, put: async () => undefined };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where results are kept: $XDG_CACHE_HOME/xbuild/layers, or the place that macOS or Windows has for
 * such files.
 */
export function cacheFolder(env: Environment, platform: string = process.platform): string {
  const home = env['HOME'] || homedir();
  const xdg = env['XDG_CACHE_HOME'];
  // Relative paths are to be ignored, says the XDG Base Directory Specification.
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'xbuild', 'layers');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'xbuild', 'layers');
  if (platform === 'win32') {
    const local = env['LOCALAPPDATA'] || join(home, 'AppData', 'Local');
    return join(local, 'xbuild', 'Cache', 'layers');
  }
  return join(home, '.cache', 'xbuild', 'layers');
}

/** How much is kept: bytes of all entries together, and days since one was last used. */
export interface CacheLimits {
  bytes: number;
  days: number;
}

const usualLimits: CacheLimits = { bytes: 512 << 20, days: 30 };

/** Opens the cache in a folder, which is made when something is put there. */
export function openCache(folder: string, limits: CacheLimits = usualLimits): Cache {
  return new FolderCache(folder, limits);
}

const day = 24 * 60 * 60 * 1000;

/** Each entry is a file: the SHA-256 of its text, a newline, the text. */
class FolderCache implements Cache {
  private readonly folder: string;
  private readonly limits: CacheLimits;

  constructor(folder: string, limits: CacheLimits) {
    this.folder = folder;
    this.limits = limits;
  }

  async get(key: string): Promise<string | undefined> {
    const file = this.fileOf(key);
    const bytes = await readFile(file).catch(() => undefined);
    if (bytes === undefined) return undefined;
    const text = bytes.subarray(65);
    if (bytes.toString('latin1', 0, 65) !== `${sha256(text)}\n`) return undefined;
    const now = new Date();
    await utimes(file, now, now).catch(() => undefined);
    return text.toString('utf8');
  }

  async put(key: string, text: string): Promise<void> {
    const bytes = Buffer.from(text, 'utf8');
    if (bytes.length > this.limits.bytes / 4) return;
    const temporary = join(this.folder, `${randomBytes(8).toString('hex')}.tmp`);
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await writeFile(temporary, [`${sha256(bytes)}\n`, bytes], { mode: 0o600, flag: 'wx' });
      await rename(temporary, this.fileOf(key));
      await this.shrink();
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  private fileOf(key: string): string {
    return join(this.folder, sha256(Buffer.from(key)));
  }

  /** Takes away what was not used for long, and then the least recently used until the rest fits. */
  private async shrink(): Promise<void> {
    const names = await readdir(this.folder);
    const found = await Promise.all(
      names.map(async (name) => {
        const path = join(this.folder, name);
        const stats = await stat(path).catch(() => undefined);
        return stats?.isFile() === true ? [{ path, size: stats.size, used: stats.mtimeMs }] : [];
      }),
    );
    const oldest = Date.now() - this.limits.days * day;
    let total = 0;
    for (const { path, size, used } of found.flat().toSorted((one, two) => two.used - one.used)) {
      total += size;
      // Another process may be writing the file that does not have its name yet.
      const isWritten = path.endsWith('.tmp') && used > Date.now() - day;
      if (!isWritten && (used < oldest || total > this.limits.bytes))
        await rm(path, { force: true });
    }
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
