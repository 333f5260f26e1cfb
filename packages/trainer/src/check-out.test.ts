import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFolder } from '@flanlab/files';
import { expect, it } from 'vitest';
import { collect, FULL, openTestFolder } from './test-runs.js';

it('never writes into the folder of the model that it starts from, under whatever name', async () => {
  const runs = await openTestFolder();
  const before = await hashFolder(runs.modelDir);
  const link = join(runs.folder, 'link');
  await symlink(runs.modelDir, link);
  const wrong = [{ out: runs.modelDir }, { out: `${runs.modelDir}/../model/` }, { out: link }, { runDir: link }];
  for (const places of wrong) {
    await expect(collect(runs.prepare(FULL, places))).rejects.toMatchObject({
      code: 'TRAINER_OUT_IS_MODEL',
      exitCode: 2,
    });
  }
  expect(await hashFolder(runs.modelDir)).toBe(before);
  await runs.remove();
});
