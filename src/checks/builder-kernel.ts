import { shellQuote } from '../model/escape.ts';
import { isKnown } from '../model/facts.ts';
import type { Check } from '../model/preflight.ts';
import { elsewhere } from './scene.ts';

export const order = 50;

const id = 'builder-kernel';

export const check: Check = {
  id,
  title: "The build's steps run on the kernel that is looked at",
  run({ facts }) {
    const { builder } = facts;
    if (!isKnown(builder)) {
      return [{ id, status: 'unknown', message: `The builder is not known: ${builder.unknown}.` }];
    }
    const evidence = [
      `builder ${builder.name}, driver ${builder.driver}, chosen by ${builder.source}`,
    ];
    const driver = elsewhere(facts);
    if (driver !== undefined) {
      return [
        {
          id,
          status: 'unknown',
          message: `Builder ${builder.name} has driver "${driver}": its steps run on a machine that xbuild cannot look at.`,
          why: "What this engine's kernel can run says nothing about that machine, so preflight stops here.",
          evidence,
          fix: {
            text: 'See what the builder says of itself, or build with the engine by choosing the builder "default".',
            commands: [`docker buildx inspect --bootstrap ${shellQuote(builder.name)}`],
          },
        },
      ];
    }
    if (builder.driver === 'unknown') {
      const message = `Builder ${builder.name} has a driver that xbuild does not know; it is taken to run on the engine.`;
      return [{ id, status: 'unknown', message, evidence }];
    }
    const message = `Builder ${builder.name} runs the steps on the engine's own kernel.`;
    return [{ id, status: 'pass', message, evidence }];
  },
};
