import type { FixedEngine } from '../model/rule-fixes.ts';
import type { Scene } from './scene.ts';

/** The engine as fixes need it; of a log nothing is known, and the machine at hand is meant. */
export function engineToFix({ facts }: Scene): FixedEngine {
  const { engine } = facts;
  return {
    endpoint: { url: '', source: 'default' },
    name: 'the engine',
    operatingSystem: engine?.operatingSystem ?? '',
    remote: engine?.remote ?? false,
    desktop: engine?.desktop ?? false,
    rootless: engine?.rootless ?? false,
    usernsRemap: engine?.usernsRemap ?? false,
  };
}
