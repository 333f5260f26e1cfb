import { isFlanlabError, nearest } from '@flanlab/errors';
import type { TaskTemplate, TemplateCatalogue } from './catalogue.js';
import { TEMPLATE_SLOTS } from './data/template-slots.js';
import { parseTemplate } from './template.js';

/** Something that a check found in one template. */
export interface TemplateFinding {
  /** `error`: prompts cannot be made with it. `note`: it is never drawn by default, and could not be used as it is. */
  readonly severity: 'error' | 'note';
  /** `rte/3`, or a template key. */
  readonly template: string;
  readonly message: string;
}

/** The slots that templates of a key may use; undefined for a key that no task has. */
export function templateSlots(key: string): readonly string[] | undefined {
  return Object.hasOwn(TEMPLATE_SLOTS, key) ? TEMPLATE_SLOTS[key as keyof typeof TEMPLATE_SLOTS] : undefined;
}

/**
 * Checks that every task has templates and that these ask only for what rows offer. Templates past `eligible`, which are
 * not drawn (FLAN turns the task around in its last ones), get notes in place of errors.
 */
export function checkCatalogue(
  catalogue: TemplateCatalogue,
  { eligible = 5 }: { readonly eligible?: number } = {},
): readonly TemplateFinding[] {
  const findings: TemplateFinding[] = [];
  for (const key of Object.keys(TEMPLATE_SLOTS)) {
    const count = catalogue.tasks[key]?.length ?? 0;
    if (count >= eligible) continue;
    const message = count === 0 ? 'has no templates' : `has ${count} templates; ${eligible} are drawn from`;
    findings.push({ severity: count === 0 ? 'error' : 'note', template: key, message });
  }
  for (const [key, templates] of Object.entries(catalogue.tasks)) {
    const slots = templateSlots(key);
    if (slots === undefined) findings.push({ severity: 'note', template: key, message: 'belongs to no task' });
    else findings.push(...templates.flatMap((template, index) => checkTemplate(template, slots, index < eligible)));
  }
  return findings;
}

function checkTemplate(template: TaskTemplate, slots: readonly string[], drawn: boolean): readonly TemplateFinding[] {
  const severity = drawn ? 'error' : 'note';
  const messages: string[] = [];
  try {
    parseTemplate(template.input, { id: template.id, slots });
  } catch (error) {
    if (!isFlanlabError(error)) throw error;
    messages.push(`${error.what} ${error.why} ${error.fix}`);
  }
  const target = /^\{(\w+)\}$/.exec(template.target)?.[1];
  if (target === undefined) messages.push(`Its target "${template.target}" is no single slot.`);
  else if (template.input.includes(template.target)) messages.push(`It shows what it asks for, ${template.target}.`);
  else if (!ANSWERS.has(target) && !slots.includes(target)) {
    const near = nearest(target, slots);
    const hint = near === undefined ? '' : ` Did you mean {${near}}?`;
    messages.push(`Its target {${target}} is neither {answer} nor a field of the rows.${hint}`);
  }
  return messages.map((message) => ({ severity, template: template.id, message }));
}

/** Targets that stand for the task's label, whatever the row calls it. */
const ANSWERS: ReadonlySet<string> = new Set(['answer', 'answer_str', 'target', 'numbered_answers']);
