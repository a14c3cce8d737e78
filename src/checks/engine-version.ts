import type { Finding } from '../model/finding.ts';
import type { EngineFacts } from '../model/facts.ts';
import type { Check } from '../model/preflight.ts';
import { asRoot } from '../model/rule-fixes.ts';
import { compareVersions, versionNumbers } from './version.ts';

export const order = 30;

const id = 'engine-version';

export const check: Check = {
  id,
  title: 'The engine is new enough',
  run({ facts: { engine } }) {
    const version = versionNumbers(engine.version);
    if (version === undefined) {
      const message = `The engine's version "${engine.version}" is not a number xbuild can compare.`;
      return [{ id, status: 'unknown', message }];
    }
    if (compareVersions(version, [18, 9]) < 0) return [withoutBuildkit(engine)];
    if (compareVersions(version, [20, 10]) < 0 && !engine.experimental) return [closed(engine)];
    const message = `Docker ${engine.version} builds for other platforms without being told to.`;
    return [{ id, status: 'pass', message }];
  },
};

function withoutBuildkit(engine: EngineFacts): Finding {
  return {
    id,
    status: 'fail',
    message: `Docker ${engine.version} has no BuildKit: that came with 18.09.`,
    why: 'xbuild builds with BuildKit; the older builder mixes up platforms without saying so.',
    fix: {
      text: 'Install Docker 20.10 or later on the engine: https://docs.docker.com/engine/install/',
      commands: [],
    },
  };
}

function closed(engine: EngineFacts): Finding {
  return {
    id,
    status: 'fail',
    message: `Docker ${engine.version} refuses --platform unless its experimental features are on.`,
    why: 'Since Docker 20.10 the switch is not needed; this engine is older.',
    evidence: ['the engine says of itself: experimental false'],
    fix: {
      text: 'Add "experimental": true to /etc/docker/daemon.json on the engine\'s machine, and restart Docker. (The first command is for a machine that has no such file yet; it leaves one that is there alone.)',
      commands: [
        asRoot(
          engine,
          String.raw`[ -e /etc/docker/daemon.json ] || echo '{ "experimental": true }' > /etc/docker/daemon.json`,
        ),
        asRoot(engine, 'systemctl restart docker'),
      ],
    },
  };
}
