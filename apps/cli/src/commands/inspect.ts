import { loadTokenizer } from '@flanlab/language-model';
import { readSplit, trainingRow } from '@flanlab/study';
import { fitRecipe, inspectRow } from '@flanlab/trainer';
import { defineCommand } from '../command.js';
import { CliError } from '../errors.js';
import { readRecipe } from '../recipe-file.js';
import { formatTokens } from '../terminal/format-tokens.js';

export const inspectCommand = defineCommand({
  name: 'inspect',
  describe: 'Show a training row token by token, with what the model learns of it',
  options: {
    model: { type: 'string', describe: 'Folder with the tokenizer', required: true },
    data: { type: 'string', describe: 'Dataset folder, or a file of rows with text', required: true },
    split: { type: 'string', describe: 'Split of the folder', default: 'train' },
    row: { type: 'number', describe: 'Which row, counted from 0', default: 0 },
    recipe: { type: 'string', describe: 'YAML file; decides what is learned and where rows are cut' },
  },
  examples: [{ args: 'inspect --model model --data mixture --row 0', describe: 'The first row of a mixture' }],
  async run({ model, data, split, row: index, recipe: file }, { colour }) {
    const tokenizer = await loadTokenizer(model);
    const recipe = await fitRecipe(await readRecipe(file), model);
    const rows = await readSplit(data, split);
    const row = rows[index];
    if (row === undefined) {
      throw new CliError(
        'CLI_VALUE_UNKNOWN',
        {
          what: `There is no row ${index}.`,
          why: `${data} has ${rows.length} rows.`,
          fix: `Use --row 0 to ${rows.length - 1}.`,
        },
        { kind: 'usage' },
      );
    }
    const inspected = inspectRow(trainingRow(row), tokenizer, recipe);
    return { data: { row: index, ...inspected }, text: formatTokens(inspected, { colour }) };
  },
});
