import { describe, expect, it, test } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.ts';
import { XbuildError } from '../../src/model/errors.ts';

function refusalOf(text: string): XbuildError {
  try {
    parseConfig(text, 'xbuild.yaml');
  } catch (error) {
    if (error instanceof XbuildError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a broken xbuild.yaml: the place, what is wrong, the remedy', () => {
  test.each([
    ['platform: [linux/amd64]', '1:1', 'no key "platform" at the top', 'Did you mean "platforms"?'],
    ['build_args: {A: 1}', '1:1', 'no key "build_args"', 'Did you mean "args"?'],
    ['file: Dockerfile', '1:1', 'no key "file"', 'Did you mean "dockerfile"?'],
    ['push: true', '1:1', 'no key "push"', 'Did you mean "output"?'],
    ['services: {}', '1:1', 'no key "services"', 'Did you mean "images"?'],
    ['frobnicate: 1', '1:1', 'no key "frobnicate"', 'Use one of version, context'],
    ['images:\n  app:\n    verfy: false', '3:5', 'no key "verfy" in images.app', '"verify"?'],
    ['verify: {smoke: [{cmd: x}]}', '1:19', 'no key "cmd" in verify.smoke[0]', '"run"?'],
    ['verify: {allow: [{pth: /x, reason: y}]}', '1:19', 'no key "pth"', '"path"?'],
    ['verify: {allow: [{path: /x}]}', '1:18', 'verify.allow[0] has no key "reason"', 'Write'],
    ['verify: {smoke: [{timeout: 3s}]}', '1:18', 'verify.smoke[0] has no key "run"', 'Write'],
    ['secrets: [x]', '1:1', 'a file must not decide this', 'command line: --secret'],
    ['ssh: default', '1:1', 'a file must not decide this', '--ssh default'],
    ['host: ssh://x', '1:1', 'a file must not decide this', '--host'],
    [
      'platforms: linux/amd64',
      '1:12',
      'platforms expects a list of platforms',
      'it: [linux/amd64]',
    ],
    ['platforms: []', '1:12', 'at least one platform', 'Write at least one platform'],
    ['platforms: [linux/amr64]', '1:13', 'no architecture is called "amr64"', 'linux/arm64'],
    ['platforms: [linux/amd64, 3]', '1:26', 'platforms[1] expects a platform', 'linux/arm64'],
    ['args: [A=1]', '1:7', 'args expects a map; received a list', 'key: value'],
    ['args:\n  TOKEN:', '2:9', 'args.TOKEN expects a text, a number or a boolean', 'Write'],
    ['args: {A: {B: 1}}', '1:11', 'args.A expects a text', 'Write'],
    ['images: [app]', '1:9', 'images expects a map; received a list', 'key: value'],
    ['images: {App: {}}', '1:10', 'no name of an image', 'lower-case'],
    ['images:\n  app: 1', '2:8', 'images.app expects a map', 'Write a map'],
    ['tags: app', '1:7', 'tags expects a list', 'Put brackets around it: [app]'],
    ['tags: [""]', '1:8', 'tags[0] expects names', 'Write'],
    ['context: ""', '1:10', 'context expects a folder', 'Write a folder'],
    ['context:', '1:9', 'context expects a folder', 'Write a folder'],
    ['nodes: box', '1:8', 'nodes expects a list of nodes', 'around it: [box]'],
    [
      'nodes: [ssh://me@box]',
      '1:9',
      'an address can only be given on the command line',
      'Docker context',
    ],
    [
      'nodes: ["a=unix:///a"]',
      '1:9',
      'an address can only be given on the command line',
      'Docker context',
    ],
    ['nodes: [{name: tcp://box}]', '1:16', 'nodes[0].name expects "default"', 'Docker context'],
    ['output: psh', '1:9', 'output expects store, push, none', 'Write store'],
    ['preflight: yes', '1:12', 'preflight expects fail, warn or off', 'Write fail, warn or off'],
    ['verify: true', '1:9', 'verify expects false, or a map', 'Write false, or a map'],
    ['verify: {smoke: [{run: []}]}', '1:24', 'a command of at least one word', 'Write a command'],
    ['verify: {smoke: [{run: a, timeout: 3h}]}', '1:36', 'a time such as 500ms', '10s'],
    ['verify: {smoke: [{run: a, status: 300}]}', '1:35', 'an exit status, 0 to 255', 'Write'],
    ['version: 2', '1:10', 'version expects 1', 'Write 1'],
    ['pull: maybe', '1:7', 'pull expects true or false', 'Write true or false'],
    ['annotations: {a: [x]}', '1:18', 'annotations.a expects a text', 'Write'],
    ['- tags', '1:1', 'the file expects a map; received a list', 'key: value'],
    ['tags', '1:1', 'the file expects a map', 'Write a map'],
    ['\ttags: [a]', '1:1', 'a tab is used as indentation', 'Indent with blanks'],
    ['tags: [a]\ntags: [b]', '2:1', 'stands here a second time', 'Keep one'],
    ['target: a: b', '1:9', 'a map begins inside a value', 'quotation marks'],
    ['tags: [a', '1:7', 'this list is not closed', 'Close it with ]'],
    ['tags: [a\nplatforms: [b]', '1:7', 'this list is not closed', 'Close it with ]'],
    ['args: {A: 1\n', '1:7', 'this map is not closed', 'Close it with }'],
    ['target: "a\nverify: false\n', '1:9', 'this quotation mark is not closed', 'with "'],
    ["target: 'a\n", '1:9', 'this quotation mark is not closed', "with '"],
    ['target: "a\\q"', '1:11', 'Invalid escape sequence', 'backslash twice'],
    ['tags:\n  - a\n - b', '3:1', 'another indentation than the list', 'the same indentation'],
    ['target:release', '1:1', 'a colon needs a blank after it', 'Write "target: release"'],
    ['%YAML 9.9\n---\ntags: [a]', '1:7', 'Unsupported YAML version', 'Remove the line'],
    ['tags: [a]\rpull: true\r', '1:10', 'a carriage return alone', 'line ends LF'],
    ['tags:\u00a0[a]', '1:6', 'U+00A0 stands here', 'Replace it by a blank'],
    ['tags: [a]\n\ufefftarget: b', '2:1', 'U+FEFF stands here', 'remove it'],
    ['t\0a\0', '1:2', 'byte 0, as UTF-16 does', 'UTF-8'],
    ['tags: [a]\r\nplatfroms: [x]\r\n', '2:1', 'no key "platfroms"', '"platforms"?'],
    ['tag\u0455: [a]', '1:1', '(it holds U+0455)', '"tags"?'],
    ['tags: *base', '1:7', '*base stands for nothing', 'Define it first'],
    ['images:\n  app:\n    <<: *base', '3:9', '*base stands for nothing', 'Define it first'],
    ['x-a: &a text\nimages: {app: {<<: *a}}', '2:20', '"<<" takes maps', '"<<: *NAME" of a map'],
    ['images: {app: {<<: [1]}}', '1:21', '"<<" takes maps', '"<<: *NAME" of a map'],
    ['x-a: &a {targt: b}\nimages: {app: {<<: *a}}', '1:10', 'no key "targt"', '"target"?'],
    ['x-a: &a\n  b: *a', '2:6', '*a stands inside of what it stands for', 'Write out'],
    ['tags: !include tags.yaml', '1:7', 'the tag !include means nothing', 'no includes'],
    ['target: !!js/function "x"', '1:9', 'the tag !!js/function means nothing', 'Remove it'],
    ['target: !!binary aGVsbG8=', '1:9', 'the tag !!binary means nothing', 'Remove it'],
    ['tags:\n  - {{git.sha}}', '2:6', 'a key is a text, and this is a map', '"{{git.sha}}"'],
    ['? [a]\n: b', '1:3', 'a key is a text, and this is a list', '"key: value"'],
    ['__proto__: {a: 1}', '1:1', '"__proto__" is no key', 'Remove it'],
    ['constructor: 1', '1:1', 'no key "constructor"', 'Use one of'],
    ['images: {}', '1:9', 'at least one image', 'Write at least one image'],
    ['images:\n  app:', '2:7', 'images.app expects a map', 'Write a map'],
    ['target: "{{git.branch}}"', '1:9', 'holds a variable', 'Use variables in tags'],
    ['target: “release”', '1:9', 'target expects the name of a stage', 'Write the name'],
    ['args: {"A B": 1}', '1:8', 'is no name for a value', 'without blanks'],
    ['args: {A=1: x}', '1:8', 'is no name for a value', 'without blanks'],
    ['platforms: ["linux/amd64,linux/arm64"]', '1:13', 'holds several platforms', 'as an item'],
    ['platforms: {linux: amd64}', '1:12', 'expects a list of platforms', 'Write a list'],
    ['platforms:', '1:11', 'platforms expects a list', 'Write a list'],
    ['platforms: [linux/arm/v9]', '1:13', 'arm has no variant "v9"', 'Write linux/arm/v8'],
    ['tags: [1.0]', '1:8', 'tags[0] expects names', 'Write names'],
    ['cacheFrom: type=gha', '1:12', 'cacheFrom expects a list', 'Write a list'],
    ['verify: {smoke: [app]}', '1:18', 'expects a command and what is expected', 'Write'],
    ['verify: {smoke: {run: x}}', '1:17', 'verify.smoke expects a list', 'Write a list'],
    ['verify: {smoke: [{run: [""]}]}', '1:24', 'its first word is empty', 'Write a command'],
    ['verify: {smoke: [{run: [sleep, 1]}]}', '1:32', 'expects a text; received 1', 'quotation'],
    ['verify: {smoke: [{run: a, timeout: 0}]}', '1:36', 'a time such as 500ms', '10s'],
    ['verify: {smoke: [{run: a, timeout: -1s}]}', '1:36', 'a time such as 500ms', '10s'],
    ['buildargs: {A: 1}', '1:1', 'no key "buildargs"', '"args"?'],
    ['env: {A: 1}', '1:1', 'a file must not decide this', '"args" are build arguments'],
    ['tags: [a]\n---\ntags: [b]', '2:1', 'a second document', 'Remove the line'],
    ['platforms: amd64, arm64', '1:12', 'expects a list', 'around it: [amd64, arm64]'],
    [
      'platforms: [arm64 amd64]',
      '1:13',
      'it is several words',
      'commas between platforms: arm64,am',
    ],
    ['nodes: [default, default]', '1:8', 'holds a node twice', 'Leave one of the two out'],
    ['pull: yes', '1:7', 'pull expects true or false', 'Write true.'],
    ['noCache: "off"', '1:10', 'noCache expects true or false', 'Write false.'],
    ['verify: no', '1:9', 'verify expects false, or a map', 'Write false.'],
    ['tags [a]', '1:1', 'a key needs a colon after it', 'Write "tags: [a]".'],
    ['labels: {"": x}', '1:10', 'labels."" is no name', 'without blanks'],
    ['annotations: {"": x}', '1:15', 'annotations."" is no name', 'without blanks'],
    ['annotations: {"index:": x}', '1:15', 'has no name', 'Write one, such as index:'],
    ['annotations: {":a": x}', '1:15', 'has no name', 'Write one, such as index:'],
    ['builder: "--help"', '1:10', 'the name of a builder of buildx', 'docker buildx ls'],
    ['builder: "a b"', '1:10', 'the name of a builder of buildx', 'docker buildx ls'],
    [
      'verify:\n  smoke:\n  - run: [a]\n  timeout: 3s',
      '4:3',
      'no key "timeout"',
      'of verify.smoke[0]',
    ],
    ['platforms: [amd64]\nreason: x', '2:1', 'no key "reason"', 'Use one of'],
    ['run: a', '1:1', 'no key "run"', 'Use one of'],
    ['verification: {}', '1:1', 'no key "verification"', 'Did you mean "verify"?'],
    ['smoke: [{run: a}]', '1:1', 'no key "smoke"', 'It is a key of verify: indent it'],
    ['tags: [@foo]', '1:8', 'no valid YAML', 'quotation marks around the value'],
    ['tags: [`date`]', '1:8', 'no valid YAML', 'quotation marks around the value'],
    ['tags: [%x]', '1:8', 'no valid YAML', 'quotation marks around the value'],
    ['tags: *', '1:7', 'no valid YAML', 'quotation marks around the value'],
    ['args: {URL: http://x: y}', '1:13', 'no valid YAML', 'around a value that holds ": "'],
    ['tags:\n  -a\n  -b', '2:3', 'tags expects a list', 'a blank after each hyphen'],
    ['platforms:\n  - amd64\n   - arm64', '2:5', 'several words', 'a line of its own'],
    ['tags: !!set {a}', '1:7', 'the tag !!set means nothing', 'Remove it'],
    ['images:\n  app: {}\n  app: {}', '3:3', 'stands here a second time', 'Keep one'],
    ['tags:\n\t- a', '2:1', 'a tab is used as indentation', 'Indent with blanks'],
    ['tags: [a]\n...\npull: true', '3:1', 'a second document', 'Remove the line'],
    ['nodes: [{name: box, platform: [arm64]}]', '1:21', 'no key "platform"', '"platforms"?'],
    ['images: {app: {images: {}}}', '1:16', 'no key "images" in images.app', 'Use one of'],
    ['images:\n  app:\n  tags: [a]', '3:9', 'images.tags expects a map', 'Indent "tags" further'],
    ['images:\n  app: {}\n  pull: true', '3:9', 'images.pull expects a map', 'Indent "pull"'],
    ['x-a: &a [linux/foo]\nplatforms: *a', '1:10', 'called "foo"', 'Write os/architecture'],
    [
      'x-a: &a {pul: 1}\nx-b: &b {<<: *a}\nimages: {app: {<<: [*b]}}',
      '1:10',
      'no key "pul" in images.app',
      '"pull"?',
    ],
    ['a: &a [*a]', '1:8', '*a stands inside', 'Write out'],
  ])('%j at %s: %s', (text, place, message, hint) => {
    const error = refusalOf(text);
    expect(error.code).toBe('bad-configuration');
    expect(error.message).toContain(`xbuild.yaml:${place}`);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it('shows every problem, in the order of the file, with the line and a mark', () => {
    const error = refusalOf('images:\n  app:\n    verfy: 1\n    targt: x\nplatfroms: [a]\n');
    expect(error.message).toBe('xbuild.yaml has 3 errors, the first at 3:5');
    expect(error.detail).toEqual([
      'xbuild.yaml:3:5: there is no key "verfy" in images.app',
      '  3 |     verfy: 1',
      '    |     ^ Did you mean "verify"?',
      'xbuild.yaml:4:5: there is no key "targt" in images.app',
      '  4 |     targt: x',
      '    |     ^ Did you mean "target"?',
      'xbuild.yaml:5:1: there is no key "platfroms" at the top of the file',
      '  5 | platfroms: [a]',
      '    | ^ Did you mean "platforms"?',
    ]);
  });

  it('shows what a terminal would act on as text', () => {
    const error = refusalOf('"a\\u001b[31m": 1\ntarget: [\u001b[31m]');
    expect([error.message, error.hint, ...error.detail].join('\n')).not.toContain('\u001b');
  });

  it('fits a screen, however many there are', () => {
    const error = refusalOf(Array.from({ length: 50 }, (_, at) => `key${at}: 1\n`).join(''));
    expect(error.detail.length).toBeLessThan(22);
    expect(error.detail.at(-1)).toBe('and 44 more');
    expect(error.detail.filter((line) => line.includes('Use one of'))).toHaveLength(1);
  });

  it('ends on a file that is nested without end', () => {
    const error = refusalOf(`a: ${'['.repeat(2000)}${']'.repeat(2000)}`);
    expect([error.code, error.hint]).toEqual(['bad-configuration', 'Take brackets away.']);
  });

  it('ends on a file that grows by its aliases', () => {
    const bomb = ['x-a: &a [l, l, l, l, l, l, l, l, l]']
      .concat(
        'bcdefg'.split('').map((name, index) => {
          const before = 'abcdefg'[index] ?? '';
          return `x-${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`;
        }),
      )
      .join('\n');
    expect(refusalOf(bomb).code).toBe('bad-configuration');
  });
});

describe('an xbuild.yaml', () => {
  it('may be empty', () => {
    expect(parseConfig('', 'x').settings).toEqual({});
    expect(parseConfig('# nothing yet\n', 'x').settings).toEqual({});
  });

  it('keeps the text of build arguments: 1.20 is not 1.2', () => {
    const { settings } = parseConfig('args: {A: 1.20, B: 0x10, C: true, D: "1"}', 'x');
    expect(settings.args).toEqual({ A: '1.20', B: '0x10', C: 'true', D: '1' });
  });

  it('knows anchors, merge keys, and x- keys that hold them', () => {
    const text =
      'x-base: &base {pull: true}\nimages:\n  a: {<<: *base, target: a}\n  b: {<<: *base}\n';
    expect(parseConfig(text, 'x').settings.images).toEqual({
      a: { pull: true, target: 'a' },
      b: { pull: true },
    });
  });
});
