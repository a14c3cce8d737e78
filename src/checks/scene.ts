import { parseRuleFile } from '../model/binfmt-rule.ts';
import type { Rule } from '../model/binfmt-rule.ts';
import { isKnown } from '../model/facts.ts';
import type { BinfmtFacts, EngineFacts, KernelFacts } from '../model/facts.ts';
import type { Finding, Fix } from '../model/finding.ts';
import type { PreflightFacts, PreflightInput } from '../model/preflight.ts';
import { replaceFix } from '../model/rule-fixes.ts';
import { needsRule, ran, wantedOf } from './wanted.ts';
import type { Wanted } from './wanted.ts';
import { outcomeText } from './words.ts';

/** The facts that checks on the kernel look at, joined and parsed. */
export interface Scene {
  engine: EngineFacts;
  kernel: KernelFacts;
  /** Whether the user named the platforms; if not, none of them is demanded. */
  named: boolean;
  wanted: Wanted[];
  /** In match order. */
  rules: Rule[];
  /** Names of rule files that could not be read as rules. */
  unreadable: string[];
}

/** Why there is nothing to look at: a whole sentence, the same one for every check it stops. */
export interface Missing {
  missing: string;
}

/** Whether the build's steps run on a machine that the probe cannot look at; names the driver. */
export function elsewhere(facts: PreflightFacts): string | undefined {
  if (!isKnown(facts.builder)) return undefined;
  const { driver } = facts.builder;
  return driver === 'remote' || driver === 'kubernetes' || driver === 'cloud' ? driver : undefined;
}

/** Why the kernel that runs the steps is not known; undefined where it is. */
export function whyNoKernel(facts: PreflightFacts): string | undefined {
  const driver = elsewhere(facts);
  if (driver !== undefined) {
    return `The builder's driver is "${driver}": its steps run on a machine that xbuild cannot look at.`;
  }
  if (facts.engine.os !== 'linux') {
    return `The engine runs ${facts.engine.os} containers, so there is no Linux kernel to look at.`;
  }
  if (!isKnown(facts.kernel)) return `The engine's kernel was not read: ${facts.kernel.unknown}.`;
  return undefined;
}

/** Why there are no rules to look at, though the kernel is known; undefined where there can be. */
function whyNoRules(binfmt: BinfmtFacts): string | undefined {
  if (binfmt.mount === 'binfmt_misc') return undefined;
  return binfmt.knownToKernel
    ? 'binfmt_misc is not mounted on the engine, so there are no rules to look at.'
    : "The engine's kernel does not know binfmt_misc, so there are no rules to look at.";
}

function readRules(binfmt: BinfmtFacts): Pick<Scene, 'rules' | 'unreadable'> {
  const rules: Rule[] = [];
  const unreadable: string[] = [];
  for (const file of binfmt.rules) {
    const reading = parseRuleFile(file);
    const rule = 'rule' in reading ? reading.rule : undefined;
    if (rule === undefined) unreadable.push(file.name);
    else rules.push(rule);
  }
  return { rules, unreadable };
}

const scenes = new WeakMap<PreflightInput, Scene | Missing>();

/** The scene as the kernel has it, also where binfmt_misc is not mounted: then without rules. */
export function kernelScene(input: PreflightInput): Scene | Missing {
  // Every check asks for it, and parsing the rules twenty times can be felt.
  const known = scenes.get(input);
  if (known !== undefined) return known;
  const scene = makeScene(input);
  scenes.set(input, scene);
  return scene;
}

function makeScene(input: PreflightInput): Scene | Missing {
  const { engine, kernel } = input.facts;
  const missing = whyNoKernel(input.facts);
  if (missing !== undefined) return { missing };
  if (!isKnown(kernel)) return { missing: kernel.unknown };
  const table = readRules(kernel.binfmt);
  const own = engine.architecture;
  const wanted = input.platforms.map((platform) =>
    wantedOf(platform, { kernel, rules: table.rules, own }),
  );
  return { engine, kernel, named: input.named, wanted, ...table };
}

