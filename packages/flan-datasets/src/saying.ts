/** A rule of a task that says in words what it does, for `flanlab tasks show` and docs/tasks.md. */
export interface Said {
  readonly says?: string;
}

/** Gives a rule its words. */
export function saying<Rule extends object>(says: string, rule: Rule): Rule & Said {
  return Object.assign(rule, { says });
}

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
