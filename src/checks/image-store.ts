import type { EngineFacts } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import type { Check } from '../model/preflight.ts';

export const order = 60;

const id = 'image-store';

/** Never a failure: every store can hold what xbuild builds, under one tag or under several. */
export const check: Check = {
  id,
  title: 'The image store holds several platforms under one tag',
  run({ facts: { engine }, platforms, named }) {
    const evidence = [`storage driver: ${engine.storageDriver}`];
    if (engine.store === 'containerd') {
      const message = 'The containerd image store holds all platforms of an image under one tag.';
      return [{ id, status: 'pass', message, evidence }];
    }
    if (!named || platforms.length < 2) {
      const message = 'The classic image store holds one platform under one tag.';
      return [{ id, status: 'pass', message, evidence }];
    }
    return [severalInClassic(engine, evidence)];
  },
};

function severalInClassic(engine: EngineFacts, evidence: string[]): Finding {
  return {
    id,
    status: 'warn',
    message: 'The classic image store holds one platform under one tag, and several are wanted.',
    why: 'Each platform is loaded under a tag of its own, and they are built one by one instead of together.',
    evidence,
    fix: {
      text: engine.desktop
        ? 'For one tag, switch on "Use containerd for pulling and storing images" in Docker Desktop\'s settings. Images of the classic store stay there, out of sight.'
        : 'For one tag, add "features": { "containerd-snapshotter": true } to /etc/docker/daemon.json on the engine\'s machine and restart Docker (24 or later). Images of the classic store stay there, out of sight.',
      commands: [],
    },
  };
}
