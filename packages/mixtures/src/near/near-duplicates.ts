import type { PromptRow } from '@flanlab/samplegen';
import { eachGram, GramTable, MAX_GRAMS } from './gram-table.js';
import type { GuardWords } from './guard-words.js';
import { templateWords } from './template-words.js';
import { pushWords, WordList } from './words.js';

/** A training row that shares wording with a row to keep away. */
export interface NearDuplicate {
  readonly task: string;
  /** Position of the row among the task's prompts. */
  readonly row: number;
  /** The task of the guarded row that it shares most with. */
  readonly against: string;
  /** Position of that row among the guarded rows of its task. */
  readonly guardRow: number;
  /** Share of that row's n-grams, above 0, at most 1. */
  readonly overlap: number;
}

export interface NearDuplicateOptions {
  /** Words that have to be the same in a row (default 13). */
  readonly words?: number;
  /** The same for rows whose own wording is shorter than that; still shorter ones are not looked for (default 8). */
  readonly shortWords?: number;
  /** N-grams that more training rows share are a template's, if all these rows have one template (default 10). */
  readonly boilerplate?: number;
  /** Smallest overlap that counts (default 0: one n-gram is enough). */
  readonly minOverlap?: number;
  /** N-grams kept in memory, 32 bytes each (default 4 million); of more, a share is looked for. */
  readonly maxGrams?: number;
}

/** N-grams of one training row that are remembered to judge it by at the end. */
const REMEMBERED = 8;
const MIXED = 0xffff_ffff;
/** An n-gram in so large a share of all rows is a system prompt's. */
const EVERYWHERE = 0.05;

/**
 * Finds training rows that share a run of 13 words, lower-cased and without punctuation, with a row to keep away. The wording of templates
 * does not count: not what the guarded rows of one template share, nor n-grams that many training rows of one template have.
 *
 * @see Brown et al. 2020, arXiv:2005.14165, appendix C
 */
export class NearDuplicateFinder {
  /** N-grams looked for. */
  readonly grams: number;
  /** Guarded rows that have wording of their own, long enough to look for. */
  readonly guarded: number;
  /** One in so many n-grams is looked for; 1 unless there were more than the memory allowed. */
  readonly oneIn: number;
  private readonly table: GramTable;
  private readonly lengths: readonly number[];
  private readonly ownerOf: Uint32Array;
  private readonly gramsOf: Uint32Array;
  /** Training rows in which each gram was seen, the template of these, and the last of them. */
  private readonly seen: Uint32Array;
  private readonly templateOf: Uint32Array;
  private readonly lastRow: Uint32Array;
  private readonly templates = new Map<string, number>();
  private readonly found: {
    readonly task: string;
    readonly row: number;
    readonly shared: ReadonlyMap<number, number[]>;
  }[] = [];
  private readonly a = new WordList();
  private readonly b = new WordList();
  private rows = 0;

  constructor(
    private readonly guard: GuardWords,
    private readonly options: NearDuplicateOptions = {},
  ) {
    const { words = 13, shortWords = 8, maxGrams = MAX_GRAMS } = options;
    const isFixed = templateWords(guard);
    const owners = new WordList();
    const used = new Set<number>();
    let sampling = 0;
    for (;;) {
      this.table = new GramTable(maxGrams);
      this.table.sampling = sampling;
      owners.length = 0;
      const fits = guard.rows.every((row, doc) => {
        const runs = ownRuns(isFixed, row);
        const longest = runs.reduce((most, { start, end }) => Math.max(most, end - start), 0);
        const n = longest >= words ? words : longest >= shortWords ? shortWords : undefined;
        if (n === undefined) return true;
        used.add(n);
        for (const { start, end } of runs) {
          eachGram(guard.words, { n, start, end }, (_, a, b) => {
            if (this.table.add(a, b) === owners.length) owners.push(doc);
          });
        }
        return !this.table.isFull;
      });
      if (fits) break;
      sampling = 2 * sampling + 1;
    }
    this.oneIn = sampling + 1;
    this.lengths = [...used];
    this.ownerOf = owners.values.slice(0, owners.length);
    this.grams = owners.length;
    this.gramsOf = new Uint32Array(guard.rows.length);
    for (const doc of this.ownerOf) this.gramsOf[doc]! += 1;
    this.guarded = this.gramsOf.filter((count) => count > 0).length;
    this.seen = new Uint32Array(this.grams);
    this.templateOf = new Uint32Array(this.grams);
    this.lastRow = new Uint32Array(this.grams);
  }

  /** Looks at one training row; each row once. */
  look(task: string, row: number, { text, template = '' }: Pick<PromptRow, 'text'> & Partial<PromptRow>): void {
    this.rows += 1;
    if (this.grams === 0) return;
    const { a, b } = this;
    a.length = 0;
    b.length = 0;
    pushWords(text, a, b);
    const made = this.templates.get(template) ?? this.templates.size + 1;
    this.templates.set(template, made);
    let shared: Map<number, number[]> | undefined;
    const seenIn = (gram: number): void => {
      if (this.lastRow[gram] === this.rows) return;
      this.lastRow[gram] = this.rows;
      this.seen[gram]! += 1;
      const before = this.templateOf[gram]!;
      if (before === 0) this.templateOf[gram] = made;
      else if (before !== made) this.templateOf[gram] = MIXED;
      if (this.isBoilerplate(gram)) return;
      shared ??= new Map();
      const own = shared.get(this.ownerOf[gram]!);
      if (own) own.push(gram);
      else shared.set(this.ownerOf[gram]!, [gram]);
    };
    for (const n of this.lengths) this.table.findAll({ a: a.values, b: b.values }, n, a.length, seenIn);
    if (shared) this.found.push({ task, row, shared: this.mostShared(shared) });
  }

  /** What was found, in the order of the rows. */
  finish(): readonly NearDuplicate[] {
    const { minOverlap = 0 } = this.options;
    return this.found.flatMap(({ task, row, shared }) => {
      for (const [doc, [count, ...grams]] of shared) {
        const overlap = count! / this.gramsOf[doc]!;
        if (overlap < minOverlap || grams.every((gram) => this.isBoilerplate(gram))) continue;
        const { task: against, row: guardRow } = this.guard.rows[doc]!;
        return [{ task, row, against, guardRow, overlap }];
      }
      return [];
    });
  }

  /** The two guarded rows that share most, with their count and some of the n-grams spread over it. */
  private mostShared(shared: ReadonlyMap<number, number[]>): ReadonlyMap<number, number[]> {
    const share = ([doc, grams]: readonly [number, number[]]): number => grams.length / this.gramsOf[doc]!;
    const most = [...shared].sort((x, y) => share(y) - share(x)).slice(0, 2);
    return new Map(
      most.map(([doc, grams]) => {
        const step = Math.ceil(grams.length / REMEMBERED);
        return [doc, [grams.length, ...grams.filter((_, index) => index % step === 0)]];
      }),
    );
  }

  private isBoilerplate(gram: number): boolean {
    const { boilerplate = 10 } = this.options;
    const seen = this.seen[gram]!;
    return seen > boilerplate && (this.templateOf[gram] !== MIXED || seen > Math.max(100, EVERYWHERE * this.rows));
  }
}

/** The stretches of a row's own words, between the wording of its template. */
function ownRuns(
  isFixed: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
): readonly { readonly start: number; readonly end: number }[] {
  const runs: { start: number; end: number }[] = [];
  for (let i = start; i < end; i++) {
    if (isFixed[i] === 1) continue;
    const from = i;
    while (i < end && isFixed[i] === 0) i += 1;
    runs.push({ start: from, end: i });
  }
  return runs;
}
