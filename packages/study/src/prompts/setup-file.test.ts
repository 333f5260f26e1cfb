import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveSetup, SETUP_NAMES, SETUPS } from '@flanlab/mixtures';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSetupFile } from './setup-file.js';

const configs = fileURLToPath(new URL('../../../../configs/mixtures', import.meta.url));

describe('configs/mixtures', () => {
  it.each(SETUP_NAMES)('says of %s what the table says', async (name) => {
    const file = await readSetupFile(join(configs, `${name}.yaml`));
    expect(file).toEqual({ name, setup: SETUPS[name], options: {} });
    expect(resolveSetup(file.setup, { name })).toEqual(resolveSetup(name));
  });

  it.each(SETUP_NAMES.filter((name) => !name.startsWith('leave-out-')))(
    'has the gold-pipeline mixture of %s: its SampleGen prompts',
    async (name) => {
      const { setup, options } = await readSetupFile(join(configs, `gold-pipeline-${name}.yaml`));
      expect(options).toEqual({ kind: 'samplegen' });
      expect({ ...setup, description: '' }).toEqual({ ...SETUPS[name], description: '' });
    },
  );

  it('has no other file', () => {
    expect(readdirSync(configs)).toHaveLength(SETUP_NAMES.length + 9);
  });
});

describe('readSetupFile', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flanlab-setup-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const read = async (text: string) => {
    const path = join(folder, 'mine.yaml');
    await writeFile(path, text);
    return readSetupFile(path);
  };

  it('takes lists and settings, and its name from the file', async () => {
    const text = 'tasks: [rte, sst2]\nheldOut: [copa]\ncap: 500\nseed: 7\nonNearDuplicate: remove\n';
    expect(await read(text)).toEqual({
      name: 'mine',
      setup: { description: '', tasks: ['rte', 'sst2'], heldOut: ['copa'] },
      options: { cap: 500, seed: 7, onNearDuplicate: 'remove' },
    });
    expect(await read('name: other\ntasks: [rte]')).toMatchObject({ name: 'other' });
  });

  it('names all mistakes at once, with what was meant', async () => {
    const error: unknown = await read('task: [rte]\ncap: 0\ndropClusters: [nlii]\n').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'STUDY_SETUP_INVALID', kind: 'usage' });
    const { why } = error as { readonly why: string };
    for (const part of ['task: unknown setting; did you mean tasks?', 'cap: ', 'dropClusters.0: ', '3 settings'])
      expect(why).toContain(part);
  });
});
