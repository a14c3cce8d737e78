import type { Credentials } from '../model/credentials.ts';
import type { FileView } from '../model/file-view.ts';
import type { Walker } from '../model/path-walk.ts';
import type { Platform } from '../model/platform.ts';
import type { ImageConfig } from './image-facts.ts';

/** What every program of one image is judged with. */
export interface ProgramScene {
  /** The image, for people. */
  reference: string;
  platform: Platform;
  config: ImageConfig;
  view: FileView;
  credentials: Credentials;
  /** The programs that a shell script executes, by the script's path. */
  commandsOf: (path: string) => readonly string[];
}

/** Looks paths up as the image's first program would. */
export function walkerOf({ view, credentials }: ProgramScene): Walker {
  return { view, root: '/', cwd: '/', credentials };
}
