import type { AddedToken } from './library.js';

/** A stretch of text between added tokens, or one added token. */
export interface Section {
  readonly start: number;
  readonly end: number;
  readonly token?: AddedToken;
}

export type Splitter = (text: string) => readonly Section[];

const WORD = /[\p{L}\p{N}\p{M}\p{Pc}]/u;

/**
 * Finds added tokens in text: leftmost first, then longest; `single_word` tokens only between non-words; `lstrip` and
 * `rstrip` tokens take the white space beside them. @see huggingface/tokenizers `added_vocabulary.rs` find_matches
 */
export function addedTokenSplitter(tokens: ReadonlyMap<string, AddedToken>): Splitter {
  const contents = [...tokens.keys()].filter((content) => content !== '').sort((a, b) => b.length - a.length);
  if (contents.length === 0) return (text) => [{ start: 0, end: text.length }];
  const pattern = new RegExp(contents.map((content) => content.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'), 'gu');
  return (text) => {
    const sections: Section[] = [];
    let done = 0;
    for (const match of text.matchAll(pattern)) {
      const token = tokens.get(match[0])!;
      let start = match.index;
      let end = start + match[0].length;
      if (start < done) continue;
      if (token.single_word && (isWord(text, start - 1) || isWord(text, end))) continue;
      if (token.lstrip) start = done + text.slice(done, start).trimEnd().length;
      if (token.rstrip) end = text.length - text.slice(end).trimStart().length;
      if (start > done) sections.push({ start: done, end: start });
      sections.push({ start, end, token });
      done = end;
    }
    if (done < text.length) sections.push({ start: done, end: text.length });
    return sections;
  };
}

function isWord(text: string, index: number): boolean {
  return index >= 0 && index < text.length && WORD.test(text[index]!);
}
