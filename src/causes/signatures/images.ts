import { row, type Signature } from './row.ts';

/** Platforms of images, and the rules. */
export const images: readonly Signature[] = [
  row(
    'platform-warning',
    String.raw`requested image's platform \((?<actual>[a-z0-9/]{1,40})\) does not match the (?:detected|expected)? ?host platform \((?<host>[a-z0-9/]{1,40})\)`,
  ),
  row('platform-missing', String.raw`no matching manifest for (?<asked>[a-z0-9/]{1,40})`),
  row(
    'platform-missing',
    String.raw`its platform \((?<actual>[a-z0-9/]{1,40})\) does not match the specified platform \((?<asked>[a-z0-9/]{1,40})\)`,
  ),
  row(
    'platform-missing',
    String.raw`does not provide the specified platform \((?<asked>[a-z0-9/]{1,40})\)`,
  ),
  row(
    'platform-missing',
    String.raw`does not match the specified platform: wanted (?<asked>[a-z0-9/]{1,40}), actual:? (?<actual>[a-z0-9/]{1,40})`,
  ),
  row(
    'platform-missing',
    String.raw`(?<!failed to export image: )no match for platform in manifest|does not provide any platform`,
  ),
  row(
    'platform-pinned',
    String.raw`FromPlatformFlagConstDisallowed[^\n]{0,120}"(?<asked>[a-z0-9/]{1,40})"`,
  ),
  row(
    'no-command',
    String.raw`no command specified|mismatched image rootfs and manifest layers|vnd\.in-toto`,
  ),
  row(
    'binfmt-not-mounted',
    String.raw`cannot mount binfmt_misc filesystem|register["']? is it mounted`,
  ),
  row('rule-exists', String.raw`write error: File exists|rule already registered`),
  // podman, nerdctl, BuildKit's checks, crane.
  row(
    'platform-warning',
    String.raw`image platform \(?(?<actual>[a-z0-9]{1,20}/[a-z0-9/]{1,40})\)? does not match the expected platform \(?(?<host>[a-z0-9]{1,20}/[a-z0-9/]{1,40})\)?`,
  ),
  row(
    'platform-warning',
    String.raw`Platform \\?"(?<actual>[a-z0-9/]{1,40})\\?" seems incompatible with the host platform \\?"(?<host>[a-z0-9/]{1,40})\\?"`,
  ),
  row(
    'platform-warning',
    String.raw`was pulled with platform "(?<actual>[a-z0-9/]{1,40})", expected "(?<host>[a-z0-9/]{1,40})"`,
  ),
  row(
    'platform-missing',
    String.raw`no image found in (?:manifest list|image index) for architecture`,
  ),
  row('platform-missing', String.raw`no child with platform (?<asked>[a-z0-9/]{1,40}) in index`),
  row(
    'platform-missing',
    String.raw`image operating system "\w{1,20}" cannot be used on this platform`,
  ),
];
