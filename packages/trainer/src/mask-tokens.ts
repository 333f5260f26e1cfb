import { NumpyGenerator } from '@flanlab/random';
import { IGNORE_INDEX, type TokenisedRow } from './tokenise.js';

export interface MaskOptions {
  readonly maskId: number;
  readonly vocabSize: number;
  readonly specialIds: ReadonlySet<number>;
  /** Share of tokens that become targets. */
  readonly share: number;
  readonly seed: number;
  readonly epoch: number;
}

/**
 * Hides tokens as BERT does: of the chosen ones 80 % become the mask token, 10 % a random token, 10 % stay. At least
 * one token of a row is chosen. The choice depends on (seed, epoch, row) only, so that resuming repeats it.
 * @see Devlin et al. 2018, arXiv:1810.04805, section 3.1
 */
export function maskTokens(row: TokenisedRow, options: MaskOptions): TokenisedRow {
  const { maskId, vocabSize, specialIds, share, seed, epoch } = options;
  const random = new NumpyGenerator((BigInt(seed) << 64n) | (BigInt(epoch) << 32n) | BigInt(row.index));
  const ids = row.ids.slice();
  const labels = new Int32Array(ids.length).fill(IGNORE_INDEX);
  const open: number[] = [];
  for (let i = 0; i < ids.length; i++) if (!specialIds.has(ids[i]!)) open.push(i);
  const order = random.permutation(open.length);
  const targets = Math.min(open.length, Math.max(1, Math.round(open.length * share)));
  for (let i = 0; i < targets; i++) {
    const place = open[Number(order[i])]!;
    labels[place] = ids[place]!;
    const draw = random.random();
    if (draw < 0.8) ids[place] = maskId;
    else if (draw < 0.9) ids[place] = Math.floor(random.random() * vocabSize);
  }
  return { ...row, ids, labels, targets };
}
