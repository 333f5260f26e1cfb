import type { Normalizer } from './library.js';

/** A part of a text and what the map makes of it. */
export interface MappedParts {
  readonly parts: readonly string[];
  readonly results: readonly string[];
}

/** Maps characters as a SentencePiece model was trained with: T5's NFKC and white space, for one. */
export type Charsmap = (text: string) => MappedParts;

const made = new WeakMap<Normalizer, Charsmap>();

/** The map of a `Precompiled` normalizer; nothing for others. */
export function charsmapOf(normalizer: Normalizer): Charsmap | undefined {
  const { type, precompiled_charsmap: encoded } = normalizer.config;
  if (type !== 'Precompiled' || encoded == null) return undefined;
  const map = made.get(normalizer) ?? readCharsmap(encoded);
  made.set(normalizer, map);
  return map;
}

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
const encoder = new TextEncoder();
/** Longer graphemes are mapped character by character only. */
const GRAPHEME_BYTES = 6;

/**
 * Reads the map: the size of a trie in bytes, the trie as a double array, then texts that end in 0. Unlike SentencePiece
 * itself it is asked for a grapheme first, then for each character, and the shortest key that the text begins with
 * decides: what the models' Python tokenizers do.
 * @see huggingface/tokenizers `normalizers/precompiled.rs`; huggingface/spm_precompiled `src/lib.rs`; s-yata/darts-clone
 */
export function readCharsmap(base64: string): Charsmap {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  const view = new DataView(bytes.buffer);
  const trieSize = view.getUint32(0, true);
  const units = Uint32Array.from({ length: trieSize / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
  const texts = bytes.subarray(4 + trieSize);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const known = new Map<string, string | undefined>();
  const lookUp = (text: string): string | undefined => {
    if (known.has(text)) return known.get(text);
    const start = shortestKey(units, encoder.encode(text));
    const result = start === undefined ? undefined : decoder.decode(texts.subarray(start, texts.indexOf(0, start)));
    known.set(text, result);
    return result;
  };
  return (text) => {
    const parts: string[] = [];
    const results: string[] = [];
    const add = (part: string, result: string): void => {
      parts.push(part);
      results.push(result);
    };
    for (const { segment } of graphemes.segment(text)) {
      const whole = encoder.encode(segment).length < GRAPHEME_BYTES ? lookUp(segment) : undefined;
      if (whole !== undefined) add(segment, whole);
      else for (const character of segment) add(character, lookUp(character) ?? character);
    }
    return { parts, results };
  };
}

/** The value of the shortest key of a double-array trie that the bytes begin with. */
function shortestKey(units: Uint32Array, bytes: Uint8Array): number | undefined {
  let node = offsetOf(units[0]!);
  for (const byte of bytes) {
    node ^= byte;
    const unit = units[node];
    // The label is the lowest byte; the highest bit marks values, which have none.
    if (byte === 0 || unit === undefined || (unit & 0x8000_00ff) !== byte) return undefined;
    node ^= offsetOf(unit);
    if (unit & 0x100) return units[node]! & 0x7fff_ffff;
  }
  return undefined;
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}
