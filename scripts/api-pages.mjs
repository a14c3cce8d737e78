// Makes the pages of docs/api from the docstrings and types of what the library exports.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

// TypeScript 7 has no API to parse with yet: the older one comes with the generator of the schemas.
const require = createRequire(createRequire(import.meta.url).resolve('ts-json-schema-generator'));
const ts = require('typescript');

const pages = [
  { file: 'docs/api/xbuild.md', title: '`xbuild`', entry: 'src/index.ts' },
  { file: 'docs/api/model.md', title: '`xbuild/model`', entry: 'src/model.ts' },
];

const parsed = new Map();

function sourceOf(path) {
  let source = parsed.get(path);
  if (source === undefined) {
    source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    parsed.set(path, source);
  }
  return source;
}

const isFrom = (statement) => statement.moduleSpecifier !== undefined;

function targetOf(statement, path) {
  return join(dirname(path), statement.moduleSpecifier.text);
}

function isExported(statement) {
  return statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

/** The declarations of a statement, by their names. */
function declarationsOf(statement) {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => [name.text, statement]);
  const isOne =
    ts.isFunctionDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isClassDeclaration(statement);
  return isOne ? [[statement.name.text, statement]] : [];
}

/** Names that an import or an export brings from another file: the name here and the name there. */
function namesOf(statement) {
  const named = ts.isExportDeclaration(statement)
    ? statement.exportClause
    : statement.importClause?.namedBindings;
  return (named?.elements ?? []).map(({ name, propertyName }) => [
    name.text,
    (propertyName ?? name).text,
  ]);
}

/** Where a name that is used in a file is declared; undefined for TypeScript's own. */
function find(name, path) {
  for (const statement of sourceOf(path).statements) {
    const own = declarationsOf(statement).find(([one]) => one === name);
    if (own !== undefined) return { name, path, statement };
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
    const from = namesOf(statement).find(([one]) => one === name);
    if (from !== undefined && isFrom(statement)) return find(from[1], targetOf(statement, path));
  }
  return undefined;
}

/** What a file exports, in its order; `aside` names a file whose exports have a page of their own. */
function exportsOf(path, aside) {
  return sourceOf(path).statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement))
      return isExported(statement)
        ? declarationsOf(statement).map(([name]) => ({ name, path, statement }))
        : [];
    const target = targetOf(statement, path);
    if (statement.exportClause === undefined)
      return target === aside ? [] : exportsOf(target, aside).filter(isTypeWhereAsked(statement));
    return namesOf(statement).map(([name, there]) => ({ ...find(there, target), as: name }));
  });
}

function isTypeWhereAsked({ isTypeOnly }) {
  return ({ statement }) =>
    !isTypeOnly || ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
}

const trim = (text) => text.replaceAll(/^ *\*? ?/gm, '').trim();

function docOf(node, path) {
  const [doc] = (node.jsDoc ?? []).slice(-1);
  if (doc === undefined)
    throw new Error(`${path}: ${node.name?.text ?? 'a file'} has no docstring`);
  return trim(doc.getText().slice('/**'.length, -'*/'.length));
}

/** The first docstring of a file, which is about the whole of it. */
function introduction(path) {
  const [, text = ''] = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(path, 'utf8')) ?? [];
  return trim(text);
}

/** A declaration as a user needs it: without `export`, and without what it does. */
function textOf(node) {
  const source = node.getSourceFile();
  const text = (from, to) => source.text.slice(from, to).trim();
  if (ts.isVariableStatement(node)) {
    const [declaration] = node.declarationList.declarations;
    return `const ${declaration.name.text}: ${declaration.type.getText()};`;
  }
  const start = isExported(node) ? node.modifiers.at(-1).end : node.getStart();
  if (ts.isFunctionDeclaration(node))
    return `${text(start, node.body.pos).replace(/^async /, '')};`;
  if (!ts.isClassDeclaration(node)) return text(start, node.end);
  const members = node.members.map((member) => {
    const end = member.body?.pos ?? member.end;
    const line = text(member.pos, end).replace(/^override /m, '');
    return `  ${line.replace(/;?$/, ';')}`;
  });
  return `${text(start, node.members.pos)}\n${members.join('\n')}\n}`;
}

/** The table that a type is the keys of: its keys are the type. */
function tableOf(node, path) {
  const [, name] = /= keyof typeof (\w+);$/.exec(textOf(node)) ?? [];
  const table = name === undefined ? undefined : find(name, path);
  return table === undefined ? '' : `\n\n${table.statement.getText()}`;
}

/** Names of types that a declaration is made of. */
function typesIn(node) {
  const found = [];
  const visit = (one) => {
    if (ts.isBlock(one)) return;
    if (ts.isTypeReferenceNode(one)) found.push(one.typeName.getText());
    if (ts.isExpressionWithTypeArguments(one)) found.push(one.expression.getText());
    ts.forEachChild(one, visit);
  };
  visit(node);
  return found;
}

/** Types that what is exported is made of, and that cannot be imported. */
function unnamed(exported) {
  const have = new Set(exported.map(({ statement }) => statement));
  return exported.flatMap(({ name, path, statement }) =>
    typesIn(statement)
      .map((type) => ({ type, found: find(type, path) }))
      .filter(({ found }) => found !== undefined && !have.has(found.statement))
      .map(({ type, found }) => `${type} of ${name} (${found.path})`),
  );
}

function section({ name, as = name, path, statement }) {
  const also = as === name ? '' : `The same as \`${name}\`.\n\n`;
  return `### \`${as}\`\n\n${also}${docOf(statement, path)}\n\n\`\`\`ts\n${textOf(statement)}${tableOf(statement, path)}\n\`\`\`\n`;
}

function render({ title, entry }, exported) {
  const files = [...new Set(exported.map(({ path }) => path))];
  const sections = files.map((file) => {
    const words = basename(file, '.ts').replaceAll('-', ' ');
    const own = exported.filter(({ path }) => path === file);
    return `## ${words}\n\n${own.map(section).join('\n')}`;
  });
  const note = `Written by \`npm run generate\` from the sources; [the library](../library.md) has examples.`;
  return `# ${title}\n\n${introduction(entry)}\n\n${note}\n\n${sections.join('\n')}`;
}

/** Each page's file and text. Throws where an export has no docstring, or a type no name. */
export function apiPages() {
  const model = exportsOf('src/model.ts');
  const all = [...exportsOf('src/index.ts', 'src/model.ts'), ...model];
  const missing = [...unnamed(model), ...unnamed(all)];
  if (missing.length > 0) throw new Error(`not exported:\n${[...new Set(missing)].join('\n')}`);
  return Object.fromEntries(
    pages.map((page) => [page.file, render(page, exportsOf(page.entry, 'src/model.ts'))]),
  );
}
