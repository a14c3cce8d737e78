import type { CiSystem, Environment } from './system.ts';
import { systems } from './systems.ts';

/** The CI system whose job this process runs in, where it understands more than plain lines. */
export function systemOf(env: Environment): CiSystem | undefined {
  return systems.find((system) => system.isHere(env));
}

/** Makes of text that others wrote one in which a CI system finds no command. */
export function disarmText(system: CiSystem, text: string): string {
  return text.replaceAll(/[^\r\n]+/g, (line) => system.disarm(line));
}
