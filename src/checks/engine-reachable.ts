import type { Check } from '../model/preflight.ts';

export const order = 10;

/** The unreachable engine is an error, raised before there are facts; this says which one answers. */
export const check: Check = {
  id: 'engine-reachable',
  title: 'The engine answers',
  run({ facts: { engine } }) {
    const { endpoint } = engine;
    const place = engine.remote ? `on another machine (${engine.name})` : 'on this machine';
    return [
      {
        id: 'engine-reachable',
        status: 'pass',
        message: `Docker ${engine.version} answers at ${endpoint.url}, ${place}.`,
        evidence: [
          `chosen by: ${endpoint.source}`,
          `API ${engine.apiVersion}, ${engine.operatingSystem}, ${engine.architecture}, Linux ${engine.kernelVersion}`,
          ...modes(engine),
        ],
      },
    ];
  },
};

function modes(engine: { rootless: boolean; usernsRemap: boolean; desktop: boolean }): string[] {
  const words = [
    ...(engine.rootless ? ['rootless'] : []),
    ...(engine.usernsRemap ? ['userns-remap'] : []),
    ...(engine.desktop ? ['Docker Desktop'] : []),
  ];
  return words.length === 0 ? [] : [`mode: ${words.join(', ')}`];
}
