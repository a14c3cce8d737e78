/**
 * What judges facts and prints the answer: half of what diagnose consists of. It is loaded while the
 * engine works.
 */
export { causes, families } from '../causes/index.ts';
export { diagnose } from '../diagnose/judge.ts';
export { diagnoseDocument } from '../reporters/diagnose-json.ts';
export { renderCause, renderCauses } from '../reporters/cause-pages.ts';
export { renderDiagnosis, renderFailedBuild } from '../reporters/diagnose-text.ts';
