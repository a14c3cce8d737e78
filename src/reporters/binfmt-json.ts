import type { RuleRow } from '../binfmt/list.ts';
import type { MatchReport } from '../binfmt/match.ts';
import { whyNoRules } from '../binfmt/place-words.ts';
import type { RegisterReport } from '../binfmt/register-fields.ts';
import type { RuleView } from '../binfmt/show.ts';
import type { Table } from '../binfmt/table.ts';
import type {
  BinfmtExplainDocument,
  BinfmtListDocument,
  BinfmtMatchDocument,
  BinfmtShowDocument,
  TableFields,
} from './documents.ts';

/** The JSON documents: field names are part of xbuild's interface; rule text is byte strings. */
const schemaVersion = 1;

function tableFields(table: Table): TableFields {
  const { knownToKernel, mount, status } = table.binfmt;
  const missing = whyNoRules(table);
  return {
    place: table.place,
    knownToKernel,
    mount,
    status,
    ...(missing === undefined ? {} : { noRules: missing }),
  };
}

export function listDocument(table: Table, rules: readonly RuleRow[]): BinfmtListDocument {
  const ok = table.problem === undefined;
  return { schemaVersion, command: 'binfmt list', ok, ...tableFields(table), rules };
}

export function showDocument(table: Table, rule: RuleView): BinfmtShowDocument {
  return { schemaVersion, command: 'binfmt show', ok: true, ...tableFields(table), rule };
}

export function matchDocument(table: Table, match: MatchReport): BinfmtMatchDocument {
  return { schemaVersion, command: 'binfmt match', ok: true, ...tableFields(table), match };
}

export function explainDocument(report: RegisterReport): BinfmtExplainDocument {
  const ok = report.refusal === undefined;
  return { schemaVersion, command: 'binfmt explain', ok, ...report };
}
