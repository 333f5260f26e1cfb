import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileErrors } from '@flanlab/files';
import { type TrainEvent, type TrainOptions, train } from '@flanlab/trainer';
import { lockFolder } from '../engine/lock.js';
import { findSplitFile } from '../prompts/read-split.js';
import { mixtureRows } from '../stages/model-stage.js';

export interface TrainInFolderOptions
  extends Pick<
    TrainOptions,
    'modelDir' | 'recipe' | 'resume' | 'signal' | 'threads' | 'trainLog' | 'tensorBoard' | 'memoryLimitBytes'
  > {
  /** Dataset folder with `train` and perhaps `test`, or one file. */
  readonly data: string;
  /** One folder for everything, as `output_dir` of transformers: the model, `metrics.jsonl` and the checkpoints. */
  readonly out: string;
}

/**
 * Trains on a mixture and leaves model or adapter, `metrics.jsonl` and checkpoints in one folder, locked meanwhile. The
 * model's files appear when training has finished, each at once.
 */
export async function* trainInFolder(options: TrainInFolderOptions): AsyncGenerator<TrainEvent> {
  const { data, out, ...rest } = options;
  const rows = await mixtureRows(data, 'train');
  const evalRows = (await findSplitFile(data, 'test')) === undefined ? [] : await mixtureRows(data, 'test');
  await using _lock = await lockFolder(out);
  const model = join(out, '.model');
  for await (const event of train({
    ...rest,
    rows,
    ...(evalRows.length === 0 ? {} : { evalRows }),
    out: model,
    runDir: out,
  })) {
    if (event.type !== 'finished') {
      yield event;
      continue;
    }
    await withFileErrors('write', out, async () => {
      for (const name of await readdir(model)) await rename(join(model, name), join(out, name));
      await rm(model, { recursive: true, force: true });
    });
    yield { ...event, out };
  }
}
