import type { Recipe } from './recipe.js';
import { IGNORE_INDEX, type RowTokenizer, type TrainingRow, tokeniseRow } from './tokenise.js';

/** One token of a training row and what becomes of it. */
export interface InspectedToken {
  readonly id: number;
  /** The piece of the row's text that the token stands for; empty for tokens that were added. */
  readonly text: string;
  /** What the token decodes to, for tokens that were added, such as `</s>`. */
  readonly decoded: string;
  /** True when the model learns to produce it. */
  readonly target: boolean;
}

export interface InspectedRow {
  readonly tokens: readonly InspectedToken[];
  readonly targets: number;
  readonly truncated: boolean;
  readonly doubleBos: boolean;
  readonly learnsToStop: boolean;
}

/** A row exactly as training sees it: the same function makes both. */
export function inspectRow(
  row: TrainingRow,
  tokenizer: RowTokenizer & { decode(ids: Int32Array, options?: { readonly skipSpecialTokens?: boolean }): string },
  recipe: Recipe,
): InspectedRow {
  const tokenised = tokeniseRow(row, 0, tokenizer, recipe);
  const { ids, labels, offsets, decoded, targets, truncated, doubleBos, learnsToStop } = tokenised;
  // An encoder-decoder reads ids, then writes labels; others have one row of tokens.
  const tokens = Array.from(decoded ? [...ids, ...labels] : ids, (id, i) => ({
    id,
    text: row.text.slice(offsets[2 * i], offsets[2 * i + 1]),
    decoded: tokenizer.decode(Int32Array.of(id), { skipSpecialTokens: false }),
    target: decoded ? i >= ids.length : labels[i] !== IGNORE_INDEX && (i > 0 || recipe.objective === 'masked'),
  }));
  return { tokens, targets, truncated, doubleBos, learnsToStop };
}
