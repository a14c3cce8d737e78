import type { Credentials } from '../model/credentials.ts';
import type { FileView } from '../model/file-view.ts';
import type { Walker } from '../model/path-walk.ts';
import type { Platform } from '../model/platform.ts';
import type { ImageConfig } from './image-facts.ts';
import type { StartedProgram } from './started-programs.ts';

/** What every program of one image is judged with. */
export interface ProgramScene {
  /** The image, for people. */
  reference: string;
  platform: Platform;
  config: ImageConfig;
  view: FileView;
  credentials: Credentials;
  /** What starting the image comes by, the first program first. */
  started: readonly StartedProgram[];
}

/** Looks paths up as the image's first program would. */
export function walkerOf({
  view,
  credentials,
}: Pick<ProgramScene, 'view' | 'credentials'>): Walker {
  return { view, root: '/', cwd: '/', credentials };
}
