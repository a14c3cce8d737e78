import { describe, expect, test } from 'vitest';
import {
  ARM64_LOADER,
  findingsOf,
  glibc,
  library,
  program,
  type MadeImage,
} from './made-inventory.ts';

const java = { '/usr/lib/jvm/java-17-openjdk-arm64/bin/java': { architecture: 'arm64' } };
const jemalloc = library('libjemalloc.so.2');
const base = { ...glibc('arm64', ARM64_LOADER), '/bin/app': program() };

describe('a variable of the image', () => {
  test.each<[string, MadeImage, string[]]>([
    [
      'that names the JDK of another platform',
      { files: java, env: ['JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64/'] },
      [
        "warn environment-path the image's JAVA_HOME names /usr/lib/jvm/java-17-openjdk-amd64, and the image has no such path: linux/arm64 has /usr/lib/jvm/java-17-openjdk-arm64",
      ],
    ],
    [
      'that names it in other words',
      {
        files: { '/usr/lib/aarch64-linux-gnu/liba.so': library('liba.so') },
        env: ['LD_LIBRARY_PATH=/opt/lib:/usr/lib/x86_64-linux-gnu'],
      },
      [
        "warn environment-path the image's LD_LIBRARY_PATH names /usr/lib/x86_64-linux-gnu, and the image has no such path: linux/arm64 has /usr/lib/aarch64-linux-gnu",
      ],
    ],
    [
      'of which the last value counts',
      {
        files: java,
        env: [
          'JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64',
          'JAVA_HOME=/usr/lib/jvm/java-17-openjdk-arm64',
        ],
      },
      [],
    ],
    [
      'whose path is there is right, whatever it is called',
      {
        files: { ...java, '/usr/lib/jvm/java-17-openjdk-amd64': { link: 'java-17-openjdk-arm64' } },
        env: ['JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64'],
      },
      [],
    ],
    [
      'is not judged where the image has no such path of its own platform either',
      { files: { '/bin/app': { architecture: 'arm64' } }, env: ['MODELS=/srv/models-amd64'] },
      [],
    ],
    [
      'that preloads a library which is not there',
      { files: base, env: ['LD_PRELOAD=/usr/lib/libjemalloc.so.2'] },
      [
        "warn environment-path the image's LD_PRELOAD names /usr/lib/libjemalloc.so.2, and the image has no such file",
      ],
    ],
    [
      'that preloads a library which is there is right',
      {
        files: { ...base, '/usr/lib/libjemalloc.so.2': jemalloc },
        env: ['LD_PRELOAD=/usr/lib/libjemalloc.so.2 libother.so:/usr/$LIB/x.so'],
      },
      [],
    ],
    [
      'that preloads a library of another architecture is an error of that library',
      {
        files: { ...base, '/usr/lib/libjemalloc.so.2': { ...jemalloc, architecture: 'amd64' } },
        env: ['LD_PRELOAD=/usr/lib/libjemalloc.so.2'],
      },
      [
        'fail wrong-architecture /usr/lib/libjemalloc.so.2 is a library for amd64, and the image is for linux/arm64',
      ],
    ],
    [
      'is not judged where not everything was read',
      { files: java, env: ['LD_PRELOAD=/a.so'], inventory: { incomplete: 'it was cut off' } },
      [],
    ],
  ])('%s', (_, made, expected) => {
    const found = findingsOf(made).map(({ status, id, message }) => `${status} ${id} ${message}`);
    expect(found).toEqual(expected);
  });
});
