import { describe, expect, it } from 'vitest';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';
import { explainBySources, mistakeAt } from '../../src/mistakes/explain.ts';
import type { Finding } from '../../src/model/finding.ts';
import { findingsIn, lines } from './found.ts';

const text = lines(
  'FROM debian AS tools',
  'RUN apt-get update \\',
  '  && curl -o /tool https://example.com/tool-linux-amd64',
  'FROM debian',
  'COPY --from=tools /tool /usr/local/bin/tool',
);
const sources = { dockerfile: parseDockerfile(text), findings: findingsIn(text) };

const wrong: Finding = {
  id: 'wrong-architecture',
  status: 'fail',
  message: '/usr/local/bin/tool is an amd64 program',
  evidence: ['an ELF program for amd64'],
  location: {
    path: '/usr/local/bin/tool',
    layer: { diffId: 'sha256:1', index: 1, createdBy: 'COPY /tool /usr/local/bin/tool # buildkit' },
  },
};

describe('explainBySources()', () => {
  it('says by which instructions a file came into the image, and what is wrong with them', () => {
    const { location, evidence, fix } = explainBySources(wrong, 'linux/arm64', sources);
    expect(location?.source).toEqual({ file: 'Dockerfile', line: 2, endLine: 3 });
    expect(evidence).toEqual([
      'an ELF program for amd64',
      'Dockerfile:5: COPY --from=tools /tool /usr/local/bin/tool',
      'Dockerfile:2: RUN apt-get update && curl -o /tool https://example.com/tool-linux-amd64',
      'RUN downloads what is for amd64 (amd64), also for linux/arm64. [download-architecture]',
    ]);
    expect(fix?.text).toContain('ARG TARGETARCH');
  });

  it.each<[string, Finding]>([
    ['a file of the base image', { ...wrong, location: { path: '/bin/sh' } }],
    ['what is well', { ...wrong, status: 'pass' }],
    ['what has no path', { id: 'uname', status: 'fail', message: 'x' }],
    [
      'what is known already',
      { ...wrong, location: { path: '/x', source: { file: 'y', line: 1 } } },
    ],
  ])('leaves as it is: %s', (_what, finding) => {
    expect(explainBySources(finding, 'linux/arm64', sources)).toBe(finding);
  });
});

describe('mistakeAt()', () => {
  it.each([
    ['Dockerfile:3', 'download-architecture'],
    ['Dockerfile:5', undefined],
    ['Dockerfile', undefined],
    [undefined, undefined],
  ])('%s: %s', (place, id) => {
    expect(mistakeAt(place, sources)?.id).toBe(id);
  });
});
