import type { TaskTemplate, TemplateCatalogue } from './catalogue.js';
import { BUILTIN_FRAMES } from './data/frames.js';
import { GENERATION_TEMPLATES } from './data/generation-templates.js';
import { UNDERSTANDING_TEMPLATES } from './data/understanding-templates.js';

/** Ten wordings of our own for each template key of the FLAN tasks; several tasks may share a key. */
export const TASK_TEMPLATES = {
  ...UNDERSTANDING_TEMPLATES,
  ...GENERATION_TEMPLATES,
} as const satisfies Record<string, readonly TaskTemplate[]>;

export type TemplateKey = keyof typeof TASK_TEMPLATES;

/** The wording that ships with flanlab: short, because a small model reads it with every row. */
export const BUILTIN_CATALOGUE: TemplateCatalogue = {
  source: 'builtin',
  tasks: TASK_TEMPLATES,
  frames: BUILTIN_FRAMES,
};
