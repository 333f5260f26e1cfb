/** Numbers that grow: a list of 32-bit words without boxing. */
export class WordList {
  values: Uint32Array;
  length = 0;

  constructor(capacity = 1024) {
    this.values = new Uint32Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Uint32Array(2 * this.length);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }
}

const SEPARATOR = 0;
const LETTER = 1;
/** Written without spaces: each is a word of its own. */
const IDEOGRAPH = 2;

let classes: Uint8Array | undefined;

/** What each UTF-16 code unit is to a reader; halves of pairs count as letters. */
function characterClasses(): Uint8Array {
  if (classes) return classes;
  classes = new Uint8Array(65_536);
  for (let code = 0; code < classes.length; code++) {
    const character = String.fromCharCode(code);
    if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(character)) classes[code] = IDEOGRAPH;
    else if (/[\p{L}\p{N}\p{M}\p{Cs}]/u.test(character)) classes[code] = LETTER;
    else classes[code] = SEPARATOR;
  }
  return classes;
}

/**
 * Appends the words of a text, lower-cased and without punctuation, each as two independent hashes of 32 bits: one in either
 * list.
 */
export function pushWords(text: string, first: WordList, second: WordList): void {
  const kinds = characterClasses();
  const lower = text.toLowerCase();
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  let open = false;
  for (let i = 0; i < lower.length; i++) {
    const code = lower.charCodeAt(i);
    const kind = kinds[code]!;
    if (kind !== LETTER && open) {
      first.push(a);
      second.push(b);
      open = false;
    }
    if (kind === SEPARATOR) continue;
    if (!open) {
      a = 0x811c9dc5;
      b = 0x9e3779b9;
      open = true;
    }
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ (b >>> 13), 0x85ebca6b) + code;
    if (kind !== IDEOGRAPH) continue;
    first.push(a);
    second.push(b);
    open = false;
  }
  if (!open) return;
  first.push(a);
  second.push(b);
}
