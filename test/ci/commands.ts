/**
 * What each CI system takes for a command in a line, by its documentation and its source; a line
 * ends at CR and at LF.
 */
export const commands: Readonly<Record<string, RegExp>> = {
  'GitHub Actions': /^\s*::|##\[/,
  // oxlint-disable-next-line no-control-regex -- the marker begins with ESC
  'GitLab CI': /\u001B\[0Ksection_(?:start|end):/,
  'Azure Pipelines': /##vso\[|##\[/i,
  Buildkite: /^\s*(?:---|~~~|\+\+\+|\^\^\^)(?:\s|$)/,
  TeamCity: /##teamcity\[/i,
};
