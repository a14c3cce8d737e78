import { spawn, type ChildProcess } from 'node:child_process';
import { Agent } from 'node:http';
import { Duplex } from 'node:stream';

/** What ssh said on stderr when the last connection failed: the reason to show. */
export interface SshLog {
  text: string;
}

/**
 * Makes an HTTP agent whose connections run through `ssh … docker system dial-stdio`, as Docker's
 * own command line does: the user's ssh configuration, keys and known hosts apply.
 *
 * Connections are kept and used again, since each one costs an ssh handshake.
 */
export function sshAgent(url: string, log: SshLog): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const create = (_options: unknown, callback: (error: Error | null, stream: Duplex) => void) => {
    callback(null, dial(url, log));
  };
  Object.assign(agent, { createConnection: create });
  return agent;
}

function dial(url: string, log: SshLog): Duplex {
  const child = spawn('ssh', sshArguments(url), { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stderr.on('data', (chunk: Buffer) => {
    log.text = (log.text + chunk.toString('utf8')).slice(-2000);
  });
  return asSocket(child);
}

/** Node's HTTP client expects these of a net.Socket; on a pipe to ssh they mean nothing. */
function asSocket(child: ChildProcess): Duplex {
  const stream = Duplex.from({ writable: child.stdin!, readable: child.stdout! });
  child.on('error', (error) => stream.destroy(error));
  stream.on('close', () => child.kill());
  const self = () => stream;
  const ref = () => {
    child.ref();
    return stream;
  };
  const unref = () => {
    child.unref();
    for (const pipe of [child.stdin, child.stdout, child.stderr]) {
      (pipe as unknown as { unref?: () => void } | null)?.unref?.();
    }
    return stream;
  };
  return Object.assign(stream, {
    setTimeout: self,
    setNoDelay: self,
    setKeepAlive: self,
    ref,
    unref,
  });
}

function sshArguments(url: string): string[] {
  const { username, hostname, port } = new URL(url);
  const user = username === '' ? [] : ['-l', decodeURIComponent(username)];
  const at = port === '' ? [] : ['-p', port];
  // "--" keeps a host name that begins with "-" from being taken as an option of ssh.
  return [
    '-o',
    'ConnectTimeout=30',
    '-T',
    ...user,
    ...at,
    '--',
    hostname,
    'docker',
    'system',
    'dial-stdio',
  ];
}
