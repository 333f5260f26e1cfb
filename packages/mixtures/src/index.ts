export { type BuildMixtureOptions, buildMixture, type Mixture, type MixtureProgress } from './build-mixture.js';
export { SETUP_NAMES, SETUPS, type SetupName, type SetupSpec } from './data/setups.js';
export { MIXTURE_ERROR_CODES, MixtureError } from './errors.js';
export {
  type InterleaveOptions,
  interleave,
  type PickedRow,
  STOPPING_STRATEGIES,
  type StoppingStrategy,
} from './interleave.js';
export { findLeak, type Guard, guardAgainst, type Leak } from './leakage.js';
export { type MixingRateOptions, mixingRates } from './mixing-rates.js';
export {
  formatLeakage,
  formatMixtureCard,
  type GuardFile,
  type LeakageReport,
  type MixtureCard,
  type NearLeakageReport,
  type TaskShare,
} from './mixture-card.js';
export type { NearDuplicate, NearDuplicateOptions } from './near/near-duplicates.js';
export { type OpenPromptsOptions, openPrompts } from './open-prompts.js';
export { openPromptFile, type PromptFile } from './prompt-file.js';
export type { LoadedRows, PromptFacts, PromptSource } from './prompt-source.js';
export { type MixableTask, type ResolvedSetup, type ResolveSetupOptions, resolveSetup } from './resolve-setup.js';
export type { RowSequence } from './row-sequence.js';
