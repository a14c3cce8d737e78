// Writes the index of a catalogue, a folder where every file that exports an `order` is one entry,
// and the pages in docs of causes and mistakes.
//
//   node scripts/catalogue.mjs           writes the indexes
//   node scripts/catalogue.mjs --check   says whether they are up to date (exit status 1: no)
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

const catalogues = [
  {
    folder: 'src/checks',
    entry: 'check',
    list: 'checks',
    type: 'Check',
    from: '../model/preflight.ts',
    file: 'index.ts',
  },
  {
    folder: 'src/causes',
    entry: 'family',
    list: 'families',
    type: 'Family',
    from: './entry.ts',
    file: 'families.ts',
  },
  {
    folder: 'src/mistakes',
    entry: 'mistake',
    list: 'mistakes',
    type: 'Mistake',
    from: './mistake.ts',
    file: 'index.ts',
  },
  {
    folder: 'src/faults',
    entry: 'fault',
    list: 'faults',
    type: 'Fault',
    from: './fault.ts',
    file: 'index.ts',
  },
  {
    folder: 'src/ci',
    entry: 'ci',
    list: 'systems',
    type: 'CiSystem',
    from: './system.ts',
    file: 'systems.ts',
  },
];

/** The folder's entries in the order that they give themselves. */
function entriesOf({ folder, file }) {
  const entries = readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.ts') && name !== file)
    .map((name) => ({ name, order: orderOf(readFileSync(join(root, folder, name), 'utf8')) }))
    .filter(({ order }) => order !== undefined)
    .toSorted((one, other) => one.order - other.order);
  for (const [at, { name, order }] of entries.entries()) {
    const twin = entries[at + 1];
    if (twin?.order === order) throw new Error(`${name} and ${twin.name} have the same order`);
  }
  return entries.map(({ name }) => name);
}

function orderOf(source) {
  const match = /^export const order = (\d+);$/m.exec(source);
  return match === null ? undefined : Number(match[1]);
}

/** `rule-flags.ts` is `ruleFlags`. */
function word(name) {
  return name.slice(0, -'.ts'.length).replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase());
}

function indexOf(catalogue) {
  const { entry, list, type, from } = catalogue;
  const names = entriesOf(catalogue);
  const lines = [
    '// Written by scripts/catalogue.mjs from the files of this folder: do not edit.',
    `import type { ${type} } from '${from}';`,
    ...names.map((name) => `import { ${entry} as ${word(name)} } from './${name}';`),
    '',
    `/** Every ${entry}, in the order of what depends on what. */`,
    ...listLines(`export const ${list}: readonly ${type}[] = `, names.map(word)),
    '',
  ];
  return lines.join('\n');
}

/** As the formatter lays it out: on one line where it fits. */
function listLines(lead, words) {
  const line = `${lead}[${words.join(', ')}];`;
  return line.length <= 100 ? [line] : [`${lead}[`, ...words.map((one) => `  ${one},`), '];'];
}

/** A page of docs, from the sources of a catalogue: Node runs them once they are JavaScript. */
async function pageOf(folder, list, render, file) {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { ${list} } from './${file}'; export { ${render} } from './markdown.ts';`,
      resolveDir: join(root, folder),
    },
    bundle: true,
    write: false,
    format: 'esm',
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  const page = await import(`data:text/javascript;base64,${code}`);
  return page[render](page[list]);
}

const onlyCheck = process.argv.includes('--check');

function keep(file, text) {
  const path = join(root, file);
  if (!onlyCheck) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    console.error(`${file} is out of date: run node scripts/catalogue.mjs`);
    process.exitCode = 1;
  }
}

for (const catalogue of catalogues) {
  keep(`${catalogue.folder}/${catalogue.file}`, indexOf(catalogue));
}
keep('docs/causes.md', await pageOf('src/causes', 'families', 'causesMarkdown', 'families.ts'));
keep('docs/mistakes.md', await pageOf('src/mistakes', 'mistakes', 'mistakesMarkdown', 'index.ts'));
