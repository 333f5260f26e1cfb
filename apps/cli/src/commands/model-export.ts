import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileErrors } from '@flanlab/files';
import {
  type Checkpoint,
  checkAdapterBase,
  EXPORT_TYPES,
  type ExportType,
  exportModel,
  exportOnnx,
  type LogitChange,
  logitChange,
  mergeAdapter,
  readAdapter,
  readCheckpoint,
  type WeightChange,
  weightChanges,
} from '@flanlab/language-model';
import { exportCheckpoint } from '@flanlab/trainer';
import { defineCommand } from '../command.js';
import { CliError } from '../errors.js';

interface Sources {
  readonly model: string;
  readonly adapter: string | undefined;
  readonly checkpoint: string | undefined;
  readonly dtype: ExportType;
  readonly out: string;
}

/** What can be written, and from what. */
const FORMATS = {
  huggingface: async ({ dtype, out, ...sources }: Sources) => exportModel(await mergedModel(sources), out, { dtype }),
  onnx: async ({ out, ...sources }: Sources) => exportOnnx(await mergedModel(sources), out),
  checkpoint: async ({ model, checkpoint, out }: Sources) => {
    if (checkpoint === undefined) throw missing('--checkpoint', 'the folder checkpoint-<step> that training left');
    await exportCheckpoint({ checkpoint, modelDir: model, out });
  },
} as const;

export const modelExportCommand = defineCommand({
  name: 'model export',
  describe: 'Write a model for other tools: merged with its adapter, as ONNX, or out of a checkpoint',
  options: {
    model: {
      type: 'string',
      describe: 'Hugging Face folder of the model, or of the base of the adapter',
      required: true,
    },
    adapter: { type: 'string', describe: 'Folder of a LoRA adapter to merge in' },
    checkpoint: { type: 'string', describe: 'With --to checkpoint: the folder checkpoint-<step> of a training' },
    to: {
      type: 'string',
      describe:
        'huggingface: a model folder; onnx: for @huggingface/transformers; checkpoint: model or PEFT adapter, as it was trained',
      choices: Object.keys(FORMATS),
      default: 'huggingface',
    },
    dtype: {
      type: 'string',
      describe: 'Type of the weights of a model folder',
      choices: Object.keys(EXPORT_TYPES),
      default: 'float32',
    },
    compare: {
      type: 'boolean',
      describe: 'With --adapter: also say how far merging moves weights and logits (takes as long again)',
      default: false,
    },
    out: { type: 'string', describe: 'Folder to write', required: true },
  },
  examples: [
    {
      args: 'model export --model model --to onnx --out out/onnx',
      describe: "For pipeline('text-generation') of @huggingface/transformers",
    },
    {
      args: 'model export --model run/base/model --adapter run/models/regular/model --dtype bfloat16 --compare --out out/merged',
      describe: 'An adapter merged into its base',
    },
  ],
  async run({ model, adapter, checkpoint, to, dtype, compare, out }) {
    await FORMATS[to as keyof typeof FORMATS]({ model, adapter, checkpoint, dtype: dtype as ExportType, out });
    const changes = compare && adapter !== undefined ? await mergeChanges(model, adapter) : undefined;
    const lines = [`Written: ${out}`, ...(changes === undefined ? [] : [formatChanges(changes)])];
    return { data: { out, format: to, ...(changes === undefined ? {} : { changes }) }, text: lines.join('\n') };
  },
});

async function mergedModel({ model, adapter: dir, checkpoint }: Omit<Sources, 'dtype' | 'out'>): Promise<Checkpoint> {
  if (checkpoint !== undefined) {
    throw new CliError(
      'CLI_USAGE',
      {
        what: '--checkpoint has no effect here.',
        why: 'Only --to checkpoint reads one.',
        fix: 'Write --to checkpoint first, and export what it wrote.',
      },
      { kind: 'usage' },
    );
  }
  const base = await readCheckpoint(model);
  if (dir === undefined) return base;
  await withFileErrors('read', dir, () => access(join(dir)));
  const adapter = await readAdapter(dir, base.config);
  await checkAdapterBase(base, adapter);
  return { ...base, tensors: mergeAdapter(base, adapter) };
}

interface MergeChanges {
  readonly weights: WeightChange;
  /** Left out for a model that is not a decoder alone. */
  readonly logits?: LogitChange;
}

/** The largest change of a weight that merging brings, and of a logit after each of some tokens. */
async function mergeChanges(modelDir: string, adapterDir: string): Promise<MergeChanges> {
  const base = await readCheckpoint(modelDir);
  const adapter = await readAdapter(adapterDir, base.config);
  let weights: WeightChange = { module: '', largest: 0, relative: 0 };
  for await (const change of weightChanges(base, adapter)) if (change.largest > weights.largest) weights = change;
  if (base.config.encoderDecoder !== undefined) return { weights };
  const length = Math.min(COMPARED_TOKENS, base.config.maxPositions);
  const ids = Array.from({ length }, (_, i) => (i * 7919) % base.config.vocabularySize);
  return { weights, logits: await logitChange(base.config, base.tensors, mergeAdapter(base, adapter), ids) };
}

const COMPARED_TOKENS = 64;

function formatChanges({ weights: { module, largest, relative }, logits }: MergeChanges): string {
  const moved = `Merging moves weights by at most ${largest.toPrecision(2)} (${module}, ${(100 * relative).toPrecision(2)} % of its norm)`;
  if (logits === undefined) return `${moved}.`;
  return `${moved}, logits by at most ${logits.largest.toPrecision(2)} of ${logits.scale.toPrecision(2)}, and ${logits.flipped} of ${logits.tokens} next tokens.`;
}

function missing(option: string, what: string): CliError {
  return new CliError(
    'CLI_USAGE',
    { what: `flanlab model export needs ${option}.`, why: `It names ${what}.`, fix: `Add ${option}.` },
    { kind: 'usage' },
  );
}
