import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { diagnose } from '../../src/diagnose/judge.ts';
import { factsOf } from '../../src/diagnose/saved-facts.ts';
import type { DiagnosisFacts } from '../../src/model/diagnosis.ts';

interface Variant {
  name: string;
  /** What was asked about: a container that had failed, or its image alone. */
  from: 'container' | 'image';
  /** Right answers; empty where nothing is wrong. */
  accept: string[];
  facts: DiagnosisFacts;
}

const file = join(import.meta.dirname, '..', 'fixtures', 'causes', 'variants.json');
const variants = JSON.parse(readFileSync(file, 'utf8')) as Variant[];

describe('facts that were saved of other ways to the same causes, on Docker 28.5', () => {
  it.each(variants.map((one) => [`${one.name}, by its ${one.from}`, one] as const))(
    '%s',
    (_, { accept, facts }) => {
      const { cause } = diagnose(factsOf(facts), causes);
      expect(accept.length === 0 ? [undefined] : accept).toContain(cause?.id);
    },
  );
});
