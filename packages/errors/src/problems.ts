/** One thing wrong with a file or a config, at a path such as `train.recipe`. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** Renders all problems at once, one a line, for the `why` of an error. */
export function problemList(problems: readonly Problem[]): string {
  return problems.map(({ path, message }) => `\n    ${path === '' ? '(top level)' : path}: ${message}`).join('');
}
