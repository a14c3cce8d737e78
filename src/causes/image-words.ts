import type { Scene } from './scene.ts';

/** The image's name, for commands; a log has none. */
export function reference({ facts }: Scene): string {
  if (facts.image !== undefined) return facts.image.reference;
  return facts.target.kind === 'log' ? 'IMAGE' : facts.target.name;
}

/** The same, for sentences. */
export function imageWords(scene: Scene): string {
  const name = reference(scene);
  return name === 'IMAGE' ? 'the image' : name;
}

/** Of `linux/arm/v7` arm. */
export function architectureIn(platform: string | undefined): string | undefined {
  return platform?.split('/')[1];
}

export const formatError = 'exec /app: exec format error';
