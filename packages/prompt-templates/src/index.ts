export { BUILTIN_CATALOGUE, TASK_TEMPLATES, type TemplateKey } from './builtin.js';
export {
  type BigBenchFormat,
  bigBenchFormat,
  type OptionNumbering,
  type PromptFrames,
  type TaskTemplate,
  type TemplateCatalogue,
  taskTemplates,
} from './catalogue.js';
export { checkCatalogue, type TemplateFinding, templateSlots } from './check-catalogue.js';
export { BUILTIN_FRAMES } from './data/frames.js';
export { PUBLISHED_CATALOGUES, type PublishedCatalogueName, type PublishedFile } from './data/published-sources.js';
export { TEMPLATE_ERROR_CODES, TemplateError } from './errors.js';
export { type FetchPublishedOptions, fetchPublished, PUBLISHED_BASE_URL } from './fetch-published.js';
export { IMPORT_RECORD, type ImportedFile, type ImportTemplatesOptions, importTemplates } from './import-templates.js';
export { CATALOGUE_FILE_NAMES, type CatalogueFiles, loadCatalogue } from './load-catalogue.js';
export { type PythonValue, readPythonLiterals } from './python/read-python-literals.js';
export { type CataloguePart, readTemplateFile, type TemplateFile } from './read-template-file.js';
export {
  type FilledTemplate,
  fillTemplate,
  fillTemplateSpans,
  fillTemplateWith,
  type ParseTemplateOptions,
  parseTemplate,
  type Template,
  type TemplatePart,
} from './template.js';
