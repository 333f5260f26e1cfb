import { join } from 'node:path';
import { loadTokenizer } from '@flanlab/language-model';
import type { TrainingRow } from '@flanlab/trainer';
import type { StudyConfig } from '../config/schema.js';
import type { Stage } from '../engine/stage.js';
import { writeFreshDecoder, writeFreshEncoder } from '../models/fresh-models.js';
import { pretrainingTexts } from '../models/pretraining-texts.js';
import { writeTokenizer } from '../models/tokenizer-folder.js';
import { textFile } from './places.js';
import { TRAINING_VOLATILE, trainInStage } from './train-in-stage.js';

const USES = { base: 'decoder', encoder: 'encoder' } as const;

/** Trains one vocabulary on all texts; base model and encoder get it with their own start and end. */
export function tokenizerStage(config: StudyConfig): Stage {
  const vocabularySize = config.tokenizer?.vocabularySize ?? 0;
  const parts = (['base', 'encoder'] as const).filter((part) => config[part].path === undefined);
  const positions = parts.map((part) => config[part].architecture!.maxPositions);
  return {
    id: 'tokenizer',
    needs: [],
    config: { vocabularySize, parts, positions },
    code: ['@flanlab/language-model', '@flanlab/flan-datasets'],
    files: parts.map((part) => textFile(config, part)),
    async *run({ folder, signal }) {
      yield { done: 0, total: parts.length, unit: 'tokenizers' };
      const texts: string[] = [];
      for (const part of parts) texts.push(...(await pretrainingTexts(textFile(config, part), signal)).train);
      for (const [i, part] of parts.entries()) {
        const use = USES[part];
        await writeTokenizer(join(folder, use), { texts, vocabularySize, maxPositions: positions[i]!, use });
        yield { done: i + 1, total: parts.length, unit: 'tokenizers' };
      }
    },
  };
}

/** Makes and trains the base model, or the encoder, from nothing: `base`, `encoder`. */
export function pretrainStage(config: StudyConfig, part: 'base' | 'encoder'): Stage {
  const { architecture, recipe = {} } = config[part];
  const userTokenizer = config.tokenizer?.path;
  const file = textFile(config, part);
  return {
    id: part,
    needs: userTokenizer === undefined ? ['tokenizer'] : [],
    config: { architecture, recipe, seed: config.seed },
    code: ['@flanlab/trainer', '@flanlab/language-model', '@flanlab/flan-datasets'],
    files: [file, ...(userTokenizer === undefined ? [] : [userTokenizer])],
    volatile: TRAINING_VOLATILE,
    async *run(context) {
      const tokenizer = userTokenizer ?? join(context.input('tokenizer'), USES[part]);
      const start = join(context.folder, 'start');
      const vocabularySize = (await loadTokenizer(tokenizer)).vocabSize;
      const fresh = { tokenizer, vocabularySize, seed: config.seed };
      if (part === 'base') await writeFreshDecoder(start, config.base.architecture!, fresh);
      else await writeFreshEncoder(start, config.encoder.architecture!, fresh);
      const { train, validation } = await pretrainingTexts(file, context.signal);
      const rows = (texts: readonly string[]): readonly TrainingRow[] => texts.map((text) => ({ text }));
      yield* trainInStage({
        context,
        modelDir: start,
        rows: rows(train),
        evalRows: rows(validation),
        recipe: { seed: config.seed, ...recipe, objective: part === 'base' ? 'causal' : 'masked' },
        threads: config.threads,
        log: { runName: part, modelName: `fresh ${USES[part]}`, dataset: 'pre-training text', numInner: 0 },
      });
    },
  };
}
