export { applyOverrides, type Override, parseOverride } from './config/overrides.js';
export { checkConfig, parseYaml, readConfig } from './config/parse-config.js';
export type { StudyConfig } from './config/schema.js';
export { EMBEDDED } from './embedded.js';
export { type RunStagesOptions, runStages } from './engine/run-stages.js';
export type { Stage, StageContext } from './engine/stage.js';
export { STUDY_ERROR_CODES, StudyError } from './errors.js';
export type { StageProgress, StudyEvent } from './events.js';
export { type TrainInFolderOptions, trainInFolder } from './models/train-in-folder.js';
export {
  type CreateMixtureOptions,
  createMixture,
  type MixtureStep,
  type RebuildMixtureOptions,
  rebuildMixture,
} from './prompts/create-mixture.js';
export { type CreatePromptFilesOptions, createPromptFiles } from './prompts/create-prompt-files.js';
export { ADVERSARIAL, type Adversarial, type PromptVariants } from './prompts/make-prompts.js';
export type { MixtureInput, MixtureManifest, MixtureSettings } from './prompts/mixture-manifest.js';
export { type PreviewPromptsOptions, previewPrompts } from './prompts/preview-prompts.js';
export type { PromptRecord } from './prompts/prompt-record.js';
export { readSplit } from './prompts/read-split.js';
export { type MixtureSetupFile, readSetupFile } from './prompts/setup-file.js';
export { type ShowMixtureOptions, showMixture } from './prompts/show-mixture.js';
export type { PromptFile } from './prompts/write-task-prompts.js';
export { mixtureRows, trainingRow } from './stages/model-stage.js';
export { reportPath, runStudy } from './study.js';
export { type StudyStagesOptions, studyStages } from './study-stages.js';
export { type TestModelOptions, testModel } from './tests/test-model.js';
