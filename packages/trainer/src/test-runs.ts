import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashFile } from '@flanlab/files';
import type { TrainEvent } from './events.js';
import type { Recipe } from './recipe.js';
import { TINY_ROWS, writeTinyModel } from './tiny-model.js';
import { type TrainOptions, train } from './train.js';

/** Recipes of the tests. */
export const FULL: Partial<Recipe> = {
  learningRate: 3e-3,
  epochs: 5,
  batchSize: 2,
  target: 'completion',
  logEvery: 1,
  evalEvery: 0,
  saveEvery: 4,
  stepsPerRun: 3,
};
export const LORA: Partial<Recipe> = {
  ...FULL,
  method: 'lora',
  gradientAccumulation: 2,
  learningRate: 2e-2,
  lora: { rank: 4, alpha: 8, dropout: 0.2, targetModules: ['q_proj', 'down_proj'] },
};

/** A folder with a tiny model, and options of runs in it. */
export async function openTestFolder(): Promise<{
  readonly folder: string;
  readonly modelDir: string;
  prepare(recipe: Partial<Recipe>, more?: Partial<TrainOptions>): TrainOptions;
  remove(): Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'trainer-'));
  const modelDir = join(folder, 'model');
  await writeTinyModel(modelDir);
  let runs = 0;
  return {
    folder,
    modelDir,
    prepare(recipe, more = {}) {
      const place = join(folder, `run-${runs++}`);
      const [out, runDir] = [join(place, 'out'), join(place, 'run')];
      return { modelDir, rows: TINY_ROWS, recipe, out, runDir, threads: 1, ...more };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** All events of a run, or those up to one after which it is left. */
export async function collect(
  options: TrainOptions,
  until: (event: TrainEvent) => boolean = () => false,
): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of train(options)) {
    events.push(event);
    if (until(event)) break;
  }
  return events;
}

export const losses = (events: readonly TrainEvent[]): number[] =>
  events.flatMap((event) => (event.type === 'step-end' ? [event.loss] : []));

/** Hash of the trained weights. */
export function hashWeights({ out, recipe }: TrainOptions): Promise<string> {
  return hashFile(
    join(
      out,
      recipe.method !== 'full' && recipe.method !== undefined ? 'adapter_model.safetensors' : 'model.safetensors',
    ),
  );
}

/** Writes a program beside the run folder that trains with these options and does `body` for each `event`; gives its path. */
export async function writeProgram(options: TrainOptions, body: string): Promise<string> {
  await mkdir(options.runDir, { recursive: true });
  const path = join(options.runDir, '..', 'child.mjs');
  const dist = new URL('../dist/index.js', import.meta.url).href;
  await writeFile(
    path,
    `import { train } from ${JSON.stringify(dist)};
     for await (const event of train(${JSON.stringify(options)})) { ${body} }
     process.exit(0);`,
  );
  return path;
}
