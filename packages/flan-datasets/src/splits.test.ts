import { describe, expect, it } from 'vitest';
import { findTask } from './find-task.js';
import { checkSplitName, partitionIndices, splitFor, storedSplit } from './splits.js';

describe('splitFor', () => {
  it.each([
    ['copa', 'validation', 'test'],
    ['sst2', 'validation', 'validation'],
    ['trec', 'test', 'test'],
    ['fix_punct', 'train', 'train'],
  ])('tests %s on %s, in compat mode on %s', (name, clean, compat) => {
    const task = findTask(name);
    expect(splitFor(task, 'test', { compat: false })).toBe(clean);
    expect(splitFor(task, 'test', { compat: true })).toBe(compat);
    expect(splitFor(task, 'train', { compat: false })).toBe('train');
  });
});

describe('storedSplit', () => {
  it.each([
    ['wsc273', 'train', 'test'],
    ['anli_r2', 'train', 'train_r2'],
    ['anli_r2', 'validation', 'dev_r2'],
    ['web_nlg', 'train', 'full'],
    ['mnli_matched', 'train', 'validation'],
    ['rte', 'train', 'train'],
  ])('of %s for %s is %s', (name, split, stored) => {
    expect(storedSplit(findTask(name), split)).toBe(stored);
  });
});

describe('partitionIndices', () => {
  it('cuts nine rows as the reference does', () => {
    const { main, inContext } = partitionIndices(9);
    expect([[...main], [...inContext]]).toEqual([
      [3, 7, 2, 5],
      [1, 6, 8, 0, 4],
    ]);
  });

  it('gives a single row to the in-context half', () => {
    const { main, inContext } = partitionIndices(1);
    expect([[...main], [...inContext]]).toEqual([[], [0]]);
  });
});

describe('checkSplitName', () => {
  it.each(['..', '../x', 'a/b', '', 'a\0'])('refuses %j', (split) => {
    expect(() => checkSplitName(split)).toThrow(expect.objectContaining({ code: 'DATASET_SPLIT_UNKNOWN' }));
  });
});
