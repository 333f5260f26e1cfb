import { parseTemplate, type TemplateCatalogue, taskTemplates } from '@flanlab/prompt-templates';

/** One template under the name that messages use. */
export interface NamedTemplate {
  readonly id: string;
  readonly text: string;
}

/**
 * The templates of a group, a frame or a BIG-bench format.
 * @throws {TemplateError} `TEMPLATE_TASK_UNKNOWN` with the nearest name
 */
export function findTemplates(catalogue: TemplateCatalogue, name: string): readonly NamedTemplate[] {
  const { bigbench, ...frames } = catalogue.frames;
  const frame = Object.entries(frames).find(([id]) => id === name);
  if (frame !== undefined) return [{ id: name, text: frame[1] }];
  const format = Object.hasOwn(bigbench, name) ? bigbench[name] : undefined;
  if (format !== undefined) {
    const gold = format.gold === undefined ? [] : [{ id: `${name} (solved sample)`, text: format.gold }];
    return [{ id: name, text: format.question }, ...gold];
  }
  const named = [...Object.keys(frames), ...Object.keys(bigbench)].map((id) => [id, []] as const);
  const all = { ...catalogue, tasks: { ...Object.fromEntries(named), ...catalogue.tasks } };
  return taskTemplates(all, name).map(({ id, input, target }) => ({ id, text: `${input}\n→ ${target}` }));
}

/**
 * The wording that a prompt names as its template (`rte/3`, `bigbench-closed`), or that a task brings itself; undefined where the catalogue
 * has none under that name.
 */
export function wordingOf(
  { tasks, frames }: TemplateCatalogue,
  id: string,
  own?: readonly string[],
): string | undefined {
  const slash = id.lastIndexOf('/');
  if (own !== undefined) return own[Number(id.slice(slash + 1))];
  if (slash < 0) return frames.bigbench[id.replace(/^bigbench-/, '')]?.question;
  return tasks[id.slice(0, slash)]?.find((template) => template.id === id)?.input;
}

const SLOT = '\u001b[36m';
const DIM = '\u001b[2m';
const RESET = '\u001b[0m';

/** Templates with their slots coloured, each under its name. */
export function formatTemplates(templates: readonly NamedTemplate[], { colour }: { readonly colour: boolean }): string {
  const painted = ({ id, text }: NamedTemplate): string => {
    if (!colour) return `${id}\n${text}`;
    return `${DIM}${id}${RESET}\n${paintSlots(text)}`;
  };
  return templates.map(painted).join('\n\n');
}

/** A template with its slots coloured. */
export function paintSlots(text: string): string {
  const parts = parseTemplate(text).parts.map((part) =>
    part.type === 'slot' ? `${SLOT}{${part.name}}${RESET}` : part.text,
  );
  return parts.join('');
}
