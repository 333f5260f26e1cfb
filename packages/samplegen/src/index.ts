export {
  BIG_BENCH_RUNS,
  type BigBenchOptions,
  type BigBenchRun,
  bigBenchPrompts,
} from './bigbench.js';
export { type BigBenchPipelineOptions, bigBenchPipelinePrompts, drawGoldRows } from './bigbench-pipeline.js';
export { toChatRow } from './chat/chat-row.js';
export {
  type ChatTemplate,
  type ChatTemplateSource,
  createChatTemplate,
  type RenderedChat,
} from './chat/chat-template.js';
export { loadChatTemplate } from './chat/load-chat-template.js';
export {
  type CreatePromptsOptions,
  createPrompts,
  type PreparedPrompts,
  type PromptOptions,
  type PromptSeries,
  preparePrompts,
} from './create-prompts.js';
export { drawOtherTask } from './draw-other-task.js';
export { type DrawNeeds, drawPrompts, type PromptDraws } from './draw-prompts.js';
export { PROMPT_ERROR_CODES, PromptError } from './errors.js';
export { type ExplainOptions, explainPrompt, type PromptPart, type PromptPartName } from './explain-prompt.js';
export { type ExtractSamplesOptions, extractSamples } from './extract-samples.js';
export { exampleFingerprint } from './fingerprint.js';
export { type ChatMessage, type MessagesRow, toMessages } from './messages.js';
export { rowsToGenerate, type Split, trainTestSplit } from './partition.js';
export {
  cutAtAnswer,
  type PipelinePromptOptions,
  pipelinePrompt,
  pipelinePromptsFromResponses,
  pipelinePromptsFromTraining,
  type SampleGenResponse,
  type TrainingPipelineOptions,
} from './pipeline-prompt.js';
export { PROMPT_KINDS, type PromptKind, type PromptRow, type PromptUse } from './prompt-row.js';
export { stripSystemPrompt } from './strip-system-prompt.js';
export { type TokenLengths, type TokenLengthsOptions, tokenLengths } from './token-lengths.js';
export { type ChatTranslatorOptions, chatTranslator } from './translate/chat-translator.js';
export {
  type EstimateTranslationOptions,
  estimateTranslation,
  type TranslationEstimate,
} from './translate/estimate-translation.js';
export { type Translate, textsToTranslate, translateRows } from './translate/translate-rows.js';
