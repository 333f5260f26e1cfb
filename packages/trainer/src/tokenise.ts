import { TrainerError } from './errors.js';
import type { Recipe } from './recipe.js';
import { tokeniseSeq2SeqRow } from './seq2seq-rows.js';

/** Label of a position that does not enter the loss. */
export const IGNORE_INDEX = -100;

/** One training row; the span says which characters are to be learned (UTF-16 offsets into `text`, end excluded). */
export interface TrainingRow {
  readonly text: string;
  readonly labelStart?: number;
  readonly labelEnd?: number;
}

/** The part of a tokenizer that training needs; `loadTokenizer` of @flanlab/language-model makes one. */
export interface RowTokenizer {
  readonly bosId?: number | undefined;
  readonly eosId?: number | undefined;
  readonly padId?: number | undefined;
  encode(
    text: string,
    options?: { readonly addSpecialTokens?: boolean },
  ): {
    readonly ids: Int32Array;
    /** Two per token: start and end in UTF-16 units; equal for tokens that stand for no text. */
    readonly offsets: Int32Array;
  };
}

/** A row as the model sees it. */
export interface TokenisedRow {
  /** Place of the row in what was given. */
  readonly index: number;
  readonly ids: Int32Array;
  /**
   * The id where the token is a target, else `IGNORE_INDEX`. Not shifted. Of a `decoded` row: the tokens that are
   * written, as many as there are.
   */
  readonly labels: Int32Array;
  /** Two per token (of a `decoded` row `ids`, then `labels`): where its text starts and ends in the row, in UTF-16 units. */
  readonly offsets: Int32Array;
  /** Targets that enter the loss: after the shift the first token of a causal row cannot be one. */
  readonly targets: number;
  readonly truncated: boolean;
  /** The text brought a second beginning-of-sequence token (removed, unless the recipe keeps it). */
  readonly doubleBos: boolean;
  /** The last token is an end-of-sequence token that is learned. */
  readonly learnsToStop: boolean;
  /** Set for an encoder-decoder: an encoder reads `ids`, a decoder writes `labels`. */
  readonly decoded?: true;
  /** Of a packed row: how many tokens each of its documents has. */
  readonly lengths?: readonly number[];
}

/** Tokens that a model reads and writes for a row. */
export function tokenCount({ ids, labels, decoded }: TokenisedRow): number {
  return ids.length + (decoded ? labels.length : 0);
}

export type TokeniseOptions = Pick<
  Recipe,
  'objective' | 'target' | 'maxLength' | 'doubleBos' | 'appendEos' | 'eosLabels'
>;

/**
 * Tokenises a row and marks its targets by position, never by token id, so that a padding or end-of-sequence token
 * that is part of the answer is learned like any other. A token is a target when it shares a character with the span;
 * end-of-sequence tokens at the end are targets when the span reaches the end of the text. (With `eosLabels: 'masked'` none
 * is, wherever it stands, as in the reference: transformers' collator masks all tokens that equal the padding.)
 * @throws {TrainerError} `TRAINER_ROWS_INVALID` when the text is missing, or the span where it is needed, or that lies outside of it
 */
