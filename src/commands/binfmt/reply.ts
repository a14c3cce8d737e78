import type { Outcome } from '../../changes/outcome.ts';
import type { Plan } from '../../changes/plan/plan.ts';
import { isOn } from '../../model/flags.ts';
import { escapeLine } from '../../model/escape.ts';
import { renderOutcome, renderPlan } from '../../reporters/binfmt-change.ts';
import { textOptionsOf } from '../text-options.ts';
import { changeDocument, tableDocument } from './change-document.ts';
import { outcomeLines, plannedOf } from './change-words.ts';
import type { Session } from './session.ts';

/** Tells a change to the user: a text as it goes on, or one JSON document at the end. */
export class Reply {
  readonly #name: string;
  readonly #session: Session;
  readonly #json: boolean;

  constructor(name: string, session: Session) {
    this.#name = name;
    this.#session = session;
    this.#json = isOn(session.parsed, 'json');
  }

  nothing(sentence: string): number {
    const { table } = this.#session.situation;
    if (this.#json)
      this.#document({
        ok: true,
        result: 'unchanged',
        message: sentence,
        after: tableDocument(table),
      });
    else this.#write(`${escapeLine(sentence)}\n`);
    return 0;
  }

  /** A change that is no write to the table; `lines` is what was done, as a shell would. */
  changed(sentence: string, lines: readonly string[]): number {
    if (this.#json)
      this.#document({ ok: true, result: 'applied', message: sentence, writes: lines });
    else this.#write(`${escapeLine(sentence)}\n`);
    return 0;
  }

  /** On stderr where stdout is the document's. */
  plan(plan: Plan): void {
    const { context } = this.#session;
    const stream = this.#json ? context.stderr : context.stdout;
    if (this.#json && isOn(this.#session.parsed, 'yes')) return;
    stream.write(renderPlan(plannedOf(plan, this.#session), textOptionsOf(stream, context.env)));
  }

  done(plan: Plan, outcome: Outcome | undefined): number {
    const ok = outcome === undefined || outcome.result === 'applied';
    const { place } = this.#session;
    if (this.#json) this.#document({ ok, ...changeDocument(plan, outcome, place) });
    else if (outcome !== undefined) {
      const { stdout, env } = this.#session.context;
      this.#write(
        `\n${renderOutcome(outcomeLines(outcome, place.directory), textOptionsOf(stdout, env))}`,
      );
    }
    if (this.#session.context.signal.aborted) return 130;
    return ok ? 0 : 1;
  }

  #write(text: string): void {
    this.#session.context.stdout.write(text);
  }

  #document(fields: Record<string, unknown>): void {
    const { place } = this.#session;
    const head = { schemaVersion: 1, command: `binfmt ${this.#name}`, place: place.name };
    this.#write(`${JSON.stringify({ ...head, ...fields }, null, 2)}\n`);
  }
}
