import { createHash } from 'node:crypto';
import type { PromptRow } from '@flanlab/samplegen';
import { findLeak, type Guard, type Leak } from './leakage.js';
import type { NearDuplicateFinder } from './near/near-duplicates.js';
import type { PromptSource } from './prompt-source.js';

export type LabelType = 'string' | 'int64' | 'float64';

/** What one pass over a task's prompts found. */
export interface ExaminedPrompts {
  readonly task: string;
  readonly source: PromptSource;
  readonly sha256: string;
  /** Number of each row's answer: equal answers have equal numbers. */
  readonly answers: Uint32Array;
  readonly examples: ExampleKeys;
  readonly hasOptions: boolean;
  /** What the answers are: `string`, `int64`, `float64`. */
  readonly labelTypes: ReadonlySet<LabelType>;
  /** Ids of the instruction templates, with the number of rows made of each. */
  readonly templates: Readonly<Record<string, number>>;
  readonly leaks: readonly Leak[];
}

export interface ExaminePromptsOptions {
  readonly task: string;
  readonly prompts: readonly PromptRow[] | PromptSource;
  /** Rows used: the first ones. */
  readonly count: number;
  readonly guard: Guard;
  readonly finder?: NearDuplicateFinder | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One pass over the prompts that a task may contribute; each row is parsed once. */
export async function examinePrompts(options: ExaminePromptsOptions): Promise<ExaminedPrompts> {
  const { task, count, guard, finder, signal } = options;
  const source = asSource(options.prompts);
  const answers = new Uint32Array(count);
  const keys = new KeyList(count);
  const numbers = new Map<string | number, number>();
  const templates = new Map<string, number>();
  const leaks: Leak[] = [];
  let hasOptions = false;
  let index = 0;
  // Without the search for wording, no text is needed.
  const blocks = finder ? source.blocks?.(count) : source.facts?.(count);
  for await (const rows of blocks ?? oneByOne(source, count)) {
    signal?.throwIfAborted();
    for (const row of rows) {
      const number = numbers.get(row.labels) ?? numbers.size;
      numbers.set(row.labels, number);
      answers[index] = number;
      hasOptions ||= row.gold_options.length > 1;
      const { template = '', examples = [] } = row as Partial<PromptRow>;
      templates.set(template, (templates.get(template) ?? 0) + 1);
      keys.addRow(examples);
      const leak = findLeak(guard, task, index, row);
      if (leak) leaks.push(leak);
      else finder?.look(task, index, row as PromptRow);
      index += 1;
    }
  }
  const labelTypes = new Set([...numbers.keys()].map(labelType));
  const sha256 = source.sha256 ?? (await hashRows(source));
  const byName = Object.fromEntries([...templates].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { task, source, sha256, answers, examples: keys, hasOptions, labelTypes, templates: byName, leaks };
}

function labelType(label: string | number): LabelType {
  if (typeof label === 'string') return 'string';
  return Number.isSafeInteger(label) ? 'int64' : 'float64';
}

/** An array as a source. */
export function asSource(prompts: readonly PromptRow[] | PromptSource): PromptSource {
  return Array.isArray(prompts)
    ? { length: prompts.length, at: (index) => prompts[index]! }
    : (prompts as PromptSource);
}

async function* oneByOne(source: PromptSource, count: number): AsyncGenerator<readonly PromptRow[]> {
  for (let index = 0; index < count; index++) yield [await source.at(index)];
}

async function hashRows(source: PromptSource): Promise<string> {
  const hash = createHash('sha256');
  for await (const [row] of oneByOne(source, source.length)) hash.update(`${JSON.stringify(row)}\n`);
  return hash.digest('hex');
}

/** The examples that rows show, as hashes of 53 bits: texts would not fit in memory for millions of rows. */
export interface ExampleKeys {
  /** Row after row; the example that a row asks comes first. */
  readonly keys: Float64Array;
  /** Where the keys of each row end. */
  readonly ends: Uint32Array;
}

class KeyList implements ExampleKeys {
  readonly ends: Uint32Array;
  keys: Float64Array;
  private rows = 0;

  constructor(count: number) {
    this.ends = new Uint32Array(count);
    this.keys = new Float64Array(count);
  }

  addRow(examples: readonly string[]): void {
    let end = this.rows === 0 ? 0 : this.ends[this.rows - 1]!;
    if (end + examples.length > this.keys.length) {
      const larger = new Float64Array(2 * (end + examples.length));
      larger.set(this.keys);
      this.keys = larger;
    }
    for (const example of examples) this.keys[end++] = keyOf(example);
    this.ends[this.rows++] = end;
  }
}

/** 53 bits of two independent hashes. */
function keyOf(text: string): number {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b, 0x85ebca6b) + code;
    b ^= b >>> 15;
  }
  return (a >>> 0) * 2 ** 21 + (b >>> 11);
}
