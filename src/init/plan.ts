import { closest } from '../model/closest.ts';
import { XbuildError } from '../model/errors.ts';
import {
  entryOf,
  imageNameOf,
  parseRemote,
  programNameOf,
  registryOf,
  type Project,
} from './project.ts';
import { fits, renderIgnore, renderTemplate, type Template } from './template.ts';

/** What was asked for; what is absent is found out from the project. */
export interface InitRequest {
  /** Names of CI templates; `none` for no CI. */
  ci?: string[];
  /** The name of a Dockerfile's template; `none` for no Dockerfile. */
  dockerfile?: string;
  image?: string;
  platforms: string[];
}

/** One file that is to be written. */
export interface PlannedFile {
  path: string;
  text: string;
  /** What it is, for people. */
  title: string;
}

export interface InitPlan {
  files: PlannedFile[];
  /** What was found out, and what the user has to do, a sentence each. */
  notes: string[];
}

/** Plans the files of `xbuild init`. Throws `bad-argument` for a template that does not exist. */
export function planInit(
  request: InitRequest,
  project: Project,
  templates: readonly Template[],
): InitPlan {
  const image = request.image ?? imageNameOf(project);
  const made = project.made ?? programNameOf(project);
  const values = {
    image,
    name: programNameOf(project),
    made,
    madeName: made.split('/').at(-1) ?? made,
    entry: entryOf(project),
    registry: registryOf(image),
    platforms: request.platforms.join(', '),
  };
  const notes: string[] = [];
  const chosen = [
    ...templates.filter(({ kind }) => kind === 'config'),
    ...chooseDockerfile(request, project, templates, notes),
    ...chooseCi(request, project, templates, notes),
  ];
  return {
    files: chosen.flatMap((template) => [
      { path: template.file, title: template.title, text: renderTemplate(template, values) },
      ...ignoreFile(template, project, values),
    ]),
    notes,
  };
}

/** What a machine has built for itself must not get into images of other platforms. */
function ignoreFile(
  template: Template,
  { files }: Project,
  values: Readonly<Record<string, string>>,
): PlannedFile[] {
  const text = renderIgnore(template, values);
  if (text === undefined || files.includes('.dockerignore')) return [];
  return [{ path: '.dockerignore', title: 'what stays out of the build context', text }];
}

function chooseDockerfile(
  { dockerfile }: InitRequest,
  project: Project,
  templates: readonly Template[],
  notes: string[],
): Template[] {
  const known = templates.filter(({ kind }) => kind === 'dockerfile');
  if (dockerfile === 'none') return [];
  if (dockerfile !== undefined) return [findTemplate(dockerfile, known, 'Dockerfile')];
  if (project.files.includes('Dockerfile')) return [];
  const sure = known.filter(({ detects }) => fits(detects, project.files));
  const found =
    sure.length > 0 ? sure : known.filter(({ otherwise }) => fits(otherwise, project.files));
  const [first, second] = found;
  if (first === undefined) {
    notes.push(
      `There is no Dockerfile, and nothing tells the language: write one, or choose with --dockerfile ${known.map(({ name }) => name).join('|')}.`,
    );
    return [];
  }
  if (second !== undefined)
    notes.push(
      `The project could be of ${found.map(({ name }) => name).join(' or ')}; ${first.name} was taken. Choose another with --dockerfile.`,
    );
  return [first];
}

function chooseCi(
  { ci }: InitRequest,
  project: Project,
  templates: readonly Template[],
  notes: string[],
): Template[] {
  const known = templates.filter(({ kind }) => kind === 'ci');
  if (ci !== undefined) {
    return ci
      .filter((name) => name !== 'none')
      .map((name) => findTemplate(name, known, 'CI system'));
  }
  const host = project.remote === undefined ? undefined : parseRemote(project.remote)?.host;
  const byFile = known.find(({ detects }) => fits(detects, project.files));
  const byHost = known.find(({ hosts }) => host !== undefined && hosts.includes(host));
  const found = byFile ?? byHost;
  if (found !== undefined) return [found];
  notes.push(
    `Nothing tells the CI system: choose with --ci ${known.map(({ name }) => name).join('|')}.`,
  );
  return [];
}

function findTemplate(name: string, known: readonly Template[], what: string): Template {
  const found = known.find((template) => template.name === name);
  if (found !== undefined) return found;
  const names = known.map((template) => template.name);
  const near = closest(name, names);
  throw new XbuildError(
    'bad-argument',
    `there is no template for the ${what} "${name}"`,
    near === undefined
      ? `Choose one of ${names.join(', ')}, or none.`
      : `Did you mean ${near}? There are ${names.join(', ')}, and none.`,
  );
}
