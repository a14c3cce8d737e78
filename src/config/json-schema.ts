import { toJsonSchema } from '@valibot/to-json-schema';
import { configSchema } from './schema.ts';

/** The JSON Schema (draft 7) of xbuild.yaml, for editors; `schema/xbuild.schema.json` holds it. */
export function configJsonSchema(): Record<string, unknown> {
  // What the library cannot write (own checks of platforms) only xbuild itself says.
  const schema = toJsonSchema(configSchema, { errorMode: 'ignore', target: 'draft-07' });
  return {
    ...schema,
    title: 'xbuild.yaml',
    description: 'What xbuild builds, for which platforms, and what it verifies.',
    patternProperties: { '^x-': {} },
  };
}
