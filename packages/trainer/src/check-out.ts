import { access, constants, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { makeFolder, withFileErrors } from '@flanlab/files';
import { TrainerError } from './errors.js';

/**
 * Makes sure that a run can leave its result where it is to go, and does no harm there: better now than after hours of training.
 * @throws {TrainerError} `TRAINER_OUT_IS_MODEL`; {@link FilesError} when the folder above cannot be made or written
 */
export async function checkOut({
  modelDir,
  out,
  runDir,
}: Readonly<Record<'modelDir' | 'out' | 'runDir', string>>): Promise<void> {
  const model = await realPath(modelDir);
  for (const path of [out, runDir]) if ((await realPath(path)) === model) throw isModel(path);
  const folder = dirname(out);
  await withFileErrors('write', folder, async () => {
    await makeFolder(folder);
    await access(folder, constants.W_OK);
  });
}

const realPath = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));

function isModel(path: string): TrainerError {
  return new TrainerError(
    'TRAINER_OUT_IS_MODEL',
    {
      what: `Training cannot write to ${path}.`,
      why: 'It is the folder of the model that training starts from, whose weights the result would replace.',
      fix: 'Choose another folder.',
    },
    { kind: 'usage' },
  );
}
