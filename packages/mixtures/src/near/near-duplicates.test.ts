import { PythonRandom } from '@flanlab/random';
import { describe, expect, it } from 'vitest';
import { GuardWordsBuilder } from './guard-words.js';
import { NearDuplicateFinder, type NearDuplicateOptions } from './near-duplicates.js';

const WORDS = Array.from({ length: 2000 }, (_, n) => `w${n.toString(36)}q`);
const wording = (random: PythonRandom, count: number): string =>
  Array.from({ length: count }, () => WORDS[Math.floor(random.random() * WORDS.length)]).join(' ');

/** Fixed wording of 20 words before the text of a row, and of 10 behind it. */
const inTemplate = (template: string, text: string): string =>
  `[INST] Please read with care these words in the manner of ${template} and then decide which of all answers fits them best: ${text}. Now say what you think in one word, ${template}, thank you[/INST]`;

interface Row {
  readonly text: string;
  readonly template: string;
  readonly task: string;
  readonly examples: readonly string[];
}

const rows = (task: string, seed: number, count: number, words = 40): Row[] => {
  const random = new PythonRandom(seed);
  return Array.from({ length: count }, (_, n) => {
    const template = `${task}/${n % 3}`;
    return { text: inTemplate(template, wording(random, words)), template, task, examples: [`${task}-${seed}-${n}`] };
  });
};

function find(guard: readonly Row[], training: readonly Row[], options: NearDuplicateOptions = {}) {
  const builder = new GuardWordsBuilder();
  for (const row of guard) builder.add(row);
  const finder = new NearDuplicateFinder(builder.finish(), options);
  for (const [index, row] of training.entries()) finder.look(row.task, index, row);
  return { finder, found: finder.finish() };
}

/** The words of a row's own, between the template's. */
const own = ({ text }: Row): string => text.slice(text.indexOf('best: ') + 6, text.indexOf('. Now say'));

describe('NearDuplicateFinder', () => {
  const guard = [...rows('rte', 1, 60), ...rows('copa', 2, 30)];

  it('finds nothing where only the templates are the same', () => {
    expect(find(guard, [...rows('rte', 3, 200), ...rows('copa', 4, 5)]).found).toEqual([]);
  });

  it('names row, guarded row and overlap of planted copies, whatever their case, punctuation and template', () => {
    const training = rows('sst2', 5, 50);
    const changed = own(guard[7]!).toUpperCase().replaceAll(' ', ', ');
    training[3] = { ...training[3]!, text: inTemplate('sst2/0', changed) };
    const half = own(guard[65]!).split(' ').slice(0, 20).join(' ');
    training[9] = { ...training[9]!, text: inTemplate('sst2/0', `${half} and so on`) };
    const { found } = find(guard, training);
    expect(found).toMatchObject([
      { task: 'sst2', row: 3, against: 'rte', guardRow: 7 },
      { task: 'sst2', row: 9, against: 'copa', guardRow: 5 },
    ]);
    // 28 runs of 13 among 40 words, and 8 among their first 20
    expect(found[0]!.overlap).toBe(1);
    expect(found[1]!.overlap).toBeCloseTo(8 / 28, 12);
  });

  it('needs 13 words in a row', () => {
    const words = own(guard[7]!).split(' ');
    const row = rows('sst2', 5, 1)[0]!;
    const with12 = { ...row, text: `other ${words.slice(4, 16).join(' ')} text` };
    const with13 = { ...row, text: `other ${words.slice(4, 17).join(' ')} text` };
    expect(find(guard, [with12]).found).toEqual([]);
    expect(find(guard, [with13]).found).toHaveLength(1);
    expect(find(guard, [with13], { minOverlap: 0.5 }).found).toEqual([]);
  });

  it('looks for 8 words where a row has no more than 12 of its own, and for nothing where it has fewer than 8', () => {
    const short = [...rows('cola', 6, 30, 9), ...rows('wic', 7, 30, 7)];
    const cola = { ...rows('sst2', 5, 1)[0]!, text: `before ${own(short[4]!)} after` };
    const wic = { ...rows('sst2', 5, 1)[0]!, text: `before ${own(short[34]!)} after` };
    expect(find(short, [cola, wic]).found).toMatchObject([{ row: 0, against: 'cola', guardRow: 4, overlap: 1 }]);
  });

  it('still finds a passage that many prompts of several templates ask about', () => {
    const training = rows('sst2', 5, 400).map((row, n) =>
      n % 10 === 0 ? { ...row, text: inTemplate(row.template, own(guard[7]!)) } : row,
    );
    expect(find(guard, training).found.map(({ row }) => row)).toEqual(Array.from({ length: 40 }, (_, n) => 10 * n));
  });

  it('takes for a template’s what many rows of one template share, though the guard has one row of it', () => {
    const [alone] = rows('rte', 1, 1);
    expect(find([alone!], rows('rte', 3, 60)).found).toEqual([]);
  });

  it('leaves out prompts with samples, and examples that an earlier prompt asks', () => {
    const again = guard.map((row) => ({ ...row, text: `${row.text} again` }));
    const withSamples = rows('wic', 8, 5).map((row) => ({ ...row, examples: [...row.examples, 'x'] }));
    expect(find([...guard, ...again, ...withSamples], []).finder.guarded).toBe(90);
  });

  it('stays within its memory: of more n-grams, a share is looked for', () => {
    const training = rows('sst2', 5, 3);
    training[1] = { ...training[1]!, text: own(guard[7]!) };
    const { finder, found } = find(guard, training, { maxGrams: 1000 });
    expect(finder.oneIn).toBe(4);
    expect(finder.grams).toBeLessThan(1000);
    expect(found).toMatchObject([{ row: 1, guardRow: 7, overlap: 1 }]);
  });
});
