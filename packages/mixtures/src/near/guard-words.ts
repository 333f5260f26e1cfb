import type { PromptRow } from '@flanlab/samplegen';
import { pushWords, WordList } from './words.js';

/** A row to keep away, and where its words are. */
export interface GuardRow {
  readonly task: string;
  /** Position among the rows of its task. */
  readonly row: number;
  readonly template: string;
  readonly start: number;
  readonly end: number;
}

/** The words of all rows to keep away, as hashes, one row after the other: 8 bytes a word. */
export interface GuardWords {
  readonly rows: readonly GuardRow[];
  readonly words: { readonly a: Uint32Array; readonly b: Uint32Array };
}

/**
 * Collects the words of rows to keep away. Each example counts once, in the first prompt that asks it; prompts that show samples
 * besides are left out, because samples may well come from the training rows.
 */
export class GuardWordsBuilder {
  private readonly rows: GuardRow[] = [];
  private readonly a = new WordList();
  private readonly b = new WordList();
  private readonly counts = new Map<string, number>();
  private readonly seen = new Set<string>();

  add({ text, task = '', template = '', examples = [] }: Partial<PromptRow>): void {
    const row = this.counts.get(task) ?? 0;
    this.counts.set(task, row + 1);
    const [asked] = examples;
    if (text === undefined || examples.length > 1 || (asked !== undefined && this.seen.has(asked))) return;
    if (asked !== undefined) this.seen.add(asked);
    const start = this.a.length;
    pushWords(text, this.a, this.b);
    this.rows.push({ task, row, template, start, end: this.a.length });
  }

  finish(): GuardWords {
    const words = { a: this.a.values.subarray(0, this.a.length), b: this.b.values.subarray(0, this.b.length) };
    return { rows: this.rows, words };
  }
}
