/** The numbers at the start of a version, `28.5.2-rc.1` as [28, 5, 2]; undefined where there are none. */
export function versionNumbers(text: string): number[] | undefined {
  const match = /^v?(\d+(?:\.\d+)*)/.exec(text.trim());
  return match?.[1]?.split('.').map(Number);
}

/** Below zero where `one` is older than `other`, zero where they are equal; missing numbers are 0. */
export function compareVersions(one: readonly number[], other: readonly number[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
