import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { locateInSources } from '../../src/dockerfile/locate.ts';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';
import { parsePlatform } from '../../src/model/platform.ts';

const folder = 'test/dockerfile/history';
const records = readdirSync(folder).filter((name) => name.endsWith('.json'));

function textOf(record: string): string {
  const [name] = record.split('-');
  return readFileSync(`${folder}/${name}.Dockerfile`, 'utf8');
}

/** The lines that the entries of a recorded history come from, those that make files. */
function linesOf(record: string): (string | undefined)[] {
  const dockerfile = parseDockerfile(textOf(record));
  const history = JSON.parse(readFileSync(`${folder}/${record}`, 'utf8')) as string[];
  return history
    .filter((entry) => /(?:^|\) )(?:COPY|ADD) |^RUN |^\|/.test(entry))
    .map((createdBy) => {
      const trace = locateInSources({ path: '/none', layer: { createdBy }, dockerfile });
      return trace && `${trace.source.line}-${trace.source.endLine ?? trace.source.line}`;
    });
}

describe('locateInSources() finds the instruction of each layer that a real engine made', () => {
  it.each(records.filter((record) => record.startsWith('mixed')))('%s', (record) => {
    expect(linesOf(record)).toEqual([
      '18-18',
      '19-19',
      '20-20',
      '21-21',
      '22-22',
      '23-23',
      '24-24',
      '26-28',
      '30-30',
    ]);
  });

  it.each(records.filter((record) => record.startsWith('heredocs')))('%s', (record) => {
    expect(linesOf(record)).toEqual(['6-6', '7-7', '8-8', '9-13', '14-17', '18-20', '21-21']);
  });
});

interface Case {
  dockerfile: string;
  createdBy: string;
  path: string;
  /** Lines of the steps, the last one being the answer. */
  lines?: number[];
  contextPath?: string;
}

const builder = `FROM golang AS build
WORKDIR /src
COPY go.mod ./
COPY . .
RUN go build -o /out/app ./cmd
RUN chmod +x /out/app
FROM scratch
`;

