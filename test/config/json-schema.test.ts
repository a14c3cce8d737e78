import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { configJsonSchema } from '../../src/config/json-schema.ts';

it('the shipped JSON Schema is that of the code (npm run generate writes it)', () => {
  const shipped: unknown = JSON.parse(readFileSync('schema/xbuild.schema.json', 'utf8'));
  expect(shipped).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
});
