/**
 * Byte → the printable character that stands for it in byte-level vocabularies.
 * @see Radford et al. 2019; openai/gpt-2 `src/encoder.py` bytes_to_unicode
 */
export const BYTE_CHARACTERS: readonly string[] = (() => {
  const table: string[] = new Array(256);
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    table[byte] = String.fromCharCode(printable ? byte : next++);
  }
  return table;
})();

// The Rust crate's \s is Unicode's White_Space. JavaScript's lacks U+0085 and has U+FEFF, which would split differently.
const SPACE = '\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

/** GPT-2's pre-tokenizer pattern. @see openai/gpt-2 `src/encoder.py`; huggingface/tokenizers `byte_level.rs` */
export const GPT2_PATTERN = new RegExp(
  `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${SPACE}\\p{L}\\p{N}]+|[${SPACE}]+(?![^${SPACE}])|[${SPACE}]+`,
  'gu',
);

const encoder = new TextEncoder();

/** A piece of text in byte characters, one for each byte of its UTF-8. */
export function toByteCharacters(piece: string): string {
  const bytes = encoder.encode(piece);
  let out = '';
  for (let i = 0; i < bytes.length; i++) out += BYTE_CHARACTERS[bytes[i]!];
  return out;
}

/** For each UTF-8 byte of a piece, the UTF-16 start and end of the character it belongs to. */
export function byteSpans(piece: string): { readonly starts: Uint32Array; readonly ends: Uint32Array } {
  const starts = new Uint32Array(piece.length * 3);
  const ends = new Uint32Array(piece.length * 3);
  let bytes = 0;
  for (let i = 0; i < piece.length; ) {
    const codePoint = piece.codePointAt(i)!;
    const units = codePoint > 0xffff ? 2 : 1;
    const length = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    for (let k = 0; k < length; k++, bytes++) {
      starts[bytes] = i;
      ends[bytes] = i + units;
    }
    i += units;
  }
  return { starts: starts.subarray(0, bytes), ends: ends.subarray(0, bytes) };
}
