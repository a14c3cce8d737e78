import { request } from 'node:http';
import { XbuildError } from '../model/errors.ts';
import { escapeText } from '../model/escape.ts';
import { otherSockets, type ResolvedEndpoint } from './endpoint.ts';
import type { SshLog } from './ssh-agent.ts';

const notRunning = new Set(['ENOENT', 'ECONNREFUSED']);
const unreachable = new Set([
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOTDIR',
]);
const lost = new Set(['ECONNRESET', 'EPIPE']);

/**
 * Puts a failed call to an engine into words: `engine-unreachable`, `engine-denied` or `engine-lost`. An
 * error that is not the connection's comes back as it is.
 */
export function explainFailure(error: unknown, endpoint: ResolvedEndpoint, log: SshLog): Error {
  if (!(error instanceof Error) || error instanceof XbuildError) return error as Error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const where = `${escapeText(endpoint.url)} (${escapeText(endpoint.source)})`;
  if (endpoint.url.startsWith('ssh://') && !('statusCode' in error))
    return sshFailure(error, where, log);
  if (code === 'EACCES' || code === 'EPERM') return permissionDenied(error, endpoint, where);
  if (notRunning.has(code) || unreachable.has(code))
    return notReachable(error, code, endpoint, where);
  if (lost.has(code) || error.message === 'socket hang up') {
    return new XbuildError(
      'engine-lost',
      `the engine at ${where} went away in the middle of the work (${code || error.message})`,
      'Look at why it stopped (journalctl -u docker, or dmesg where memory ran out), then run this again: what was built is in its cache.',
      { cause: error },
    );
  }
  if (/certificate|TLS|SSL|tlsv1|EPROTO/i.test(`${code} ${error.message}`)) {
    return new XbuildError(
      'engine-unreachable',
      `the TLS connection to the engine at ${where} failed: ${escapeText(error.message)}`,
      'Check DOCKER_TLS_VERIFY and that DOCKER_CERT_PATH holds ca.pem, cert.pem and key.pem for this engine.',
      { cause: error },
    );
  }
  return error;
}

function sshFailure(error: Error, where: string, log: SshLog): XbuildError {
  const said = escapeText(log.text.trim()).split('\n').slice(-4).filter(Boolean);
  return new XbuildError(
    'engine-unreachable',
    `no engine answers at ${where}: ssh ended before the engine spoke`,
    'Try the connection by hand: ssh HOST docker version',
    { cause: error, detail: said },
  );
}

function permissionDenied(error: Error, endpoint: ResolvedEndpoint, where: string): XbuildError {
  const path = endpoint.url.replace(/^unix:\/\//, '');
  return new XbuildError(
    'engine-denied',
    `an engine may be running at ${where}, but this user is not allowed to open its socket`,
    `Add yourself to the group that owns ${path} (usually: sudo usermod -aG docker "$USER", then log in again), or use sudo.`,
    { cause: error },
  );
}

function notReachable(
  error: Error,
  code: string,
  endpoint: ResolvedEndpoint,
  where: string,
): XbuildError {
  return new XbuildError(
    'engine-unreachable',
    `no Docker engine answers at ${where}: ${reasons[code] ?? 'it cannot be reached'} (${code})`,
    code === 'ETIMEDOUT'
      ? 'Look at whether the engine hangs (try docker version), or something between drops what it says.'
      : startHint(endpoint),
    { cause: error },
  );
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  ECONNREFUSED: 'nothing listens there',
  EACCES: 'this user is not allowed to open it',
  ETIMEDOUT: 'no answer came in time',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
};

/**
 * Adds the other ways to an engine to the error that none answers: what each of them said, and the
 * one that would work.
 */
export async function addWaysTried(
  failure: Error,
  endpoint: ResolvedEndpoint,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Error> {
  if (!(failure instanceof XbuildError) || !failure.code.startsWith('engine-')) return failure;
  const sockets = otherSockets(env).filter((path) => `unix://${path}` !== endpoint.url);
  const answers = await Promise.all(
    sockets.map(async (path) => ({ path, said: await ping(path) })),
  );
  const working = answers.find(({ said }) => said === 'ok');
  const detail = [
    ...(endpoint.source === 'default'
      ? ['DOCKER_HOST is not set, and no Docker context is chosen']
      : []),
    ...answers.map(
      ({ path, said }) => `unix://${path}: ${said === 'ok' ? 'an engine answers' : said}`,
    ),
  ];
  const hint =
    working === undefined
      ? failure.hint
      : `Another engine answers; to use it: export DOCKER_HOST=unix://${working.path}`;
  return new XbuildError(failure.code, failure.message, hint, {
    cause: failure.cause,
    detail: [...failure.detail, ...detail],
  });
}

/** `ok`, or in words why no engine answers on a socket. */
function ping(socketPath: string): Promise<string> {
  return new Promise((resolve) => {
    const call = request({ socketPath, path: '/_ping', timeout: 1000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200 ? 'ok' : `it answered ${answer.statusCode}`);
    });
    call.on('timeout', () => call.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })));
    call.on('error', ({ code = '' }: NodeJS.ErrnoException) => resolve(reasons[code] ?? code));
    call.end();
  });
}

function startHint(endpoint: ResolvedEndpoint): string {
  if (!endpoint.url.startsWith('unix:'))
    return 'Check the address, and that the engine listens there.';
  return process.platform === 'linux'
    ? 'Start the engine (sudo systemctl start docker, or sudo service docker start), or set DOCKER_HOST to one that runs.'
    : 'Start Docker Desktop, or set DOCKER_HOST to an engine that runs.';
}
