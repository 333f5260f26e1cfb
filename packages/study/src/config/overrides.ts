import { parse } from 'yaml';

/** One `--set path=value`: a dotted path and a value written in YAML. */
export interface Override {
  readonly path: string;
  readonly value: unknown;
}

/** Reads `base.recipe.epochs=3` or `tasks.test=[rte, cola]`; without `=` there is no override. */
export function parseOverride(text: string): Override | undefined {
  const equals = text.indexOf('=');
  if (equals <= 0) return undefined;
  const path = text.slice(0, equals).trim();
  const source = text.slice(equals + 1);
  try {
    return { path, value: parse(source) as unknown };
  } catch {
    return { path, value: source };
  }
}

/** A copy of the settings with each override put at its path; mappings on the way are made. Later ones win. */
export function applyOverrides(settings: unknown, overrides: readonly Override[]): unknown {
  const copy: unknown = structuredClone(settings);
  for (const { path, value } of overrides) {
    const keys = path.split('.');
    let target = copy as Record<string, unknown>;
    for (const key of keys.slice(0, -1)) {
      const next = target[key];
      if (typeof next !== 'object' || next === null) target[key] = {};
      target = target[key] as Record<string, unknown>;
    }
    target[keys.at(-1)!] = value;
  }
  return copy;
}
