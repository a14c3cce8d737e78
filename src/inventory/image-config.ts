import type { Known } from '../model/facts.ts';
import type { ImageContent, ImageStart } from '../model/image-content.ts';
import type { LayerOrigin } from '../model/inventory.ts';
import type { Platform } from '../model/platform.ts';

/** The JSON of an image's configuration, as far as it is read here; nothing of it is sure. */
export interface ConfigDocument {
  os?: unknown;
  architecture?: unknown;
  variant?: unknown;
  config?: unknown;
  rootfs?: unknown;
  history?: unknown;
}

/** A JSON object, of anything. */
export function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** The texts of a JSON array; a single text is one. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What a descriptor's `platform` or a configuration says; undefined where it says nothing. */
export function platformIn(document: object): Platform | undefined {
  const { os, architecture, variant } = document as Record<string, unknown>;
  if (textOf(os) === '' || textOf(architecture) === '') return undefined;
  const given = textOf(variant);
  return {
    os: textOf(os),
    architecture: textOf(architecture),
    ...(given === '' ? {} : { variant: given }),
  };
}

/** Source: OCI image-spec, config.md; HEALTHCHECK and SHELL are Docker's additions. */
export function startIn(config: unknown): Known<ImageStart> {
  const start = objectOf(config);
  const test = textsOf(objectOf(start['Healthcheck'])['Test']);
  const shell = textsOf(start['Shell']);
  const labels = Object.entries(objectOf(start['Labels']));
  return {
    entrypoint: textsOf(start['Entrypoint']),
    cmd: textsOf(start['Cmd']),
    env: textsOf(start['Env']),
    user: textOf(start['User']),
    workingDir: textOf(start['WorkingDir']),
    ...(test.length === 0 || test[0] === 'NONE' ? {} : { healthcheck: test }),
    ...(shell.length === 0 ? {} : { shell }),
    labels: Object.fromEntries(labels.map(([name, value]) => [name, textOf(value)])),
  };
}

/** The layers' diff ids, the base's first. */
export function diffIdsIn({ rootfs }: ConfigDocument): string[] {
  return textsOf(objectOf(rootfs)['diff_ids']);
}

export function historyIn({ history }: ConfigDocument): ImageContent['history'] {
  if (!Array.isArray(history)) return [];
  return history.map(objectOf).map((entry) => ({
    createdBy: textOf(entry['created_by']),
    isEmpty: entry['empty_layer'] === true,
  }));
}

/** Whose instruction made each layer: entries of the history that made none are passed over. */
export function originsOf(
  diffIds: readonly string[],
  history: ImageContent['history'],
): LayerOrigin[] {
  const makers = history.filter(({ isEmpty }) => !isEmpty);
  // Some tools write no history, or a part of one: then nobody knows whose layer is whose.
  const isWhole = makers.length === diffIds.length;
  return diffIds.map((diffId, index) => ({
    diffId,
    index,
    ...(isWhole ? { createdBy: makers[index]?.createdBy ?? '' } : {}),
  }));
}
