import { says, row, type Signature } from './row.ts';

/** What Docker starts on the machine itself. */
export const client: readonly Signature[] = [
  row(
    'host-program',
    String.raw`fork/exec (?<path>/?\S{0,900}(?:cli-plugins/docker-|docker-credential-|/(?:runc|crun|containerd-shim[\w-]{0,20}|kata-runtime|runsc)(?=:))[\w.-]{0,80}): ${says}`,
  ),
  row(
    'host-program',
    String.raw`docker: (?:unknown command: docker (?<path>buildx|compose)\b|'(?:buildx|compose)' is not a docker command)`,
  ),
  row(
    'host-program',
    String.raw`BuildKit is enabled but the buildx component is missing or broken`,
  ),
  row(
    'host-program',
    String.raw`unable to retrieve OCI runtime error[^\n]{0,300}(?:fork/exec |exec: \\{0,2}"?)(?<path>[^\s":]{1,255})\\{0,2}"?: ${says}`,
  ),
  row('host-program', String.raw`bad CPU type in executable: (?<path>\S{0,255}docker\S{0,255})`),
];
