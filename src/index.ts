/**
 * xbuild as a library: build Docker images for several platforms, prove that each one runs, and
 * read what a kernel does with a file. The pure part needs no engine.
 */
export { main as runCommandLine } from './main.ts';
