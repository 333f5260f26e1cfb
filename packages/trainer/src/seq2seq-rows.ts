import type { RowTokenizer, TokenisedRow, TokeniseOptions, TrainingRow } from './tokenise.js';

/**
 * A row of an encoder-decoder: the encoder reads the text before the span, with the special tokens of its tokenizer; the
 * decoder learns to write the span and, when nothing but space or the end-of-sequence token stands behind it, to stop.
 * What stands behind the span is read by neither. A text that is too long loses tokens at its right, but keeps an
 * end-of-sequence token that the tokenizer put there, as truncation does in `transformers`.
 * @param span UTF-16 offsets into the row's text, checked
 */
export function tokeniseSeq2SeqRow(
  row: TrainingRow,
  index: number,
  span: { readonly start: number; readonly end: number },
  tokenizer: RowTokenizer,
  { maxLength, appendEos }: TokeniseOptions,
): TokenisedRow {
  const { eosId } = tokenizer;
  const read = tokenizer.encode(row.text.slice(0, span.start), { addSpecialTokens: true });
  const written = tokenizer.encode(row.text.slice(span.start, span.end), { addSpecialTokens: false });
  const ids = cut(read.ids, maxLength, eosId);
  const stops = endsText(row.text.slice(span.end), tokenizer);
  const isClosed = written.ids.length > 0 && written.ids.at(-1) === eosId;
  const target = Int32Array.of(
    ...written.ids,
    ...(appendEos && stops && eosId !== undefined && !isClosed ? [eosId] : []),
  );
  const labels = target.slice(0, maxLength);
  const offsets = new Int32Array(2 * (ids.length + labels.length));
  offsets.set(read.offsets.subarray(0, 2 * ids.length));
  for (let i = 0; i < labels.length; i++) {
    const at = 2 * (ids.length + i);
    offsets[at] = span.start + (written.offsets[2 * i] ?? span.end - span.start);
    offsets[at + 1] = span.start + (written.offsets[2 * i + 1] ?? span.end - span.start);
  }
  return {
    index,
    ids,
    labels,
    offsets,
    targets: labels.length,
    truncated: read.ids.length > maxLength || target.length > maxLength,
    doubleBos: false,
    learnsToStop: eosId !== undefined && labels.at(-1) === eosId,
    decoded: true,
  };
}

/** At most `maxLength` tokens, the last of them the end-of-sequence token if that was the last. */
function cut(ids: Int32Array, maxLength: number, eosId: number | undefined): Int32Array {
  const kept = ids.slice(0, maxLength);
  if (eosId !== undefined && ids.at(-1) === eosId) kept[kept.length - 1] = eosId;
  return kept;
}

/** Whether nothing stands behind the span but space and end-of-sequence tokens. */
function endsText(rest: string, tokenizer: RowTokenizer): boolean {
  if (rest.trim() === '') return true;
  return tokenizer.encode(rest, { addSpecialTokens: false }).ids.every((id) => id === tokenizer.eosId);
}
