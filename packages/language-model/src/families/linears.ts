import type { LinearSpec } from './family.js';

/** Describes linear layers of PyTorch's `nn.Linear`: weights (out, in) that start with one deviation. */
export function plainLinear(deviation: number) {
  return (name: string, from: number, to: number, bias: boolean): LinearSpec => ({
    name,
    in: from,
    out: to,
    bias,
    transposed: false,
    deviation,
  });
}
