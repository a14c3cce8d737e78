import * as fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import { escapeLine } from '../../src/model/escape.ts';
import { markdownBlock, markdownText } from '../../src/reporters/markdown-text.ts';
import { renderMarkdown } from '../../src/reporters/markdown.ts';
import { anyReport, anyText, reported, subject, wrongProgram } from './made-report.ts';

/** As GitHub shows it; HTML that is in the text would be let through. */
function page(markdown: string): string {
  return micromark(markdown, {
    allowDangerousHtml: true,
    allowDangerousProtocol: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  });
}

function plainText(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

/** The elements that our own Markdown makes. */
const ours = new Set(
  'h2 h3 table thead tbody tr th td p pre code strong blockquote ul li'.split(' '),
);

describe('renderMarkdown()', () => {
  it('is a table, then each finding with its fix', () => {
    const other = subject({
      name: 'app:1 linux/amd64',
      outcome: 'ok',
      findings: [],
      summary: 'verified x86_64',
    });
    expect(renderMarkdown(reported({ subjects: [other, subject()], notes: ['Mind this.'] })))
      .toMatchInlineSnapshot(`
        "## xbuild verify: not well

        | | What | Result | Time |
        |---|---|---|---:|
        | ✅ | app:1 linux/amd64 | verified x86&#95;64 | 1.3s |
        | ❌ | app:1 linux/arm64 | not verified | 1.3s |

        ### ❌ /app is an amd64 program, and the image is for linux/arm64

        Check: entrypoint-architecture

        It ends in "exec format error" where nothing emulates amd64&#46;

        \`\`\`
        in the image: /app
        layer 2 (sha256:1111): COPY app /app # buildkit
        docker/Dockerfile:7
        ENTRYPOINT of app:1
        /app: amd64 program, statically linked
        \`\`\`

        **Fix:** Build it for the platform.

        \`\`\`sh
        docker build --platform linux/arm64 .
        \`\`\`

        > Mind this.
        "
      `);
  });

  it('tells once what is the same for several platforms', () => {
    const { location: _location, ...nowhere } = wrongProgram;
    const findings = ['linux/arm64', 'linux/s390x'].map((platform) => ({
      ...nowhere,
      message: 'It fails',
      platform,
    }));
    const text = renderMarkdown(reported({ subjects: [subject({ findings })] }));
    expect(text.match(/^### .*/gm)).toEqual(['### ❌ linux/arm64, linux/s390x: It fails']);
  });

  it('has no element but our own, whatever the texts', () => {
    fc.assert(
      fc.property(anyReport, (any) => {
        const html = page(renderMarkdown({ ...reported(), report: any }));
        const elements = [...html.matchAll(/<([a-z][\w-]*)/g)].map(([, name = '']) => name);
        expect(elements.filter((name) => !ours.has(name))).toEqual([]);
        expect(elements.filter((name) => name === 'tr')).toHaveLength(any.subjects.length + 1);
      }),
      { numRuns: 150 },
    );
  });
});

describe('markdownText()', () => {
  it('shows the text as it is, in a paragraph and in a cell', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const expected = escapeLine(text)
          .trim()
          .replaceAll(/\p{Surrogate}/gu, '\uFFFD');
        const inCell = page(`|${markdownText(text)}|x|\n|-|-|`);
        const inParagraph = page(`>${markdownText(text)}`);
        for (const html of [inParagraph, inCell]) {
          expect(html).not.toMatch(/<(?:a|em|strong|code|del|img|h1|li|pre|br)\b/);
        }
        expect(plainText(inParagraph).replaceAll('\u200B', '').trim()).toBe(
          expected.replaceAll('\u200B', '').trim(),
        );
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['linux/arm64 qemu 7.2.22', 'linux/arm64 qemu 7.2.22'],
    ['@octocat', '&#64;&#8203;octocat'],
    ['app@sha256', 'app&#64;sha256'],
  ])('%s is written %s', (text, written) => {
    expect(markdownText(text)).toBe(written);
  });
});

describe('markdownBlock()', () => {
  it('is one code block, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 3 }), (lines) => {
        const html = page(markdownBlock(lines).join('\n'));
        expect(html).toMatch(/^<pre><code>[^]*<\/code><\/pre>\n?$/);
        expect(html.match(/<[a-z]/g)).toHaveLength(2);
      }),
    );
  });
});
