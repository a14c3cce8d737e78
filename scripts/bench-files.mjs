// An image of 1.4 GB in 20,000 files, and what it costs to verify every one of them.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { ensureBusybox } from '../test/lab/images.mjs';

const FOLDERS = 197;
const FILES_EACH = 100;
const PROGRAMS = 300;

/** Writes the image's build context: many small files, and programs of 2 MB. */
async function writeContext(folder) {
  const context = join(folder, 'files');
  const busybox = await ensureBusybox('amd64');
  const bytes = randomBytes(40_000 + FOLDERS * FILES_EACH);
  for (let at = 0; at < FOLDERS; at++) {
    mkdirSync(join(context, 'tree', `d${at}`), { recursive: true });
    for (let file = 0; file < FILES_EACH; file++) {
      // No two alike, or a store could keep one.
      const start = at * FILES_EACH + file;
      writeFileSync(
        join(context, 'tree', `d${at}`, `f${file}`),
        bytes.subarray(start, start + 40_000),
      );
    }
  }
  mkdirSync(join(context, 'programs'));
  for (let at = 0; at < PROGRAMS; at++) copyFileSync(busybox, join(context, 'programs', `p${at}`));
  writeFileSync(
    join(context, 'Dockerfile'),
    'FROM busybox\nCOPY tree /srv/tree\nCOPY programs /opt/programs\nCMD ["true"]\n',
  );
  return context;
}

/** Adds the rows about verifying all files of one image. */
export async function benchFiles({ env, folder, xbuild, run, compare }) {
  await run(['docker', 'buildx', 'build', '-q', '-t', 'files', await writeContext(folder)], {
    env,
  });
  const cached = { ...env, XDG_CACHE_HOME: join(folder, 'cache') };
  const verify = () => run([...xbuild, 'verify', '--no-cache', 'files'], { env });
  const rounds = 3;
  await compare('xbuild verify, 1.4 GB in 20,000 files', 'docker save', 0.15, {
    ours: verify,
    theirs: () => run(['docker', 'save', 'files'], { env }),
    rounds,
  });
  await run(['docker', 'create', '--name', 'files', 'files'], { env });
  await compare('xbuild verify, 1.4 GB in 20,000 files', 'docker export', 0.4, {
    ours: verify,
    theirs: () => run(['docker', 'export', 'files'], { env }),
    rounds,
  });
  await compare('the same again, unchanged', 'docker run --rm', 1.2, {
    ours: () => run([...xbuild, 'verify', 'files'], { env: cached }),
    theirs: () => run(['docker', 'run', '--rm', 'files'], { env }),
    rounds: 9,
  });
}
