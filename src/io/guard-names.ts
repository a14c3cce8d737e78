import type Dockerode from 'dockerode';

/** What names of images and containers, and paths of the API, are made of. */
const ALLOWED = /^[\w.:/@-]*\??[\w=&-]*$/;

/** What docker-modem's dial is called with. */
interface Call {
  path: string;
}

type Dial = (call: Call, answer: (error: Error | null, body?: unknown) => void) => void;

/** Whether the path of a request asks what it seems to ask: a name in it can be anything. */
export function isSoundPath(path: string): boolean {
  return ALLOWED.test(path) && !/\/\.{0,2}(?:\/|$)/.test(path.replace(/\?.*/, ''));
}

/**
 * Keeps names that would make another request of a call from being sent: `a/../../containers`, `a?b`.
 * dockerode puts them into the path as they are, and follows where the engine's answer then leads,
 * be it to another host. Such a call fails as the engine lets a name fail that is none: with 400.
 */
export function guardNames(docker: Dockerode): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- docker-modem has no types
  const modem = docker.modem as { dial: Dial };
  const dial = modem.dial.bind(modem);
  modem.dial = (call, answer) => {
    if (isSoundPath(call.path)) dial(call, answer);
    else answer(refusal());
  };
}

function refusal(): Error {
  const message = 'invalid reference format';
  return Object.assign(new Error(message), { statusCode: 400, json: { message } });
}
