import { type CharacterMap, characterMapOf } from './character-normalizers.js';
import { type Normalizer, PrependNormalizer, SequenceNormalizer, StripNormalizer } from './library.js';
import { charsmapOf } from './precompiled-charsmap.js';

/** A text and, for each of its UTF-16 units, the range of the original text it came from. */
export interface AlignedText {
  readonly text: string;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** A text that came from itself. */
export function identity(text: string, offset = 0): AlignedText {
  const starts = new Int32Array(text.length);
  const ends = new Int32Array(text.length);
  for (let i = 0; i < text.length; i++) {
    starts[i] = offset + i;
    ends[i] = offset + i + 1;
  }
  return { text, starts, ends };
}

/** Part of an aligned text. */
export function sliceAligned({ text, starts, ends }: AlignedText, start: number, end: number): AlignedText {
  return { text: text.slice(start, end), starts: starts.subarray(start, end), ends: ends.subarray(start, end) };
}

/**
 * Applies a normalizer and keeps the alignment. The library normalises without saying what came from where, so each
 * step is repeated on small units (a character with its combining marks, else a run between spaces, else the whole):
 * the first size whose results join to the real result gives the alignment.
 */
export function normaliseAligned(input: AlignedText, normalizer: Normalizer | null): AlignedText {
  if (normalizer === null || input.text === '') return input;
  if (normalizer instanceof SequenceNormalizer) {
    return normalizer.normalizers.reduce((text, step) => normaliseAligned(text, step), input);
  }
  if (normalizer instanceof PrependNormalizer) return prepend(input, normalizer.config.prepend);
  const character = characterMapOf(normalizer);
  if (character) return mapCharacters(input, character);
  // The library's has a fixed idea of what such a map does.
  const mapped = charsmapOf(normalizer)?.(input.text);
  if (mapped) return joinParts(input, mapped.parts, mapped.results);
  const wanted = normalizer.normalize(input.text);
  if (wanted === input.text) return input;
  if (normalizer instanceof StripNormalizer) {
    const start = input.text.indexOf(wanted);
    return sliceAligned(input, start, start + wanted.length);
  }
  for (const unit of UNITS) {
    const parts = input.text.match(unit) ?? [];
    const results = parts.map((part) => normalizer.normalize(part));
    if (results.join('') === wanted) return joinParts(input, parts, results);
  }
  return joinParts(input, [input.text], [wanted]);
}

// One character with the marks that may combine with it; then runs between white space.
const UNITS = [/\P{M}\p{M}*|\p{M}+/gsu, /\s+|\S+/gsu];

/** Each character by itself; marks that vanish leave their place to what stands before them. */
function mapCharacters(input: AlignedText, map: CharacterMap): AlignedText {
  const starts: number[] = [];
  const ends: number[] = [];
  let text = '';
  let from = 0;
  for (const character of input.text) {
    const last = from + character.length - 1;
    const result = map(character);
    const follows = starts.length > 0 && ends.at(-1) === input.starts[from];
    if (result === '' && follows && /^\p{M}$/u.test(character)) ends[ends.length - 1] = input.ends[last]!;
    for (let k = 0; k < result.length; k++) {
      starts.push(input.starts[from]!);
      ends.push(input.ends[last]!);
    }
    text += result;
    from = last + 1;
  }
  return { text, starts: Int32Array.from(starts), ends: Int32Array.from(ends) };
}

function prepend({ text, starts, ends }: AlignedText, prefix: string): AlignedText {
  // The prefix stands where the first character does, as in Python.
  const last = text.codePointAt(0)! > 0xffff ? 1 : 0;
  const before = new Array<number>(prefix.length);
  return {
    text: prefix + text,
    starts: Int32Array.from([...before.fill(starts[0]!), ...starts]),
    ends: Int32Array.from([...before.fill(ends[last]!), ...ends]),
  };
}

function joinParts(input: AlignedText, parts: readonly string[], results: readonly string[]): AlignedText {
  const text = results.join('');
  const starts = new Int32Array(text.length);
  const ends = new Int32Array(text.length);
  let from = 0;
  let to = 0;
  for (let p = 0; p < parts.length; p++) {
    const length = parts[p]!.length;
    const produced = results[p]!.length;
    // Equal lengths keep their places, unless a character of two units became two; otherwise every unit of the result
    // stands for the whole part.
    const keeps = produced === length && (results[p] === parts[p] || !/[\ud800-\udfff]/.test(parts[p]!));
    for (let k = 0; k < produced; k++, to++) {
      starts[to] = input.starts[keeps ? from + k : from]!;
      ends[to] = input.ends[keeps ? from + k : from + length - 1]!;
    }
    from += length;
  }
  return { text, starts, ends };
}
