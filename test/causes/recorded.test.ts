import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { diagnose } from '../../src/diagnose/judge.ts';
import { containerFacts, logFacts, records, type Recorded, type Step } from './recorded.ts';

type Case = [name: string, record: Recorded, step: Step];

const cases = records.flatMap((record) =>
  record.steps.map((step): Case => [`${record.id}: ${step.step}, ${step.engine}`, record, step]),
);

function answer(facts: Parameters<typeof diagnose>[0]): string | undefined {
  return diagnose(facts, causes).cause?.id;
}

describe('failures that were reproduced on real engines', () => {
  const withFacts = cases.filter(([, record, step]) => containerFacts(record, step) !== undefined);

  it('are many', () => {
    expect(withFacts.length).toBeGreaterThan(120);
  });

  it.each(withFacts)('%s: the container tells the cause', (_, record, step) => {
    const facts = containerFacts(record, step);
    const found = facts === undefined ? undefined : answer(facts);
    expect([...record.accept, ...(record.accept.length === 0 ? [undefined] : [])]).toContain(found);
  });
});

/**
 * What the text cannot tell, and what is said of it instead: the words of another cause, which are
 * the same, and more common.
 */
const sameWords: Readonly<Record<string, string>> = {
  'mount-hides-program': 'command-not-found',
  'mount-created-directory': 'not-executable',
  'entrypoint-is-directory': 'not-executable',
  'directory-not-searchable': 'not-executable',
  'binfmt-disabled': 'no-rule',
  'binfmt-not-mounted': 'no-rule',
  'rule-disabled': 'no-rule',
  'rule-too-narrow': 'no-rule',
  'rule-interpreter-is-script': 'no-rule',
  'rule-interpreter-foreign': 'no-rule',
  'rule-interpreter-dynamic': 'rule-without-fix-binary',
  'image-mislabelled': 'no-rule',
  'core-dump': 'wrong-architecture',
  'object-file': 'wrong-architecture',
  'elf-truncated': 'wrong-architecture',
  'empty-file': 'wrong-architecture',
  'failed-download': 'wrong-architecture',
  'git-lfs-pointer': 'wrong-architecture',
  'archive-file': 'wrong-architecture',
  'libc-mismatch': 'loader-missing',
  'library-wrong-architecture': 'library-missing',
  'shebang-relative': 'shebang-crlf',
  // Old runc does not even name the program.
  'shebang-crlf': 'loader-missing',
  'script-without-shebang': 'wrong-architecture',
};

describe('their logs alone', () => {
  const silent = new Set(['elf-shared-object', 'oci-index-says-amd64-config-arm64']);
  const telling = cases.filter(
    // The script of that one has no #! line, whatever its record says of rules.
    ([, { id, accept }]) =>
      accept.length > 0 && !silent.has(id) && id !== 'detached-no-error-shown',
  );

  it.each(telling)('%s: the text names the cause, or its double', (_, { accept }, step) => {
    const doubles = accept.flatMap((id) => sameWords[id] ?? []);
    expect([...accept, ...doubles]).toContain(answer(logFacts(step)));
  });

  it.each(telling)('%s: the text proves nothing', (_, __, step) => {
    const { cause, others } = diagnose(logFacts(step), causes);
    const found = [cause, ...others].map((one) => one?.confidence ?? 'none');
    expect(new Set(found)).toEqual(new Set(['possible']));
  });

  it.each(cases.filter(([, { accept }]) => accept.length === 0))(
    '%s: no false alarm',
    (_, __, step) => {
      expect(answer(logFacts(step))).toBeUndefined();
    },
  );
});
