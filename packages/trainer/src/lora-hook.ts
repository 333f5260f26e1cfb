import type { LinearHook, Parameters } from '@flanlab/language-model';
import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { type LinearShape, loraNames, loraScale } from './lora.js';
import type { BatchPlace } from './loss-model.js';
import type { LoraRecipe } from './recipe.js';

/** Makes a mask of 0 and 1/(1 - rate) in the shape of `like`; `salt` tells the layers of a step apart. */
export type MaskMaker = (g: GraphBuilder, like: Value, salt: number, place: BatchPlace) => Value;

/**
 * Adds `scale · B·A·dropout(x)` to the modules that have an adapter. Both products are Gemms on the stored layouts; the
 * second one adds the layer's own output.
 */
export function loraHook(
  adapted: readonly LinearShape[],
  recipe: LoraRecipe,
  parameters: Parameters,
  place: BatchPlace | undefined,
  mask: MaskMaker,
): LinearHook {
  const salts = new Map(adapted.map(({ name }, salt) => [name, salt]));
  return (g, name, x, apply) => {
    const salt = salts.get(name);
    if (salt === undefined) return apply();
    const { a, b } = loraNames(name);
    const kept = place === undefined || recipe.dropout === 0 ? x : g.op.mul(x, mask(g, x, salt, place));
    const low = g.op.gemm(kept, parameters(a), null, { transB: true });
    return g.op.gemm(low, parameters(b), apply(), { transB: true, alpha: loraScale(recipe) });
  };
}
