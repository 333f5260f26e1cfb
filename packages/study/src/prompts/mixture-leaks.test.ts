import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CreateMixtureOptions, createMixture } from './create-mixture.js';
import { createPromptFiles } from './create-prompt-files.js';

const shared = process.env.FLANLAB_SHARED ?? fileURLToPath(new URL('../../../../../shared', import.meta.url));
const data = join(shared, 'data');
const TASKS = ['web_nlg', 'common_gen', 'rte', 'wnli', 'cola'];

/** Real rows in which the reference's mixtures show what they test; where the rows are. */
describe.runIf(existsSync(join(data, 'web_nlg')))('leaks in real rows', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flanlab-leaks-'));
    for (const task of TASKS) {
      for (const use of ['train', 'test'] as const) {
        const options = { tasks: [task], kind: 'regular', use, data, templates: 'builtin', seed: 7 } as const;
        await createPromptFiles({ ...options, format: 'jsonl', out: folder });
      }
    }
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true }));

  const mix = async (task: string, more: Partial<CreateMixtureOptions> = {}) => {
    const setup = { description: `${task} alone`, tasks: [task], heldOut: [] };
    const guard = join(folder, 'regular');
    return createMixture({ setup, prompts: folder, guard, out: join(folder, 'mixture'), ...more });
  };

  it('finds that every training row of web_nlg is a test row: both are its one split', async () => {
    const { leakage, tasks } = await mix('web_nlg');
    expect(leakage.found).toBe(tasks[0]!.used);
    await expect(mix('web_nlg', { onLeak: 'remove' })).rejects.toMatchObject({ code: 'MIXTURE_LEAKAGE' });
  });

  it('finds that common_gen asks the same concepts in both parts, and by default does not', async () => {
    const published = await mix('common_gen', { compat: true });
    expect(published.leakage).toMatchObject({ testRowsInTrain: 28, testRowsRemoved: 0 });
    const { leakage, test } = await mix('common_gen');
    expect(leakage).toMatchObject({ testRowsInTrain: 28, testRowsRemoved: 28 });
    expect(test).toBe(published.test - 28);
  });

  it.each([
    ['rte', 5],
    ['wnli', 50],
    ['cola', 5],
  ])(
    'finds rows of %s that share sentences with its test rows, and leaves them out on request',
    async (task, atLeast) => {
      const { leakage } = await mix(task);
      const { found } = leakage.near;
      expect(leakage).toMatchObject({ found: 0, near: { removed: false } });
      expect(found).toBeGreaterThanOrEqual(atLeast);
      for (const { overlap, against } of leakage.near.rows) {
        expect(against).toBe(task);
        expect(overlap).toBeGreaterThan(0);
        expect(overlap).toBeLessThanOrEqual(1);
      }
      const removed = await mix(task, { onNearDuplicate: 'remove' });
      expect(removed.tasks[0]!.used).toBe(removed.tasks[0]!.available - found);
    },
  );
});
