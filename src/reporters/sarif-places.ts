import { bytesOfString, hexOfBytes } from '../model/bytes.ts';
import { byteString, shown } from '../model/bytes-text.ts';
import type { Finding } from '../model/finding.ts';
import type { ReportSubject } from '../model/report.ts';

type Json = Record<string, unknown>;

/**
 * Where a finding is, as SARIF locations: the line of the source, or else the path in the image as
 * an artifact of its own, since viewers drop results without one; and the names of the image, its
 * layer and its path.
 */
export function locationsOf({ location }: Finding, subject: ReportSubject): Json[] {
  const { source, path } = location ?? {};
  const logicalLocations = logicalPlaces(location, subject);
  return [
    {
      physicalLocation:
        source === undefined
          ? { artifactLocation: { uri: uriOf(path ?? byteString(subject.image ?? subject.name)) } }
          : {
              artifactLocation: uriOfSource(source.file),
              region: {
                startLine: source.line,
                ...(source.endLine === undefined ? {} : { endLine: source.endLine }),
              },
            },
      logicalLocations,
    },
  ];
}

function logicalPlaces(location: Finding['location'], subject: ReportSubject): Json[] {
  const { path, layer } = location ?? {};
  const whole = subject.name;
  return [
    { name: whole, fullyQualifiedName: whole, kind: 'module' },
    ...(layer === undefined
      ? []
      : [
          {
            name: `layer ${layer.index}`,
            fullyQualifiedName: `${whole} ${layer.diffId}`,
            kind: 'layer',
          },
        ]),
    ...(path === undefined
      ? []
      : [
          {
            name: shown(path),
            fullyQualifiedName: `${whole} ${shown(path)}`,
            kind: 'file',
          },
        ]),
  ];
}

/** A path as a relative URI reference: every byte that a path segment cannot hold by its number. */
function uriOf(path: string): string {
  const relative = path.replaceAll('\\', '/').replace(/^\/+/, '');
  return relative.replaceAll(
    /[^\w./~-]/g,
    (byte) => `%${hexOfBytes(bytesOfString(byte)).toUpperCase()}`,
  );
}

/** Relative paths are those of the repository; an absolute one is of this machine. */
function uriOfSource(file: string): Json {
  const uri = uriOf(byteString(file.replace(/^(?:\.\/)+/, '')));
  return file.startsWith('/') ? { uri: `file:///${uri}` } : { uri, uriBaseId: '%SRCROOT%' };
}

/**
 * What stays the same for the same fault in another run: the check, the subject and the place, but
 * neither the line nor the layer, which move when something else is changed. 64-bit FNV-1a in hex.
 */
export function fingerprintOf({ id, location }: Finding, subject: ReportSubject): string {
  const parts = [id, subject.name, location?.path ?? '', location?.source?.file ?? ''];
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(JSON.stringify(parts))) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
}
