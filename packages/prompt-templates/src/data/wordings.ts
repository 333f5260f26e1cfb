import type { TaskTemplate } from '../catalogue.js';

/** Ten wordings that ask for the same target. */
export function wordings(key: string, target: string, inputs: readonly string[]): readonly TaskTemplate[] {
  return inputs.map((input, index) => ({ id: `${key}/${index}`, input, target }));
}
