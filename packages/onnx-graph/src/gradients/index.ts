import { absGradient } from './abs.js';
import { addGradient } from './add.js';
import { castGradient } from './cast.js';
import { clipGradient } from './clip.js';
import { concatGradient } from './concat.js';
import { cosGradient } from './cos.js';
import { cumSumGradient } from './cum-sum.js';
import { divGradient } from './div.js';
import { dropoutGradient } from './dropout.js';
import { erfGradient } from './erf.js';
import { expGradient } from './exp.js';
import { expandGradient } from './expand.js';
import { flatGradient } from './flat.js';
import { flattenGradient } from './flatten.js';
import { fusedMatMulGradient } from './fused-mat-mul.js';
import { gatherGradient } from './gather.js';
import { gatherElementsGradient } from './gather-elements.js';
import { gatherNDGradient } from './gather-nd.js';
import { geluGradient } from './gelu.js';
import { gemmGradient } from './gemm.js';
import { identityGradient } from './identity.js';
import { ifGradient } from './if.js';
import { layerNormalizationGradient } from './layer-normalization.js';
import { leakyReluGradient } from './leaky-relu.js';
import { logGradient } from './log.js';
import { logSoftmaxGradient } from './log-softmax.js';
import { matMulGradient } from './mat-mul.js';
import { maxGradient } from './max.js';
import { minGradient } from './min.js';
import { mulGradient } from './mul.js';
import { negGradient } from './neg.js';
import { padGradient } from './pad.js';
import { powGradient } from './pow.js';
import { reciprocalGradient } from './reciprocal.js';
import { reduceMaxGradient } from './reduce-max.js';
import { reduceMeanGradient } from './reduce-mean.js';
import { reduceMinGradient } from './reduce-min.js';
import { reduceSumGradient } from './reduce-sum.js';
import { reduceSumSquareGradient } from './reduce-sum-square.js';
import { reluGradient } from './relu.js';
import { reshapeGradient } from './reshape.js';
import { rotaryEmbeddingGradient } from './rotary-embedding.js';
import type { GradientRule } from './rule.js';
import { scatterElementsGradient } from './scatter-elements.js';
import { scatterNDGradient } from './scatter-nd.js';
import { sigmoidGradient } from './sigmoid.js';
import { sinGradient } from './sin.js';
import { sliceGradient } from './slice.js';
import { softmaxGradient } from './softmax.js';
import { softplusGradient } from './softplus.js';
import { splitGradient } from './split.js';
import { sqrtGradient } from './sqrt.js';
import { squeezeGradient } from './squeeze.js';
import { subGradient } from './sub.js';
import { sumGradient } from './sum.js';
import { tanhGradient } from './tanh.js';
import { tileGradient } from './tile.js';
import { topKGradient } from './top-k.js';
import { transposeGradient } from './transpose.js';
import { triluGradient } from './trilu.js';
import { unsqueezeGradient } from './unsqueeze.js';
import { whereGradient } from './where.js';

/** The gradient rules by ONNX operator. To add one: a file here, its line in this table, its case in gradients.test.ts. */
export const GRADIENT_RULES = {
  Abs: absGradient,
  Add: addGradient,
  Cast: castGradient,
  Ceil: flatGradient,
  Clip: clipGradient,
  Concat: concatGradient,
  Cos: cosGradient,
  CumSum: cumSumGradient,
  Div: divGradient,
  Dropout: dropoutGradient,
  Erf: erfGradient,
  Exp: expGradient,
  Expand: expandGradient,
  Flatten: flattenGradient,
  Floor: flatGradient,
  FusedMatMul: fusedMatMulGradient,
  Gather: gatherGradient,
  GatherElements: gatherElementsGradient,
  GatherND: gatherNDGradient,
  Gelu: geluGradient,
  Gemm: gemmGradient,
  Identity: identityGradient,
  If: ifGradient,
  LayerNormalization: layerNormalizationGradient,
  LeakyRelu: leakyReluGradient,
  Log: logGradient,
  LogSoftmax: logSoftmaxGradient,
  MatMul: matMulGradient,
  Max: maxGradient,
  Min: minGradient,
  Mul: mulGradient,
  Neg: negGradient,
  Pad: padGradient,
  Pow: powGradient,
  Reciprocal: reciprocalGradient,
  ReduceMax: reduceMaxGradient,
  ReduceMean: reduceMeanGradient,
  ReduceMin: reduceMinGradient,
  ReduceSum: reduceSumGradient,
  ReduceSumSquare: reduceSumSquareGradient,
  Relu: reluGradient,
  Reshape: reshapeGradient,
  RotaryEmbedding: rotaryEmbeddingGradient,
  Round: flatGradient,
  ScatterElements: scatterElementsGradient,
  ScatterND: scatterNDGradient,
  Sigmoid: sigmoidGradient,
  Sign: flatGradient,
  Sin: sinGradient,
  Slice: sliceGradient,
  Softmax: softmaxGradient,
  Softplus: softplusGradient,
  Split: splitGradient,
  Sqrt: sqrtGradient,
  Squeeze: squeezeGradient,
  Sub: subGradient,
  Sum: sumGradient,
  Tanh: tanhGradient,
  Tile: tileGradient,
  TopK: topKGradient,
  Transpose: transposeGradient,
  Trilu: triluGradient,
  Unsqueeze: unsqueezeGradient,
  Where: whereGradient,
} as const satisfies Record<string, GradientRule>;
