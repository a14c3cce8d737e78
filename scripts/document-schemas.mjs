// Makes the JSON Schemas of the documents of --json from their types.
import { createGenerator } from 'ts-json-schema-generator';

/** Each schema's file, its type in src/reporters/documents.ts, and the command. */
const schemas = [
  ['build', 'BuildOutput', 'xbuild build --json'],
  ['preflight', 'PreflightOutput', 'xbuild preflight --json'],
  ['verify', 'VerifyOutput', 'xbuild verify --json'],
  ['diagnose', 'DiagnoseOutput', 'xbuild diagnose --json'],
  ['check', 'CheckOutput', 'xbuild check --json'],
  ['config', 'ConfigOutput', 'xbuild config --json'],
  ['init', 'InitOutput', 'xbuild init --json'],
  ['binfmt-list', 'BinfmtListOutput', 'xbuild binfmt list --json'],
  ['binfmt-show', 'BinfmtShowOutput', 'xbuild binfmt show --json'],
  ['binfmt-match', 'BinfmtMatchOutput', 'xbuild binfmt match --json'],
  ['binfmt-explain', 'BinfmtExplainOutput', 'xbuild binfmt explain --json'],
  ['binfmt-change', 'BinfmtChangeOutput', 'xbuild binfmt add, remove, enable and the like --json'],
];

/** The schemas by their files in `schema/`, draft 07; fields that they do not name may be added. */
export function documentSchemas() {
  const generator = createGenerator({
    path: 'src/reporters/documents.ts',
    tsconfig: 'tsconfig.json',
    type: '*',
    expose: 'export',
    topRef: false,
    additionalProperties: true,
    // The compiler of the project checks them; this one is older.
    skipTypeCheck: true,
    jsDoc: 'extended',
    sortProps: false,
  });
  return Object.fromEntries(
    schemas.map(([name, type, title]) => {
      const { $schema, description: _description, ...rest } = generator.createSchema(type);
      return [`${name}.schema.json`, { $schema, title, ...rest }];
    }),
  );
}
