import { TorchGenerator } from '@flanlab/random';

/** Whatever draws permutations as `torch.randperm` does. */
export interface Permuter {
  randperm(n: number): ArrayLike<number>;
}

const MEGA_BATCH_WINDOWS = 50;

/**
 * Order in which rows of similar length meet in a batch: a random order cut into chunks of at most 50 windows, each
 * chunk sorted from long to short (ties keep the random order), the longest row of all first so that a lack of memory
 * shows at once.
 * @param windowSize rows of one optimizer step: batch size × accumulation
 * @see huggingface/transformers, src/transformers/trainer_pt_utils.py, get_length_grouped_indices
 */
export function lengthGroupedOrder(lengths: ArrayLike<number>, windowSize: number, permuter: Permuter): number[] {
  const rows = lengths.length;
  const windows = Math.max(1, Math.min(Math.floor(rows / (windowSize * 4)), MEGA_BATCH_WINDOWS));
  const chunkSize = windows * windowSize;
  const permutation = Array.from(permuter.randperm(rows));
  const chunks: number[][] = [];
  for (let start = 0; start < rows; start += chunkSize) {
    chunks.push(permutation.slice(start, start + chunkSize).sort((a, b) => lengths[b]! - lengths[a]!));
  }
  let longest = 0;
  for (const [i, chunk] of chunks.entries()) if (lengths[chunk[0]!]! > lengths[chunks[longest]![0]!]!) longest = i;
  const first = chunks[0];
  const other = chunks[longest];
  if (first !== undefined && other !== undefined) [first[0], other[0]] = [other[0]!, first[0]!];
  return chunks.flat();
}

/**
 * Order of the rows in one epoch. The generator is seeded with seed + epoch, as accelerate's seedable sampler does for
 * plain random order. For grouping by length `transformers.Trainer` draws from torch's global generator, seeded when it is
 * made: each epoch the base seed of the loader, then a permutation. Here nothing else draws from it, so that an epoch is a
 * function of the seed; there dropout on the CPU and evaluations do.
 */
export function epochOrder(
  lengths: ArrayLike<number>,
  options: {
    readonly seed: number;
    readonly epoch: number;
    readonly groupByLength: boolean;
    readonly windowSize: number;
  },
): number[] {
  const { seed, epoch, groupByLength, windowSize } = options;
  if (!groupByLength) return Array.from(new TorchGenerator(seed + epoch).randperm(lengths.length));
  const generator = new TorchGenerator(seed);
  for (let before = 0; before < epoch; before++) {
    generator.skip(1);
    generator.randperm(lengths.length);
  }
  generator.skip(1);
  return lengthGroupedOrder(lengths, windowSize, generator);
}
