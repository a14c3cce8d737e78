// Builds dist/: the command and the library, bundled so that they start fast, and the types.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { loadSource } from './load-source.mjs';

const own = JSON.parse(readFileSync('package.json', 'utf8'));

// dockerode loads these at once and xbuild calls none of them: its ssh goes through the user's own
// ssh, and its builds through the docker command. Left out they save a third of the start-up.
const unused = /^(?:ssh2|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|protobufjs\/.*)$/;
const leaveOut = {
  name: 'leave-out',
  setup(plugin) {
    plugin.onResolve({ filter: unused }, ({ path }) => ({ path, namespace: 'left-out' }));
    plugin.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `const refuse = (_, name) => function () { throw new Error('${path} is not part of xbuild: ' + String(name)); };\nmodule.exports = new Proxy({}, { get: refuse });`,
    }));
  },
};

// One file of its own, without what is loaded later: it is only used where that is not needed.
const quick = {
  name: 'quick',
  setup(plugin) {
    plugin.onResolve({ filter: /\.ts$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};

// What the command loads: one file with require(), where that will do, else the chunks.
const loaded = {
  name: 'loaded',
  setup(plugin) {
    plugin.onResolve({ filter: /^\.\/quick\.ts$/ }, ({ path }) => ({ path, namespace: 'quick' }));
    plugin.onLoad({ filter: /.*/, namespace: 'quick' }, () => ({
      contents: "module.exports = require('./quick.js');",
    }));
    plugin.onResolve({ filter: /^\.\/quick\.js$/ }, ({ path }) => ({ path, external: true }));
    plugin.onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: './main.mjs', external: true }));
  },
};

rmSync('dist', { recursive: true, force: true });
const options = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.17',
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: false,
  legalComments: 'none',
  define: { XBUILD_VERSION: JSON.stringify(own.version) },
  logLevel: 'warning',
};
const result = await build({
  ...options,
  entryPoints: ['src/main.ts', 'src/index.ts'],
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  metafile: true,
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
  plugins: [leaveOut],
});
// The pure part alone: one file that needs nothing of Node.
await build({
  ...options,
  platform: 'neutral',
  entryPoints: ['src/model.ts'],
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
});
// CommonJS starts 10 ms sooner: the loader of ES modules is not needed for it, and modules of Node
// do not have to be made into ES modules, for which each thing that they offer is loaded.
const early = { ...options, format: 'cjs', outdir: 'dist', minifyIdentifiers: true };
await build({ ...early, entryPoints: ['src/cli.ts'], plugins: [loaded] });
await build({ ...early, entryPoints: ['src/quick.ts'], plugins: [quick] });
writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');
chmodSync('dist/cli.js', 0o755);
cpSync('src/probe/bin', 'dist/probe', { recursive: true });
const { renderManPage } = await loadSource('src/commands/man-page.ts');
writeFileSync('dist/xbuild.1', await renderManPage(own.version));
execFileSync('npx', ['tsc', '-p', 'tsconfig.types.json'], { stdio: 'inherit' });
writeFileSync('dist/types/package.json', '{ "type": "module" }\n');
// The library's types name only these folders; the others' are nobody's business.
for (const entry of readdirSync('dist/types', { withFileTypes: true })) {
  if (entry.isDirectory() && !['model', 'progress'].includes(entry.name)) {
    rmSync(join('dist/types', entry.name), { recursive: true });
  }
}
writeFileSync('THIRD-PARTY-NOTICES', notices(Object.keys(result.metafile.inputs)));

/** The names and licences of the packages that are bundled, with their licence texts. */
function notices(inputs) {
  const found = inputs.map((file) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file));
  const folders = new Map(found.filter(Boolean).map(([folder, name]) => [name, folder]));
  const parts = [...folders.keys()]
    .toSorted((one, other) => one.localeCompare(other))
    .map((name) => {
      const folder = folders.get(name);
      const { version, license } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      const text =
        file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
      return `${name} ${version} (${license})\n${text}`;
    });
  const nolibc = `nolibc, of the Linux kernel's tools/include (MIT, in the probe's programs)\n\n${readFileSync('src/probe/nolibc/README.md', 'utf8').trim()}\n`;
  return `dist/ contains these packages:\n\n${[...parts, nolibc].join(`\n${'-'.repeat(72)}\n`)}`;
}
