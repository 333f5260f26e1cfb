export { type Override, parseOverride } from './config/overrides.js';
export { checkConfig, parseYaml, readConfig } from './config/parse-config.js';
export type { StudyConfig } from './config/schema.js';
export { type RunStagesOptions, runStages } from './engine/run-stages.js';
export type { Stage, StageContext } from './engine/stage.js';
export { STUDY_ERROR_CODES, StudyError } from './errors.js';
export type { StageProgress, StudyEvent } from './events.js';
