import { join } from 'node:path';
import { exists, readJson } from '@flanlab/files';
import { type ModelConfig, parseModelConfig, SEQ2SEQ_FAMILIES } from '@flanlab/language-model';
import { TrainerError } from './errors.js';
import type { Recipe } from './recipe.js';

/**
 * A recipe as it is meant for a model: next to an encoder, the causal objective is to write the row's span behind the
 * text before it (`seq2seq`), and only the span is learned.
 * @throws {TrainerError} `TRAINER_RECIPE_INVALID` where the model cannot be trained so
 */
export function fitObjective(recipe: Recipe, { encoderDecoder, architecture }: ModelConfig): Recipe {
  if (encoderDecoder === undefined) {
    if (recipe.dropout !== undefined && recipe.dropout > 0) {
      throw unfit(
        `dropout is ${recipe.dropout}, and ${architecture} drops nothing inside of itself here.`,
        'dropout: 0',
      );
    }
    if (recipe.objective !== 'seq2seq') return recipe;
    throw unfit(`objective is seq2seq, and ${architecture} has no encoder beside its decoder.`, 'objective: causal');
  }
  if (recipe.packing) {
    throw unfit(
      `packing is true, and ${architecture} reads rows with an encoder, which sees all of them.`,
      'packing: false',
    );
  }
  return { ...recipe, objective: 'seq2seq', target: 'completion' };
}

/** {@link fitObjective} for a model folder; of one that holds only a tokenizer nothing follows. */
export async function fitRecipe(recipe: Recipe, modelDir: string): Promise<Recipe> {
  const path = join(modelDir, 'config.json');
  const raw = (await exists(path)) ? ((await readJson(path)) as { readonly model_type?: unknown } | null) : null;
  const hasEncoder = Object.values(SEQ2SEQ_FAMILIES).some(({ modelType }) => modelType === raw?.model_type);
  return hasEncoder ? fitObjective(recipe, parseModelConfig(raw, path)) : recipe;
}

function unfit(why: string, instead: string): TrainerError {
  return new TrainerError(
    'TRAINER_RECIPE_INVALID',
    { what: 'The recipe does not fit the model.', why: `Its ${why}`, fix: `Set ${instead}, or use another model.` },
    { kind: 'usage' },
  );
}

/**
 * What stands under padding. An encoder alone tells padding by its id, one with a decoder by -1, which no text has. To a
 * decoder alone it means nothing, but it must be in the vocabulary.
 */
export function paddingId(
  { objective }: Pick<Recipe, 'objective'>,
  config: ModelConfig,
  tokenizer: { readonly padId?: number | undefined },
): number {
  if (objective === 'seq2seq') return -1;
  return objective === 'masked' ? (config.padId ?? tokenizer.padId ?? 0) : 0;
}
