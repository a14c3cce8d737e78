import type Dockerode from 'dockerode';
import type { Platform } from '../model/platform.ts';

/** The part of GET /images/NAME/json that is read here. */
export interface InspectedImage {
  Id: string;
  Os?: string;
  Architecture?: string;
  Variant?: string;
  RepoTags?: string[] | null;
  /** Bytes, of the image as a whole. */
  Size?: number;
  Config?: InspectedConfig | null;
  RootFS?: { Layers?: string[] | null };
  Descriptor?: { platform?: Platform };
  /** Of engines with the containerd store, from API 1.48 on. */
  Manifests?: InspectedManifest[] | null;
}

export interface InspectedConfig {
  Entrypoint?: string[] | string | null | undefined;
  Cmd?: string[] | null;
  Env?: string[] | null;
  User?: string;
  WorkingDir?: string;
  Healthcheck?: { Test?: string[] | null | undefined } | null | undefined;
  Shell?: string[] | null | undefined;
}

export interface InspectedManifest {
  ID: string;
  Kind?: string;
  Available?: boolean;
  Descriptor?: { platform?: Platform };
  ImageData?: { Platform?: Platform; Size?: { Unpacked?: number } };
  Size?: { Content?: number; Total?: number };
}

/**
 * Asks the engine for an image. (dockerode's own inspect leaves the query out.)
 *
 * Engines that do not know `manifests` or `platform` ignore them, so the answer must be looked at.
 */
export async function inspectImage(
  docker: Dockerode,
  name: string,
  query: { manifests?: true; platform?: string } = {},
): Promise<InspectedImage> {
  const call = {
    path: `/images/${name}/json?`,
    method: 'GET',
    options: query,
    statusCodes: { 200: true, 404: 'no such image', 500: 'server error' },
  };
  return new Promise((resolve, reject) => {
    docker.modem.dial(call, (error: Error | null, answer: unknown) => {
      if (error === null) resolve(answer as InspectedImage);
      else reject(error);
    });
  });
}

/** What an image says it is for; undefined where it says nothing. */
export function platformOf(image: InspectedImage): Platform | undefined {
  const { Os: os, Architecture: architecture, Variant: variant } = image;
  if (!os || !architecture) return undefined;
  return { os, architecture, ...(variant ? { variant } : {}) };
}

/** The images in an index that are at hand; attestations are none. */
export function imagesOf(image: InspectedImage): InspectedManifest[] {
  return (image.Manifests ?? []).filter(
    (entry) => entry.Kind === 'image' && entry.Available === true,
  );
}

/** The platform of one image in an index. */
export function platformOfEntry(entry: InspectedManifest): Platform | undefined {
  return entry.ImageData?.Platform ?? entry.Descriptor?.platform;
}
