import { closest } from '../model/closest.ts';

/** What `{{name}}` may stand for. A value that cannot be had is the reason why. */
export type Variables = Readonly<Record<string, () => string | { missing: string }>>;

/** A text in which a variable could not be filled in. */
export interface VariableProblem {
  message: string;
  hint: string;
}

const pattern = /\{\{([^{}]*)\}\}/g;

/** Tells whether a text has variables whose names begin so. */
export function usesVariable(text: string, prefix: string): boolean {
  return [...text.matchAll(pattern)].some(([, body = '']) => body.trim().startsWith(prefix));
}

/**
 * Fills in the variables of a text: `{{git.sha}}`, or `{{git.tag|edge}}` with a word for where there
 * is none. `clean` makes a value fit for where the text is used.
 */
export function expandVariables(
  text: string,
  variables: Variables,
  clean: (value: string) => string = (value) => value,
): string | VariableProblem {
  let problem: VariableProblem | undefined;
  const expanded = text.replaceAll(pattern, (_whole, body: string) => {
    const [name = '', fallback] = body.split('|').map((part) => part.trim());
    const value = readVariable(name, fallback, variables);
    if (typeof value === 'string') return clean(value);
    problem ??= value;
    return '';
  });
  return problem ?? expanded;
}

function readVariable(
  name: string,
  fallback: string | undefined,
  variables: Variables,
): string | VariableProblem {
  const read = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (read === undefined) {
    const near = closest(name, Object.keys(variables));
    return {
      message: `there is no variable {{${name}}}`,
      hint:
        near === undefined
          ? `Use one of ${Object.keys(variables).join(', ')}.`
          : `Did you mean {{${near}}}?`,
    };
  }
  const value = read();
  if (typeof value === 'string') return value;
  if (fallback !== undefined) return fallback;
  return {
    message: `{{${name}}} has no value: ${value.missing}`,
    hint: `Write {{${name}|WORD}} to use a word of your own where there is none.`,
  };
}

/** A value as part of a tag, where a branch `feature/x` would not do. Source: distribution/reference, tag. */
export function cleanForTag(value: string): string {
  return value.replaceAll(/[^A-Za-z0-9_.-]/g, '-').replace(/^[.-]+/, '');
}
