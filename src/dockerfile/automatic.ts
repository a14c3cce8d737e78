import { formatPlatform, type Platform } from '../model/platform.ts';

/** The values of the TARGET… arguments for a platform. */
export function automaticValues(platform: Platform): Record<string, string> {
  return {
    TARGETPLATFORM: formatPlatform(platform),
    TARGETOS: platform.os,
    TARGETARCH: platform.architecture,
    TARGETVARIANT: platform.variant ?? '',
  };
}
