import type { EndpointFlags } from './endpoint.ts';
import { reportFormats } from '../model/report-target.ts';
import { lastValue, type Flag, type ParsedArguments } from '../model/flags.ts';

/** Docker's global flags that choose the engine; every command takes them. */
export const endpointFlags: readonly Flag[] = [
  {
    name: 'host',
    short: 'H',
    kind: 'value',
    value: 'URL',
    help: 'the engine to talk to (default: as docker does)',
  },
  {
    name: 'context',
    kind: 'value',
    value: 'NAME',
    values: 'contexts',
    help: 'the Docker context to use',
  },
];

/** Flags that choose the configuration. */
export const configFlags: readonly Flag[] = [
  {
    name: 'config',
    kind: 'value',
    value: 'FILE',
    values: 'files',
    help: 'the configuration (else ./xbuild.yaml)',
  },
  { name: 'no-config', kind: 'bool', help: 'build without a configuration' },
];

/** Flags about what is printed; every command takes them. */
export const outputFlags: readonly Flag[] = [
  { name: 'json', kind: 'bool', help: 'print one JSON document on stdout' },
  { name: 'help', short: 'h', kind: 'bool', help: 'show this help' },
];

/** For the commands whose result is a report. */
export const reportFlag: Flag = {
  name: 'report',
  kind: 'value',
  value: 'FORMAT[=FILE]',
  values: reportFormats,
  help: 'text, json, markdown, junit, sarif or github: to FILE, or instead of the text; can be given several times',
};

/** The engine that --host or --context chose. */
export function endpointOf(parsed: ParsedArguments): EndpointFlags {
  const host = lastValue(parsed, 'host');
  const context = lastValue(parsed, 'context');
  return {
    ...(host === undefined ? {} : { host }),
    ...(context === undefined ? {} : { context }),
  };
}
