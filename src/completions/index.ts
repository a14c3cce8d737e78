import { bash } from './bash.ts';
import { fish } from './fish.ts';
import { zsh } from './zsh.ts';

/** The shells that xbuild completes for, and what each one reads. */
export const shells: Readonly<Record<string, string>> = { bash, zsh, fish };
