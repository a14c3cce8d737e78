import { isKnown } from '../model/facts.ts';
import type { Check, ClientFacts } from '../model/preflight.ts';
import { compareVersions, versionNumbers } from './version.ts';

export const order = 40;

const id = 'builder';

export const check: Check = {
  id,
  title: 'The docker command can build with BuildKit',
  run({ facts: { client } }) {
    if (!isKnown(client)) {
      return [
        {
          id,
          status: 'unknown',
          message: `The docker command was not looked at: ${client.unknown}.`,
        },
      ];
    }
    if (client.buildx !== null) {
      const message = `docker has buildx ${client.buildx}.`;
      return [{ id, status: 'pass', message, evidence: [`command: ${client.command}`] }];
    }
    if (hasOwnBuildkit(client)) {
      const message = `docker ${client.version} has no buildx, but a BuildKit client of its own.`;
      return [{ id, status: 'pass', message, evidence: [`command: ${client.command}`] }];
    }
    return [
      {
        id,
        status: 'fail',
        message: `docker ${client.version} has no buildx plugin, and so no BuildKit client.`,
        why: 'Without it only the old builder is left, which mixes up platforms without saying so.',
        evidence: [`command: ${client.command}`],
        fix: {
          text: "Install the plugin where this docker command is. The package is docker-buildx-plugin from Docker's own repository (apt, dnf), docker-buildx in Debian and Ubuntu, docker-cli-buildx in Alpine. Take the line that fits.",
          commands: [
            'sudo apt-get install --yes docker-buildx-plugin || sudo apt-get install --yes docker-buildx',
            'sudo dnf install -y docker-buildx-plugin',
            'sudo apk add docker-cli-buildx',
          ],
        },
      },
    ];
  },
};

/** From 18.09 to 22 the command itself talks to BuildKit; since 23 the plugin does. */
function hasOwnBuildkit(client: ClientFacts): boolean {
  const version = versionNumbers(client.version ?? '');
  return (
    version !== undefined &&
    compareVersions(version, [18, 9]) >= 0 &&
    compareVersions(version, [23]) < 0
  );
}
