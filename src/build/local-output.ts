import type { Platform } from '../model/platform.ts';

/** Whether an --output writes files to a folder of this machine, so that several may share it. */
export function isLocalOutput(spec: string): boolean {
  return !spec.includes('type=') || /(?:^|,)type=local(?:,|$)/.test(spec);
}

/**
 * The same --output in the folder of one platform, `dest/linux_arm64`: as BuildKit names them where
 * one solve has several platforms.
 */
export function localFolderFor(spec: string, { os, architecture, variant }: Platform): string {
  const name = [os, architecture, variant].filter((part) => part !== undefined).join('_');
  const inside = (folder: string) => `${folder.replace(/(.)\/+$/, '$1')}/${name}`;
  if (!/(?:^|,)(?:type|dest)=/.test(spec)) return inside(spec);
  return spec.replace(
    /(^|,)dest=([^,]*)/,
    (_whole, comma: string, folder: string) => `${comma}dest=${inside(folder)}`,
  );
}