export function tokeniseRow(
  row: TrainingRow,
  index: number,
  tokenizer: RowTokenizer,
  options: TokeniseOptions,
): TokenisedRow {
  if (typeof row.text !== 'string') throw invalidRow(index, 'It has no text.', TEXT_FIX);
  if (options.objective === 'seq2seq') {
    return tokeniseSeq2SeqRow(row, index, labelSpan(row, index, { target: 'completion' }), tokenizer, options);
  }
  const { start, end } = labelSpan(row, index, options);
  const encoded = tokenizer.encode(row.text, { addSpecialTokens: true });
  let ids = encoded.ids;
  let offsets = encoded.offsets;
  const { bosId, eosId } = tokenizer;
  const doubleBos = bosId !== undefined && ids.length > 1 && ids[0] === bosId && ids[1] === bosId;
  if (doubleBos && options.doubleBos === 'avoid') {
    ids = ids.subarray(1);
    offsets = offsets.subarray(2);
  }
  if (options.objective === 'causal' && options.appendEos && eosId !== undefined && ids.at(-1) !== eosId) {
    ids = Int32Array.of(...ids, eosId);
    offsets = Int32Array.of(...offsets, row.text.length, row.text.length);
  }
  const isTarget = new Uint8Array(ids.length);
  for (let i = 0; i < ids.length; i++) {
    const from = offsets[2 * i]!;
    const to = offsets[2 * i + 1]!;
    isTarget[i] = options.target === 'all' || (to > from && from < end && to > start) ? 1 : 0;
  }
  if (eosId !== undefined) markFinalEos(ids, offsets, isTarget, eosId, row.text, end);
  if (options.objective === 'causal' && options.eosLabels === 'masked') {
    for (let i = 0; i < ids.length; i++) if (ids[i] === eosId) isTarget[i] = 0;
  }
  const length = Math.min(ids.length, options.maxLength);
  const labels = new Int32Array(length).fill(IGNORE_INDEX);
  let targets = 0;
  for (let i = 0; i < length; i++) {
    if (isTarget[i] === 0) continue;
    labels[i] = ids[i]!;
    if (i > 0 || options.objective === 'masked') targets += 1;
  }
  const learnsToStop = eosId !== undefined && ids[length - 1] === eosId && labels[length - 1] === eosId;
  // Copies: subarrays would keep the untruncated buffers alive.
  return {
    index,
    ids: ids.slice(0, length),
    labels,
    offsets: offsets.slice(0, 2 * length),
    targets,
    truncated: length < ids.length,
    doubleBos,
    learnsToStop,
  };
}

/** Makes the end-of-sequence tokens at the end targets when no text lies between the span and them. */
function markFinalEos(
  ids: Int32Array,
  offsets: Int32Array,
  isTarget: Uint8Array,
  eosId: number,
  text: string,
  spanEnd: number,
): void {
  let first = ids.length;
  while (first > 0 && ids[first - 1] === eosId) first -= 1;
  // Where the text proper ends: before a literal "</s>", or at its end when the token was added.
  const literal = first < ids.length && offsets[2 * first + 1]! > offsets[2 * first]!;
  const textEnd = literal ? offsets[2 * first]! : text.length;
  if (spanEnd < textEnd && text.slice(spanEnd, textEnd).trim() !== '') return;
  isTarget.fill(1, first);
}

function labelSpan(
  row: TrainingRow,
  index: number,
  { target }: Pick<TokeniseOptions, 'target'>,
): { start: number; end: number } {
  const { text, labelStart, labelEnd } = row;
  if (target === 'all') return { start: 0, end: text.length };
  const problem =
    labelStart === undefined || labelEnd === undefined
      ? 'It has no label span, and the recipe learns completions only.'
      : !(
            Number.isInteger(labelStart) &&
            Number.isInteger(labelEnd) &&
            labelStart >= 0 &&
            labelStart <= labelEnd &&
            labelEnd <= text.length
          )
        ? `Its span ${labelStart} to ${labelEnd} does not lie in its text of ${text.length} characters.`
        : undefined;
  if (problem === undefined) return { start: labelStart!, end: labelEnd! };
  throw invalidRow(index, problem, SPAN_FIX);
}

const TEXT_FIX = 'Give each row a string `text`; chats become text by `flanlab prompts create --chat-template`.';
const SPAN_FIX =
  'Give labelStart and labelEnd (in a file label_start and label_end) as UTF-16 offsets into text, or train with target: all.';

function invalidRow(index: number, why: string, fix: string): TrainerError {
  return new TrainerError('TRAINER_ROWS_INVALID', { what: `Row ${index} cannot be used for training.`, why, fix });
}
