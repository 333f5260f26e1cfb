export { BUILTIN_CATALOGUE, TASK_TEMPLATES, type TemplateKey } from './builtin.js';
export {
  type BigBenchFormat,
  bigBenchFormat,
  type PromptFrames,
  type TaskTemplate,
  type TemplateCatalogue,
  taskTemplates,
} from './catalogue.js';
export { BUILTIN_FRAMES } from './data/frames.js';
export { TEMPLATE_ERROR_CODES, TemplateError } from './errors.js';
export { CATALOGUE_FILE_NAMES, type CatalogueFiles, loadCatalogue } from './load-catalogue.js';
export {
  type FilledTemplate,
  fillTemplate,
  fillTemplateSpans,
  type ParseTemplateOptions,
  parseTemplate,
  type Template,
  type TemplatePart,
} from './template.js';
