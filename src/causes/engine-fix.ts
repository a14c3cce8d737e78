import type { FixedEngine } from '../model/rule-fixes.ts';
import type { Scene } from './scene.ts';

/**
 * The engine as fixes need it; of a log, and in facts of older versions, nothing is known of where it
 * is, and the one is meant that docker talks to by itself.
 */
export function engineToFix({ facts }: Scene): FixedEngine {
  const { engine } = facts;
  return {
    endpoint: engine?.endpoint ?? { url: '', source: 'default' },
    name: 'the engine',
    operatingSystem: engine?.operatingSystem ?? '',
    remote: engine?.remote ?? false,
    desktop: engine?.desktop ?? false,
    rootless: engine?.rootless ?? false,
    usernsRemap: engine?.usernsRemap ?? false,
  };
}
