import { describeModel, ENCODER_FAMILIES, type ModelSummary } from '@flanlab/language-model';
import { estimateMemory, type MemoryEstimate, memoryAdvice, parseRecipe, type Recipe } from '@flanlab/trainer';
import { defineCommand } from '../command.js';
import { machineMemoryBytes } from '../memory-limit.js';
import { readRecipe } from '../recipe-file.js';
import { formatBytes, formatTable } from '../terminal/format.js';

/** Reckoned with unless recipes are given. */
const RECIPES = {
  full: { method: 'full' },
  lora: { method: 'lora' },
  qlora: { method: 'qlora' },
} as const;

export const modelInfoCommand = defineCommand({
  name: 'model info',
  describe: 'Say what a model folder holds, and the memory that training it would need',
  options: {
    dir: { type: 'string', describe: 'Model folder; config.json is enough', required: true, positional: true },
    recipe: { type: 'string', describe: 'YAML file of a recipe to reckon with; may be given again', repeat: true },
    'batch-size': { type: 'number', describe: 'Rows of a batch, where no recipe is given', default: 8 },
    'max-length': { type: 'number', describe: 'Tokens of a row, where no recipe is given', default: 1024 },
  },
  examples: [
    { args: 'model info model', describe: 'Parameters by module, and memory for the usual recipes' },
    { args: 'model info model --recipe recipe.yaml', describe: 'Memory for a recipe of your own' },
  ],
  async run({ dir, recipe: files, ...args }) {
    const model = await describeModel(dir);
    const sizes = { batchSize: args['batch-size'], maxLength: args['max-length'] };
    const objective = Object.hasOwn(ENCODER_FAMILIES, model.config.family) ? 'masked' : 'causal';
    const recipes: (readonly [string, Recipe])[] = [];
    if (files === undefined) {
      for (const [name, recipe] of Object.entries(RECIPES))
        recipes.push([name, parseRecipe({ ...recipe, ...sizes, objective })]);
    } else {
      for (const file of files) recipes.push([file, await readRecipe(file)]);
    }
    const memory = recipes.map(([name, recipe]) => {
      const limitBytes = machineMemoryBytes();
      const estimate = estimateMemory(model.config, recipe, { stored: model.stored });
      const fits = estimate.totalBytes <= limitBytes;
      const advice = fits ? {} : { advice: memoryAdvice(model.config, recipe, { stored: model.stored, limitBytes }) };
      return { recipe: name, ...estimate, fits, ...advice };
    });
    const { config, modules, parameters, storedBytes } = model;
    const { family, layers, width, heads, keyValueHeads, vocabularySize, maxPositions } = config;
    const shape = { family, layers, width, heads, keyValueHeads, vocabularySize, maxPositions };
    return { data: { ...shape, parameters, storedBytes, modules, memory }, text: formatInfo(model, memory) };
  },
});

const count = (value: number): string => value.toLocaleString('en');

function formatInfo(
  { config, modules, parameters, storedBytes }: ModelSummary,
  memory: readonly (MemoryEstimate & { readonly recipe: string; readonly fits: boolean; readonly advice?: string })[],
): string {
  const { family, layers, width, heads, keyValueHeads, vocabularySize, maxPositions } = config;
  const parts = Object.keys(memory[0]?.parts ?? {}) as (keyof MemoryEstimate['parts'])[];
  return [
    `${family}: ${layers} blocks of width ${width}, ${heads} heads (${keyValueHeads} for keys and values), ${count(vocabularySize)} words, ${count(maxPositions)} positions`,
    `${count(parameters)} parameters${storedBytes === 0 ? ', no weight files' : `, ${formatBytes(storedBytes)} on disk`}`,
    '',
    formatTable([
      ['module', 'shape', 'times', 'parameters', 'stored as'],
      ...modules.map((one) => [
        one.name,
        one.shape.join(' × '),
        String(one.count),
        count(one.parameters),
        one.types.join(', '),
      ]),
    ]),
    '',
    `Memory to train on the CPU, about; this process may use ${formatBytes(machineMemoryBytes())}:`,
    formatTable([
      ['recipe', 'batch', ...parts, 'together', ''],
      ...memory.map(({ recipe, batch, parts: bytes, totalBytes, fits }) => [
        recipe,
        `${batch.rows} × ${batch.tokens}`,
        ...parts.map((part) => formatBytes(bytes[part])),
        formatBytes(totalBytes),
        fits ? '' : 'does not fit',
      ]),
    ]),
    ...memory.flatMap(({ recipe, advice }) =>
      advice === undefined ? [] : [`${recipe}: \`flanlab train\` refuses it. ${advice}`],
    ),
  ].join('\n');
}
