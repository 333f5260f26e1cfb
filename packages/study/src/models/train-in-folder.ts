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
    | 'modelDir'
    | 'recipe'
    | 'resume'
    | 'signal'
    | 'provider'
    | 'threads'
    | 'trainLog'
    | 'tensorBoard'
    | 'memoryLimitBytes'
  > {
  /** Dataset folder with `train` and perhaps `validation` or `test`, or one file. */
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
  const evalSplit = await evaluationSplit(data);
  const evalRows = evalSplit === undefined ? [] : await mixtureRows(data, evalSplit);
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

/** Folders of prompts have a validation part, and tests that must not choose the model; mixtures call it `test`. */
async function evaluationSplit(data: string): Promise<string | undefined> {
  for (const split of ['validation', 'test']) if ((await findSplitFile(data, split)) !== undefined) return split;
  return undefined;
}
