import type { Entry, Family } from './entry.ts';

/** Angle brackets and bars would be read as Markdown. */
function plain(text: string): string {
  return text.replaceAll(/[<>|]/g, String.raw`\$&`);
}

function page({ id, title, why, seen, proof, remedy, prevent }: Entry): string {
  return [
    `### \`${id}\``,
    `**${plain(title)}:** ${plain(why)}`,
    ['```text', ...seen, '```'].join('\n'),
    `- **How to tell:** ${plain(proof)}`.concat(
      `\n- **Fix:** ${plain(remedy)}`,
      `\n- **Prevent:** ${plain(prevent)}`,
    ),
  ].join('\n\n');
}

const introduction = `# Causes

What \`xbuild diagnose\` can name, one section each. \`xbuild diagnose --about ID\` prints the same
page; for a container or an image at hand the answer has its own evidence and commands.

An answer is *certain* where the walk of execve(2) over the files ends where the failure says,
*likely* where the facts fit, and *possible* where only the text of a log does. Ids do not change.

This page is written by \`node scripts/catalogue.mjs\` from \`src/causes\`: do not edit.`;

/** The catalogue as one page of Markdown: docs/causes.md. */
export function causesMarkdown(families: readonly Family[]): string {
  const contents = families.map(
    ({ title, causes }) =>
      `- ${title}: ${causes.map(({ id }) => `[\`${id}\`](#${id})`).join(', ')}`,
  );
  const sections = families.map(({ title, causes }) =>
    [`## ${title}`, ...causes.map(page)].join('\n\n'),
  );
  return `${[introduction, contents.join('\n'), ...sections].join('\n\n')}\n`;
}
