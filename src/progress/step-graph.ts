import { parseStepName, type StepEvent, type StepName } from './event.ts';

/**
 * Remembers which step is made from which, to tell whose step it is where its name does not.
 *
 * BuildKit names no platform in the RUN steps of a stage that starts from scratch; what such a step
 * is made from has one.
 */
export class StepGraph {
  private readonly names = new Map<string, StepName>();
  private readonly inputs = new Map<string, readonly string[]>();

  take(event: StepEvent): void {
    this.names.set(event.id, parseStepName(event.name));
    if (event.inputs !== undefined) this.inputs.set(event.id, event.inputs);
  }

  /** The step's name, with the platforms of the nearest step that it is made from. */
  nameOf(id: string): StepName {
    const own = this.names.get(id) ?? { instruction: '' };
    const source = own.target === undefined ? this.nearest(id, new Set()) : undefined;
    return source === undefined ? own : { ...source, ...own };
  }

  private nearest(id: string, seen: Set<string>): Pick<StepName, 'target' | 'runsOn'> | undefined {
    if (seen.has(id)) return undefined;
    seen.add(id);
    const { target, runsOn } = this.names.get(id) ?? {};
    if (target !== undefined) return { target, ...(runsOn === undefined ? {} : { runsOn }) };
    for (const input of this.inputs.get(id) ?? []) {
      const found = this.nearest(input, seen);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
