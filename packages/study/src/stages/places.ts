import { join } from 'node:path';
import type { PromptKind } from '@flanlab/samplegen';
import type { StudyConfig } from '../config/schema.js';
import { EMBEDDED } from '../embedded.js';
import type { StageContext } from '../engine/stage.js';

/** Where a stage's model lies: the trained one below its folder, or the user's. */
export type ModelPlace = (context: Pick<StageContext, 'input'>) => string;

/** Name of the folder with the finished model, below its stage's folder. */
export const MODEL_FOLDER = 'model';
/** Name of the folder with checkpoints and metrics, below its stage's folder. */
export const RUN_FOLDER = 'run';

/** A model of the study's own stage, or of the path that the settings name. */
export function modelPlace(stage: string, path: string | undefined): ModelPlace {
  return ({ input }) => path ?? join(input(stage), MODEL_FOLDER);
}

/** The stage that fetches rows from the hub, where a study takes them from there. */
export const DATA_STAGE = 'data';
/** What was fetched, below the folder of that stage. */
export const FETCHED_FILE = 'fetched.json';

export const isFromHub = ({ data }: StudyConfig): boolean => data.source === 'hub';

/** File of the texts that the base model, or the encoder, learns from. */
export function textFile({ data }: StudyConfig, part: 'base' | 'encoder'): string {
  const [path, embedded] = part === 'base' ? [data.text, EMBEDDED.text] : [data.encoderText, EMBEDDED.encoderText];
  return path === 'embedded' ? embedded : path;
}

/** A prompt file below the folder of the stage `prompts`. */
export const promptFile = (
  folder: string,
  kind: PromptKind,
  use: 'train' | 'test',
  task: string,
  split: string,
): string => join(folder, kind, use === 'train' ? 'train+val' : 'test', task, `${split}.jsonl`);
