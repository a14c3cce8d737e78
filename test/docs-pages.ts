import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The pages of the documentation, for the tests that read them. */
export const root = join(import.meta.dirname, '..');
export const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'examples/README.md',
  'test/lab/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
export const textOf = (page: string) => readFileSync(join(root, page), 'utf8');

export interface Block {
  page: string;
  line: number;
  language: string;
  text: string;
}

/** The fenced blocks of a page, also inside lists. */
function blocksOf(page: string): Block[] {
  const text = textOf(page);
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length + 1,
    language: match[2] ?? '',
    text: match[3] ?? '',
  }));
}

const blocks = pages.flatMap(blocksOf);
export const inLanguage = (...languages: string[]) =>
  blocks.filter(({ language }) => languages.includes(language));
