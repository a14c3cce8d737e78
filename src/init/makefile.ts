/** Targets that name no file, whatever the Makefile says. */
const phony: ReadonlySet<string> = new Set(['all', 'build', 'default', 'main-build', 'first']);

/**
 * The program that `make` makes when it is told nothing: the default goal, or where that names no file
 * the first thing that it needs. Undefined where it cannot be told from the text.
 *
 * Source: GNU make, "How make Processes a Makefile".
 */
export function programOfMakefile(text: string): string | undefined {
  const lines = text.replaceAll('\\\n', ' ').split('\n');
  const variables = new Map<string, string>();
  const declared = new Set<string>();
  let goal: { target: string; needs: string[] } | undefined;
  for (const line of lines.map((one) => one.replace(/(^|\s)#.*$/, ''))) {
    const [, name, value = ''] = /^([\w.-]+)\s*(?::{1,3}|\?)?=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined) variables.set(name, value);
    const [, targets = '', needed = ''] = /^([^\s:=][^:=]*):(?![:=])([^;=]*)/.exec(line) ?? [];
    const [target = ''] = targets.trim().split(/\s+/);
    const needs = needed.trim().split(/\s+/).filter(Boolean);
    if (target === '.PHONY') for (const one of needs) declared.add(one);
    if (target === '' || target.startsWith('.') || target.includes('%')) continue;
    goal ??= { target, needs };
  }
  if (goal === undefined) return undefined;
  const isFile = !phony.has(goal.target) && !declared.has(goal.target);
  return plainFile(isFile ? goal.target : goal.needs[0], variables);
}

/** With a variable replaced that is the whole word; what no path of one word is, is not known. */
function plainFile(
  word: string | undefined,
  variables: ReadonlyMap<string, string>,
): string | undefined {
  const [, name] = /^\$[({]([\w.-]+)[)}]$/.exec(word ?? '') ?? [];
  const file = name === undefined ? word : variables.get(name);
  return file !== undefined && /^\w[\w.-]*(?:\/\w[\w.-]*)*$/.test(file) && !/\.[ao]$/.test(file)
    ? file
    : undefined;
}
