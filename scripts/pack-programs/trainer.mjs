import { learningRateAt, parseRecipe, tokeniseRow } from '@flanlab/trainer';

const recipe = parseRecipe({ method: 'full', learningRate: 1e-3, target: 'completion' });
const tokenizer = {
  encode: (text) => ({
    ids: Int32Array.from(text, (c) => c.charCodeAt(0)),
    offsets: Int32Array.from([...text].flatMap((_, i) => [i, i + 1])),
  }),
};
const row = tokeniseRow({ text: 'ab', labelStart: 1, labelEnd: 2 }, 0, tokenizer, recipe);
if ([...row.labels].join() !== '-100,98') throw new Error([...row.labels].join());
if (typeof learningRateAt !== 'function') throw new Error('schedule');