/** The part of a finding that only its check knows. */
export interface Complaint {
  message: string;
  why: string;
  evidence: string[];
  fix?: Fix;
}

/**
 * How bad something wrong with a platform's rule is: a failure only where the user named the
 * platform and its program was not seen to run, for what the kernel did beats any theory.
 */
export function gravity(scene: Scene, wanted: Wanted): 'warn' | 'fail' {
  return scene.named && !ran(wanted) ? 'fail' : 'warn';
}

/** A finding about one platform; where its program ran all the same, the evidence says so. */
export function complain(
  id: string,
  scene: Scene,
  wanted: Wanted,
  { evidence, ...complaint }: Complaint,
): Finding {
  const run = wanted.run && [`the probe's program for ${wanted.name} ${outcomeText(wanted.run)}`];
  return {
    id,
    status: gravity(scene, wanted),
    platform: wanted.name,
    ...complaint,
    evidence: [...evidence, ...(run ?? [])],
  };
}

/** What is wrong with one platform; the remedy is for all that have the fault. */
export interface Fault {
  wanted: Wanted;
  complaint: Omit<Complaint, 'fix'>;
}

/** One finding a fault, and the same remedy for all of them, so that it is carried out once. */
export function complainOfAll(
  id: string,
  scene: Scene,
  faults: readonly Fault[],
  fixFor: (scene: Scene, faulty: readonly Wanted[]) => Fix,
): Finding[] {
  if (faults.length === 0) return [];
  const fix = fixFor(
    scene,
    faults.map(({ wanted }) => wanted),
  );
  return faults.map(({ wanted, complaint }) => complain(id, scene, wanted, { ...complaint, fix }));
}

/** Puts good rules in the place of those that take the platforms' programs now. */
export function replaceRulesOf({ engine }: Scene, faulty: readonly Wanted[]): Fix {
  const rules = new Set(faulty.flatMap(({ rule }) => (rule === undefined ? [] : [rule])));
  return replaceFix(engine, [...rules], architecturesOf(faulty));
}

/** Each architecture once, in Docker's words. */
export function architecturesOf(wanted: readonly Wanted[]): string[] {
  return [...new Set(wanted.map(({ platform }) => platform.architecture))];
}

/** Runs a check that needs the kernel's facts. `allRight` is the message where nothing is wrong. */
export function aboutKernel(
  id: string,
  input: PreflightInput,
  allRight: string,
  look: (scene: Scene) => Finding[],
): Finding[] {
  const scene = kernelScene(input);
  if ('missing' in scene) return [{ id, status: 'unknown', message: scene.missing }];
  const findings = look(scene);
  return findings.length > 0 ? findings : [{ id, status: 'pass', message: allRight }];
}

/**
 * Runs a check on the rules. Without binfmt_misc it has nothing to look at and says so in the same
 * words as the others: the cause is the finding of `binfmt-known` or `binfmt-mounted`.
 */
export function aboutRules(
  id: string,
  input: PreflightInput,
  allRight: string,
  look: (scene: Scene) => Finding[],
): Finding[] {
  return aboutKernel(id, input, allRight, (scene) => {
    const missing = whyNoRules(scene.kernel.binfmt);
    if (missing === undefined) return look(scene);
    return scene.wanted.some(needsRule)
      ? [{ id, status: 'unknown', message: missing }]
      : [{ id, status: 'pass', message: 'No wanted platform needs a rule of binfmt_misc.' }];
  });
}

/** A check whose every fault is mended by putting another rule in the place of the one there. */
export function aboutReplaceable(
  id: string,
  input: PreflightInput,
  fine: string,
  faultOf: (scene: Scene, wanted: Wanted) => Fault[],
): Finding[] {
  return aboutRules(id, input, fine, (scene) =>
    complainOfAll(
      id,
      scene,
      scene.wanted.filter(needsRule).flatMap((wanted) => faultOf(scene, wanted)),
      replaceRulesOf,
    ),
  );
}
