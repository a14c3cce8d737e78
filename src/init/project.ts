/** What is known of a project before anything is written for it. */
export interface Project {
  /** The folder's name. */
  folder: string;
  /** The names in its folder. */
  files: string[];
  /** The program's name, where Cargo.toml says it. */
  program?: string;
  /** What `make` makes, from the project's folder, where its Makefile tells. */
  made?: string;
  /** `git remote get-url origin`, where there is one. */
  remote?: string;
}

/** Where a repository is: `github.com`, `owner/project`. */
export interface Repository {
  host: string;
  path: string;
}

/** Takes the address of a git remote apart: scp-like, ssh:// or https://. Source: git-clone(1), GIT URLS. */
export function parseRemote(remote: string): Repository | undefined {
  const url = /^(?:https?|ssh|git):\/\/(?:[^@/]*@)?([^/:]+)(?::\d+)?\/(.+?)\/?$/.exec(remote);
  const scp = /^(?:[^@/:]+@)?([^/:]+):(?!\/\/)(.+?)\/?$/.exec(remote);
  const [, host, path] = url ?? scp ?? [];
  if (host === undefined || path === undefined) return undefined;
  return { host: host.toLowerCase(), path: path.replace(/\.git$/, '') };
}

/** The registry that belongs to a host of repositories. */
const registries: Readonly<Record<string, string>> = {
  'github.com': 'ghcr.io',
  'gitlab.com': 'registry.gitlab.com',
  'codeberg.org': 'codeberg.org',
};

/** A name for the project's image, of the letters that a registry takes. */
export function imageNameOf({ folder, remote }: Project): string {
  const repository = remote === undefined ? undefined : parseRemote(remote);
  const registry = registries[repository?.host ?? ''];
  const own = cleanName(folder) || 'app';
  if (repository === undefined || registry === undefined) return own;
  const path = repository.path.split('/').map(cleanName).filter(Boolean).join('/');
  return path === '' ? own : `${registry}/${path}`;
}

/** Source: distribution/reference, path-component. */
function cleanName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/([._-])[._-]+/g, '$1')
    .replaceAll(/^[._-]+|[._-]+$/g, '');
}

/** The registry of an image's name, as `docker login` takes it. Source: distribution/reference, splitDockerDomain. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? first : 'docker.io';
}

/** Source of a program's name: letters that a path and a Dockerfile take as they are. */
const plainName = /[^A-Za-z0-9_.-]+/g;

/** The name of the program that the project's tool makes: what its file says, else the folder's. */
export function programNameOf({ folder, files, program }: Project): string {
  const project = files.find((name) => /\.(?:cs|fs)proj$/.test(name));
  const name = program ?? project?.replace(/\.\w+$/, '') ?? folder;
  return name.replaceAll(plainName, '-').replace(/^-+/, '') || 'app';
}

/** What people call the file of Python that is run, in the order in which it is looked for. */
const entries = ['main.py', 'app.py', '__main__.py', 'server.py', 'run.py'] as const;

/** The file that is run where the language has no project file that says so. */
export function entryOf({ files }: Project): string {
  return entries.find((name) => files.includes(name)) ?? entries[0];
}
