import { readFile } from 'node:fs/promises';
import { bertScore } from '@flanlab/bertscore';
import { withFileErrors } from '@flanlab/files';
import { openEncoder } from '@flanlab/language-model';
import { defineCommand } from '../command.js';
import { formatTable } from '../terminal/format.js';

/** One text a line; a final newline ends the last line and does not begin another. */
async function readLines(path: string): Promise<readonly string[]> {
  const text = await withFileErrors('read', path, () => readFile(path, 'utf8'));
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export const bertscoreCommand = defineCommand({
  name: 'bertscore',
  describe: 'BERTScore of candidate texts against reference texts',
  options: {
    candidates: { type: 'string', describe: 'File with one text a line', required: true },
    references: { type: 'string', describe: 'File with one text a line, as many', required: true },
    model: { type: 'string', describe: 'Folder of a BERT-like encoder', required: true },
    layer: { type: 'number', describe: 'Layer whose vectors are compared; from the table of models when left out' },
    idf: { type: 'boolean', describe: 'Weigh tokens by how rare they are in the references', default: false },
  },
  examples: [
    {
      args: 'bertscore --candidates candidates.txt --references references.txt --model encoder --layer 1 --json',
      describe: 'Precision, recall and F1 of each pair',
    },
  ],
  async run({ model, layer, idf, ...files }, { signal }) {
    const candidates = await readLines(files.candidates);
    const references = await readLines(files.references);
    await using encoder = await openEncoder({ modelDir: model, ...(layer === undefined ? {} : { layer }) });
    const { precision, recall, f1, signature } = await bertScore({ encoder, candidates, references, idf, signal });
    const pairs = candidates.map((_, i) => ({ precision: precision[i]!, recall: recall[i]!, f1: f1[i]! }));
    const cells = (p: number, r: number, f: number) => [p, r, f].map((value) => value.toFixed(6));
    return {
      data: { signature, precision: [...precision], recall: [...recall], f1: [...f1], pairs },
      text: [
        formatTable([
          ['', 'precision', 'recall', 'F1'],
          ...pairs.map((pair, i) => [String(i + 1), ...cells(pair.precision, pair.recall, pair.f1)]),
          ['mean', ...cells(mean(precision), mean(recall), mean(f1))],
        ]),
        signature,
      ].join('\n'),
    };
  },
});