const cases: Record<string, Case> = {
  'a file of the build context': {
    dockerfile: 'FROM scratch\nCOPY bin/tool /usr/bin/tool',
    createdBy: 'COPY bin/tool /usr/bin/tool # buildkit',
    path: '/usr/bin/tool',
    lines: [2],
    contextPath: 'bin/tool',
  },
  'a file below a directory of the context': {
    dockerfile: 'FROM scratch\nCOPY dist/ /srv',
    createdBy: 'COPY dist/ /srv # buildkit',
    path: '/srv/bin/tool',
    lines: [2],
    contextPath: 'dist/bin/tool',
  },
  'a file of the whole context, into the working directory': {
    dockerfile: 'FROM scratch\nWORKDIR /app\nCOPY . .',
    createdBy: 'COPY . . # buildkit',
    path: '/app/node_modules/a/a.node',
    lines: [3],
    contextPath: 'node_modules/a/a.node',
  },
  'COPY --from of what a RUN makes: the RUN that names the path first': {
    dockerfile: `${builder}COPY --from=build /out/app /app`,
    createdBy: 'COPY /out/app /app # buildkit',
    path: '/app',
    lines: [8, 5],
  },
  'the same by the stage’s number, from a directory': {
    dockerfile: `${builder}COPY --from=0 /out /usr/local/bin/`,
    createdBy: 'COPY /out /usr/local/bin/ # buildkit',
    path: '/usr/local/bin/app',
    lines: [8, 5],
  },
  'a path with TARGETARCH': {
    dockerfile:
      'FROM golang AS b\nARG TARGETARCH\nRUN go build -o /app-$TARGETARCH\nFROM scratch\nARG TARGETARCH\nCOPY --from=b /app-${TARGETARCH} /app',
    createdBy: 'COPY /app-arm64 /app # buildkit',
    path: '/app',
    lines: [6, 3],
  },
  'a path from where the RUN runs': {
    dockerfile:
      'FROM golang AS b\nWORKDIR /w\nRUN go build -o bin/app\nFROM scratch\nCOPY --from=b /w/bin/app /app',
    createdBy: 'COPY /w/bin/app /app # buildkit',
    path: '/app',
    lines: [5, 3],
  },
  'through two stages, to the context': {
    dockerfile:
      'FROM scratch AS one\nCOPY tool /t\nFROM scratch AS two\nCOPY --from=one /t /u\nFROM scratch\nCOPY --from=two /u /v',
    createdBy: 'COPY /u /v # buildkit',
    path: '/v',
    lines: [6, 4, 2],
    contextPath: 'tool',
  },
  'a directory that is copied before a RUN that may have made it: the sure step alone': {
    dockerfile:
      'FROM golang AS b\nWORKDIR /w\nCOPY . .\nRUN make\nFROM scratch\nCOPY --from=b /w/out/app /app',
    createdBy: 'COPY /w/out/app /app # buildkit',
    path: '/app',
    lines: [6],
  },
  'COPY --from an image': {
    dockerfile: 'FROM scratch\nCOPY --from=busybox:1 /bin/sh /bin/sh',
    createdBy: 'COPY /bin/sh /bin/sh # buildkit',
    path: '/bin/sh',
    lines: [2],
  },
  'a layer of a stage that the target is built on': {
    dockerfile: 'FROM debian AS base\nRUN curl -o /t x\nFROM base\nCOPY a /a',
    createdBy: '/bin/sh -c curl -o /t x',
    path: '/t',
    lines: [2],
  },
  'the longer of two commands that end alike': {
    dockerfile: 'FROM debian\nRUN make\nRUN cd x && make',
    createdBy: 'RUN /bin/sh -c cd x && make # buildkit',
    path: '/x',
    lines: [3],
  },
  'a layer of the base image': {
    dockerfile: 'FROM debian\nCOPY a /a',
    createdBy: 'RUN /bin/sh -c apt-get install curl # buildkit',
    path: '/usr/bin/curl',
  },
  'two instructions that are alike': {
    dockerfile: 'FROM debian\nRUN make\nCOPY a /a\nRUN make',
    createdBy: 'RUN /bin/sh -c make # buildkit',
    path: '/x',
  },
  'what no Dockerfile makes': {
    dockerfile: 'FROM debian\nRUN make',
    createdBy: 'bazel build ...',
    path: '/x',
  },
};

describe('locateInSources() follows a file to what made it', () => {
  it.each(Object.entries(cases))('%s', (_what, { dockerfile, createdBy, path, ...expected }) => {
    const trace = locateInSources({
      path,
      layer: { createdBy },
      dockerfile: parseDockerfile(dockerfile, { file: 'docker/Dockerfile' }),
      platform: parsePlatform('linux/arm64'),
    });
    expect(trace?.steps.map(({ line }) => line)).toEqual(expected.lines);
    expect(trace?.contextPath).toBe(expected.contextPath);
    if (expected.lines === undefined) return;
    expect(trace?.source).toMatchObject({ file: 'docker/Dockerfile', line: expected.lines.at(-1) });
  });

  it('knows nothing of a layer without history', () => {
    const dockerfile = parseDockerfile('FROM debian\nRUN make');
    expect(locateInSources({ path: '/x', layer: {}, dockerfile })).toBeUndefined();
  });

  it('takes without a layer the instruction that names the path', () => {
    const dockerfile = parseDockerfile(
      'FROM scratch AS a\nCOPY t /t\nFROM debian\nRUN make\nCOPY --from=a /t /app/t',
    );
    const trace = locateInSources({ path: '/app/t', dockerfile });
    expect(trace?.steps.map(({ line }) => line)).toEqual([5, 2]);
    expect(locateInSources({ path: '/bin/sh', dockerfile })).toBeUndefined();
  });
});
