// Base images of several platforms: Debian with packages installed by its own dpkg, and a registry
// for the classic stores, which hold one platform a name.
import { describe, expect, onTestFinished, test } from 'vitest';
import { busyboxBase, loadDebian } from '../lab/images.mjs';
import { startEngine, type LabOptions } from '../lab/lab.mjs';
import { startRegistry } from '../lab/servers.mjs';
import { contentsOf, makeContext, PAIRS, reason, skipped, xbuild } from './xbuild.ts';

const start = async (options: LabOptions) => {
  const lab = await startEngine({ name: 'bases', ...options });
  onTestFinished(() => lab.stop());
  return lab;
};

describe.skipIf(reason)(`base images${skipped}`, () => {
  test.each(PAIRS.filter((_pair, index) => index % 2 === 0))(
    'of several platforms come from a registry (Docker $version, $store store)',
    async (pair) => {
      const registry = await startRegistry();
      onTestFinished(() => registry.stop());
      const bases = [await busyboxBase('amd64'), await busyboxBase('arm64')];
      await registry.put('library/busybox:latest', bases);
      const lab = await start({ ...pair, mirror: registry });
      const Dockerfile = `FROM --platform=$BUILDPLATFORM busybox AS build
ARG TARGETARCH
RUN echo "$(uname -m) for $TARGETARCH" > /made
FROM busybox
COPY --from=build /made /made
RUN uname -m >> /made
CMD ["cat", "/made"]
`;
      const context = await makeContext({ Dockerfile });
      const words = ['--platform', 'linux/amd64,linux/arm64', '-t', 'app', '--json', context];
      const ended = await xbuild(lab, words);
      expect(ended).toMatchObject({ status: 0, left: [] });
      const unames = ended.json.platforms.map(({ verification }) => verification?.uname);
      expect(unames).toMatchObject([
        { actual: 'x86_64', by: 'image' },
        { actual: 'aarch64', by: 'image' },
      ]);
      const name = ended.json.platforms[1]?.tags[0] ?? '';
      const run = ['run', '--rm', '--network=none', '--platform=linux/arm64', name];
      expect((await lab.docker(run)).stdout).toBe('x86_64 for arm64\naarch64\n');

      const missing = await xbuild(lab, ['--platform=linux/s390x', '-t', 'no', '--json', context]);
      expect(missing.status).toBe(1);
      const { failure } = missing.json.platforms[0] ?? {};
      expect(failure?.error).toContain('no match for platform');
      expect(failure?.finding).toMatchObject({
        id: 'base-image-platform',
        message: 'The base image docker.io/library/busybox:latest is not there for linux/s390x.',
      });
      expect(Object.keys((await contentsOf(lab)).tags)).not.toContain('no:latest');
    },
  );

  // The first time on a machine Debian is made for two architectures, one of them emulated: minutes.
  test('such as Debian install their own packages', { timeout: 1_800_000 }, async () => {
    const lab = await start({ version: '28.5', store: 'containerd', net: true });
    await loadDebian(lab);
    const Dockerfile = `FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends hello
CMD ["hello"]
`;
    const context = await makeContext({ Dockerfile });
    const words = ['--platform', 'linux/amd64,linux/arm64', '-t', 'hello', '--json', context];
    const ended = await xbuild(lab, words);
    expect(ended).toMatchObject({ status: 0, left: [] });
    for (const platform of ['linux/amd64', 'linux/arm64']) {
      const run = ['run', '--rm', '--network=none', '--platform', platform, 'hello'];
      expect((await lab.docker(run)).stdout).toContain('Hello, world!');
    }
  });
});
