import { readFile } from 'node:fs/promises';
import { withFileErrors } from '@flanlab/files';
import { applyOverrides, type Override, parseYaml } from '@flanlab/study';
import { parseRecipe, type Recipe } from '@flanlab/trainer';

/**
 * Reads a recipe, YAML or JSON, and puts overrides over it, later ones over earlier.
 * @throws {TrainerError} `TRAINER_RECIPE_INVALID` with all problems at once
 */
export async function readRecipe(path: string | undefined, overrides: readonly Override[] = []): Promise<Recipe> {
  const text = path === undefined ? '' : await withFileErrors('read', path, () => readFile(path, 'utf8'));
  const settings = path === undefined ? {} : (parseYaml(text, path) ?? {});
  const isMapping = typeof settings === 'object' && settings !== null && !Array.isArray(settings);
  return parseRecipe(isMapping ? applyOverrides(settings, overrides) : settings);
}
