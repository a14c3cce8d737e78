import type { Fix } from '../model/finding.ts';
import { dockerCommand, xbuildCommand, type FixedEngine } from '../model/rule-fixes.ts';
import { engineToFix } from './engine-fix.ts';
import type { Scene } from './scene.ts';

/** What is done with an image or a container by its name; of a build's step there is neither. */
const aboutImages = /^(?:docker (?:run (?!--privileged)|import )|xbuild (?:verify|build) )/;

/** A command that reaches the engine that was asked, also where docker would talk to another one. */
function reaching(engine: FixedEngine, command: string): string {
  const docker = /^docker (?<rest>[^-].*)$/s.exec(command)?.groups?.['rest'];
  if (docker !== undefined) return `${dockerCommand(engine)} ${docker}`;
  const xbuild = /^xbuild (?<words>.*)$/s.exec(command)?.groups?.['words'];
  if (xbuild === undefined) return command;
  const where = xbuildCommand(engine, '').slice('xbuild '.length);
  return command.includes(where) ? command : xbuildCommand(engine, xbuild);
}

/** What an image needs its last stage must have; what a step needs, its own, and earlier. */
function textForStep(text: string): string {
  return text
    .replace(
      /\b(?<into>in|into) the last stage(?: of the Dockerfile)?/g,
      '$<into> this stage, before this step',
    )
    .replace('that the image has', 'that the stage has');
}

/** A fix with the commands that can be typed as they are for this target, on this engine. */
export function fixInPlace(scene: Scene, fix: Fix): Fix {
  const engine = engineToFix(scene);
  const isStep = scene.facts.target.kind === 'step';
  const kept = (commands: readonly string[]) =>
    commands
      .filter((command) => !isStep || !aboutImages.test(command))
      .map((command) => reaching(engine, command));
  return {
    text: isStep ? textForStep(fix.text) : fix.text,
    commands: kept(fix.commands),
    ...(fix.instead === undefined ? {} : { instead: kept(fix.instead) }),
  };
}
