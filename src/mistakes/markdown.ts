import type { Mistake } from './mistake.ts';

/** Angle brackets and bars would be read as Markdown. */
function plain(text: string): string {
  return text.replaceAll(/[<>|]/g, String.raw`\$&`);
}

function code(text: string): string {
  return ['```dockerfile', text, '```'].join('\n');
}

function section({ id, title, why, wrong, right, allowed }: Mistake): string {
  return [
    `## \`${id}\``,
    `**${plain(title)}.** ${plain(why)}`,
    'Wrong:',
    code(wrong),
    'Right:',
    code(right),
    `Not reported: ${plain(allowed)}`,
  ].join('\n\n');
}

const introduction = `# Mistakes

What \`xbuild check\` and \`xbuild build\` look for in a Dockerfile and its build context: what makes
an image wrong for a platform, or its build fail there. Nothing is run or downloaded for it, so a
finding says what the text says; \`xbuild verify\` proves what came of it. Ids do not change.

This page is written by \`node scripts/catalogue.mjs\` from \`src/mistakes\`: do not edit.`;

/** The catalogue as one page of Markdown: docs/mistakes.md. */
export function mistakesMarkdown(mistakes: readonly Mistake[]): string {
  const contents = mistakes.map(({ id, title }) => `- [\`${id}\`](#${id}): ${plain(title)}`);
  return `${[introduction, contents.join('\n'), ...mistakes.map(section)].join('\n\n')}\n`;
}
