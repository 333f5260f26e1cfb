import { nearest, type Problem } from '@flanlab/errors';
import { labelColumns } from './build-task.js';
import type { TaskEntryInFile } from './schema.js';

/** Where an entry names columns that its rows will not have. Structs can hide columns, so that nothing is said after `flatten`. */
export function columnProblems(task: TaskEntryInFile): readonly Problem[] {
  const problems: Problem[] = [];
  let columns = [...task.columns];
  let isKnown = true;
  const want = (names: readonly string[], path: string): void => {
    for (const name of names) {
      if (!isKnown || columns.includes(name)) continue;
      const near = nearest(name, columns);
      const hint = near === undefined ? `there are ${columns.join(', ')}` : `did you mean ${near}?`;
      problems.push({ path, message: `no column "${name}" here; ${hint}` });
    }
  };
  if (task.keepRows) want([task.keepRows.column], 'keepRows.column');
  for (const [index, step] of task.normalise.entries()) {
    const path = `normalise.${index}`;
    if (step.flatten) isKnown = false;
    if (step.rename) {
      want(Object.keys(step.rename), `${path}.rename`);
      columns = columns.map((name) => step.rename?.[name] ?? name);
    }
    if (step.remove) {
      want(step.remove, `${path}.remove`);
      columns = columns.filter((name) => !step.remove?.includes(name));
    }
    if (step.keep) {
      want(step.keep, `${path}.keep`);
      columns = columns.filter((name) => step.keep?.includes(name));
    }
    if (step.add) columns = [...new Set([...columns, ...Object.keys(step.add)])];
    if (step.first !== undefined) want([step.first], `${path}.first`);
  }
  const { hide = [], only = [], options, label, rewrites = {} } = task.prompt;
  want(hide, 'prompt.hide');
  want(
    only.filter((name) => name !== 'options'),
    'prompt.only',
  );
  want(labelColumns(label), 'prompt.label');
  want(Object.keys(rewrites), 'prompt.rewrites');
  if (options?.column !== undefined) want([options.column], 'prompt.options.column');
  if (options?.columns) want(options.columns, 'prompt.options.columns');
  if (task.templates && task.templateKey !== null)
    problems.push({ path: 'templates', message: 'stand in place of templateKey; leave one of the two out' });
  if (options === null && (label.option ?? label.optionFromOne ?? label.letter) !== undefined)
    problems.push({ path: 'prompt.options', message: 'are needed by a label that chooses one of them' });
  return problems;
}
