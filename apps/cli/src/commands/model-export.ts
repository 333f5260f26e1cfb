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
  mergeAdapter,
  readAdapter,
  readCheckpoint,
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
    out: { type: 'string', describe: 'Folder to write', required: true },
  },
  examples: [
    {
      args: 'model export --model model --to onnx --out out/onnx',
      describe: "For pipeline('text-generation') of @huggingface/transformers",
    },
    {
      args: 'model export --model run/base/model --adapter run/models/regular/model --dtype bfloat16 --out out/merged',
      describe: 'An adapter merged into its base',
    },
  ],
  async run({ model, adapter, checkpoint, to, dtype, out }) {
    await FORMATS[to as keyof typeof FORMATS]({ model, adapter, checkpoint, dtype: dtype as ExportType, out });
    return { data: { out, format: to }, text: `Written: ${out}` };
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

function missing(option: string, what: string): CliError {
  return new CliError(
    'CLI_USAGE',
    { what: `flanlab model export needs ${option}.`, why: `It names ${what}.`, fix: `Add ${option}.` },
    { kind: 'usage' },
  );
}
