import type { ElementType } from '../element-type.js';

/** Types of an operator's inputs and outputs by the names of its parameters, and what the kernels for them take. */
export interface KernelSpec {
  /** The parameter of each input, or its only type; the last stands for all that follow. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** By the operator set that brought the schema; null where it has no kernel. */
  readonly kernels: Readonly<Record<number, Readonly<Record<string, readonly ElementType[]>> | null>>;
}

const BOOL = ['bool'] as const;
const INT64 = ['int64'] as const;
const INDICES = ['int32', 'int64'] as const;
const FLOATS = ['float32', 'float64', 'float16'] as const;
const FLOATS_BF16 = ['float32', 'float64', 'bfloat16', 'float16'] as const;
const NUMBERS = [...FLOATS_BF16, 'int8', 'int32', 'int64', 'uint8', 'uint32', 'uint64'] as const;
const TENSORS = [...NUMBERS, 'bool'] as const;
const ANYTHING = [...TENSORS, 'string'] as const;

/**
 * The kernels of ONNX Runtime's CUDA provider for the operators of this package, as the provider of onnxruntime-gpu
 * 1.30.0 registers them, for the operator sets 21 and 26. Written by
 * `conformance/cuda_kernels.py`; the same, for another version, is in microsoft/onnxruntime
 * `docs/OperatorKernels.md` at 001d12d2623fd411ce0f83d05abb5e82304a3389. Which kernel fits is decided as
 * `core/framework/kernel_registry.cc` does: a range without an end holds only for the schema that it begins with.
 */
export const CUDA_KERNELS = {
  Abs: { inputs: ['T'], outputs: ['T'], kernels: { 13: { T: NUMBERS } } },
  Add: { inputs: ['T', 'T'], outputs: ['T'], kernels: { 14: { T: NUMBERS } } },
  And: { inputs: ['T', 'T'], outputs: ['T1'], kernels: { 7: { T: BOOL, T1: BOOL } } },
  ArgMax: { inputs: ['T'], outputs: ['int64'], kernels: { 13: { T: FLOATS } } },
  BitCast: { inputs: ['T1'], outputs: ['T2'], kernels: { 26: null } },
  BitShift: { inputs: ['T', 'T'], outputs: ['T'], kernels: { 11: null } },
  BitwiseAnd: { inputs: ['T', 'T'], outputs: ['T'], kernels: { 18: null } },
  BitwiseNot: { inputs: ['T'], outputs: ['T'], kernels: { 18: null } },
  BitwiseOr: { inputs: ['T', 'T'], outputs: ['T'], kernels: { 18: null } },
  BitwiseXor: { inputs: ['T', 'T'], outputs: ['T'], kernels: { 18: null } },
  Cast: {
    inputs: ['T1'],
    outputs: ['T2'],
    kernels: { 21: { T1: TENSORS, T2: TENSORS }, 25: { T1: TENSORS, T2: TENSORS } },
  },
  Ceil: { inputs: ['T'], outputs: ['T'], kernels: { 13: { T: FLOATS } } },
  Clip: {
    inputs: ['T', 'T', 'T'],
    outputs: ['T'],
    kernels: { 13: { T: ['float32', 'float64', 'float16', 'int8', 'int64', 'uint8', 'uint64'] } },
  },
  Concat: { inputs: ['T'], outputs: ['T'], kernels: { 13: { T: TENSORS } } },
  ConstantOfShape: {
    inputs: ['T1'],
    outputs: ['T2'],
    kernels: { 21: { T1: INT64, T2: TENSORS }, 25: { T1: INT64, T2: TENSORS } },
  },
  Cos: { inputs: ['T'], outputs: ['T'], kernels: { 7: { T: FLOATS }, 22: { T: FLOATS_BF16 } } },
  CumSum: {
    inputs: ['T', 'T2'],
    outputs: ['T'],
    kernels: { 14: { T: ['float32', 'float64', 'float16', 'int32', 'int64', 'uint32', 'uint64'], T2: INDICES } },
  },
  Div: { inputs: ['T', 'T'], outputs: ['T'], kernels: { 14: { T: NUMBERS } } },
  Dropout: {
    inputs: ['T', 'T1', 'T2'],
    outputs: ['T', 'T2'],
    kernels: { 13: { T: FLOATS_BF16, T1: FLOATS_BF16, T2: BOOL }, 22: null },
  },
  Equal: {
    inputs: ['T', 'T'],
    outputs: ['T1'],
    kernels: { 19: { T: ['float32', 'float64', 'bool', 'float16', 'int32', 'int64', 'uint32', 'uint64'], T1: BOOL } },
  },
  Erf: { inputs: ['T'], outputs: ['T'], kernels: { 13: { T: FLOATS_BF16 } } },
  Exp: { inputs: ['T'], outputs: ['T'], kernels: { 13: { T: FLOATS_BF16 } } },
  Expand: { inputs: ['T', 'int64'], outputs: ['T'], kernels: { 13: { T: TENSORS } } },
  Flatten: { inputs: ['T'], outputs: ['T'], kernels: { 21: { T: TENSORS }, 25: { T: TENSORS } } },
  Floor: { inputs: ['T'], outputs: ['T'], kernels: { 13: { T: FLOATS } } },
  Gather: { inputs: ['T', 'Tind'], outputs: ['T'], kernels: { 13: { T: TENSORS, Tind: INDICES } } },
  GatherElements: { inputs: ['T', 'Tind'], outputs: ['T'], kernels: { 13: { T: TENSORS, Tind: INDICES } } },
  GatherND: {
    inputs: ['T', 'indices'],
    outputs: ['T'],
    kernels: { 13: { T: ['float32', 'float64', 'bfloat16', 'bool', 'float16', 'int64'], indices: INT64 } },
  },
  Gelu: { inputs: ['T'], outputs: ['T'], kernels: { 20: { T: FLOATS_BF16 } } },
  Gemm: { inputs: ['T', 'T', 'T'], outputs: ['T'], kernels: { 13: { T: FLOATS_BF16 } } },
  Greater: {
    inputs: ['T', 'T'],
    outputs: ['T1'],
    kernels: { 13: { T: ['float32', 'float64', 'float16', 'int32', 'int64', 'uint32', 'uint64'], T1: BOOL } },
  },
  GreaterOrEqual: {
    inputs: ['T', 'T'],
    outputs: ['T1'],
    kernels: { 16: { T: ['float32', 'float64', 'float16', 'int32', 'int64', 'uint32', 'uint64'], T1: BOOL } },
  },
  Identity: { inputs: ['V'], outputs: ['V'], kernels: { 21: { V: TENSORS }, 25: { V: TENSORS } } },
  If: { inputs: ['B'], outputs: ['V'], kernels: { 21: { B: BOOL, V: ANYTHING }, 25: { B: BOOL, V: ANYTHING } } },
  IsInf: { inputs: ['T1'], outputs: ['T2'], kernels: { 20: { T1: FLOATS_BF16, T2: BOOL } } },
  IsNaN: { inputs: ['T1'], outputs: ['T2'], kernels: { 20: { T1: FLOATS_BF16, T2: BOOL } } },
  LayerNormalization: {
    inputs: ['T', 'T', 'T'],
    outputs: ['T', 'U', 'U'],
    kernels: { 17: { T: FLOATS_BF16, U: ['float32'] } },
  },
  LeakyRelu: { inputs: ['T'], outputs: ['T'], kernels: { 16: { T: FLOATS } } },
  Less: {
    inputs: ['T', 'T'],
    outputs: ['T1'],
    kernels: { 13: { T: ['float32', 'float64', 'float16', 'int32', 'int64', 'uint32', 'uint64'], T1: BOOL } },
  },
  LessOrEqual: {
    inputs: ['T', 'T'],
    outputs: ['T1'],
    kernels: { 16: { T: ['float32', 'float64', 'float16', 'int32', 'int64', 'uint32', 'uint64'], T1: BOOL } },
  },
  Log: { inputs: ['T'], outputs: ['T'], kernels: { 13: { T: FLOATS } } },
  LogSoftmax: { inputs: ['T'], outputs: ['T'], kernels: { 13: { T: FLOATS } } },
  Loop: {
    inputs: ['I', 'B', 'V'],
    outputs: ['V'],
    kernels: { 21: { B: BOOL, I: INT64, V: ANYTHING }, 25: { B: BOOL, I: INT64, V: ANYTHING } },
  },
  MatMul: { inputs: ['T', 'T'], outputs: ['T'], kernels: { 13: { T: FLOATS_BF16 } } },
  Max: {
    inputs: ['T'],
    outputs: ['T'],
    kernels: { 13: { T: ['float32', 'float64', 'bfloat16', 'float16', 'int32', 'int64', 'uint32', 'uint64'] } },
  },
  Min: {
    inputs: ['T'],
    outputs: ['T'],
    kernels: { 13: { T: ['float32', 'float64', 'bfloat16', 'float16', 'int32', 'int64', 'uint32', 'uint64'] } },
  },
  Mod: {
    inputs: ['T', 'T'],
    outputs: ['T'],
    kernels: { 13: { T: ['float32', 'float64', 'bfloat16', 'float16', 'int32', 'int64', 'uint32', 'uint64'] } },
  },
  Mul: { inputs: ['T', 'T'], outputs: ['T'], kernels: { 14: { T: NUMBERS } } },
  Neg: {
    inputs: ['T'],
    outputs: ['T'],
    kernels: { 13: { T: ['float32', 'float64', 'bfloat16', 'float16', 'int8', 'int32', 'int64'] } },
  },
  NonZero: {
    inputs: ['T'],
    outputs: ['int64'],
    kernels: { 13: { T: ['float32', 'bool', 'float16', 'int32', 'int64', 'uint8'] } },
  },
  Not: { inputs: ['T'], outputs: ['T'], kernels: { 1: { T: BOOL } } },
  OneHot: {
    inputs: ['T1', 'T2', 'T3'],
    outputs: ['T3'],
    kernels: { 11: { T1: INDICES, T2: INDICES, T3: ['float32', 'float16', 'int64'] } },
  },
  Or: { inputs: ['T', 'T'], outputs: ['T1'], kernels: { 7: { T: BOOL, T1: BOOL } } },
  Pad: {
    inputs: ['T', 'int64', 'T', 'Tind'],
    outputs: ['T'],
    kernels: {
      21: { T: ['float32', 'float64', 'bool', 'float16'] },
      25: { T: ['float32', 'float64', 'bool', 'float16'] },
    },
  },
  Pow: {
    inputs: ['T', 'T1'],
    outputs: ['T'],
    kernels: {
      15: {
        T: ['float32', 'float64', 'bfloat16', 'float16', 'int32', 'int64'],
        T1: ['float32', 'float64', 'bfloat16', 'float16', 'int32', 'int64'],
      },
    },
  },
  Range: { inputs: ['T', 'T', 'T'], outputs: ['T'], kernels: { 11: { T: ['float32', 'float64', 'int32', 'int64'] } } },
  Reciprocal: { inputs: ['T'], outputs: ['T'], kernels: { 13: { T: FLOATS } } },
  ReduceMax: {
    inputs: ['T', 'int64'],
    outputs: ['T'],
    kernels: { 20: { T: ['float32', 'float64', 'float16', 'int8', 'int32', 'int64', 'uint8'] } },
  },
  ReduceMean: {
    inputs: ['T', 'int64'],
    outputs: ['T'],
    kernels: { 18: { T: ['float32', 'float64', 'bfloat16', 'float16', 'int32'] } },
  },
  ReduceMin: {
    inputs: ['T', 'int64'],
    outputs: ['T'],
    kernels: { 20: { T: ['float32', 'float64', 'float16', 'int8', 'int32', 'int64', 'uint8'] } },
  },
  ReduceSum: {
    inputs: ['T', 'int64'],
    outputs: ['T'],
    kernels: { 13: { T: ['float32', 'float64', 'bfloat16', 'float16', 'int32', 'int64'] } },
  },
  ReduceSumSquare: { inputs: ['T', 'int64'], outputs: ['T'], kernels: { 18: { T: FLOATS } } },
  Relu: { inputs: ['T'], outputs: ['T'], kernels: { 14: { T: FLOATS_BF16 } } },
  Reshape: {
    inputs: ['T', 'shape'],
    outputs: ['T'],
    kernels: { 21: { T: TENSORS, shape: INT64 }, 25: { T: TENSORS, shape: INT64 } },
  },
  Round: { inputs: ['T'], outputs: ['T'], kernels: { 11: { T: FLOATS }, 22: { T: FLOATS } } },
  ScatterElements: { inputs: ['T', 'Tind', 'T'], outputs: ['T'], kernels: { 18: { T: TENSORS, Tind: INDICES } } },
  ScatterND: { inputs: ['T', 'int64', 'T'], outputs: ['T'], kernels: { 18: { T: TENSORS } } },
  Shape: { inputs: ['T'], outputs: ['T1'], kernels: { 21: { T: TENSORS, T1: INT64 }, 25: { T: TENSORS, T1: INT64 } } },
  Sigmoid: { inputs: ['T'], outputs: ['T'], kernels: { 13: { T: FLOATS_BF16 } } },
  Sign: { inputs: ['T'], outputs: ['T'], kernels: { 13: { T: NUMBERS } } },
  Sin: { inputs: ['T'], outputs: ['T'], kernels: { 7: { T: FLOATS }, 22: { T: FLOATS_BF16 } } },
  Size: { inputs: ['T'], outputs: ['T1'], kernels: { 21: { T: ANYTHING, T1: INT64 }, 25: { T: ANYTHING, T1: INT64 } } },
  Slice: {
    inputs: ['T', 'Tind', 'Tind', 'Tind', 'Tind'],
    outputs: ['T'],
    kernels: { 13: { T: TENSORS, Tind: INDICES } },
  },
  Softmax: { inputs: ['T'], outputs: ['T'], kernels: { 13: { T: FLOATS_BF16 } } },
  Softplus: { inputs: ['T'], outputs: ['T'], kernels: { 1: { T: FLOATS }, 22: { T: FLOATS_BF16 } } },
  Split: { inputs: ['T', 'int64'], outputs: ['T'], kernels: { 18: { T: TENSORS } } },
  Sqrt: { inputs: ['T'], outputs: ['T'], kernels: { 13: { T: FLOATS_BF16 } } },
  Squeeze: { inputs: ['T', 'int64'], outputs: ['T'], kernels: { 21: { T: TENSORS }, 25: { T: TENSORS } } },
  Sub: { inputs: ['T', 'T'], outputs: ['T'], kernels: { 14: { T: NUMBERS } } },
  Sum: { inputs: ['T'], outputs: ['T'], kernels: { 13: { T: FLOATS_BF16 } } },
  Tanh: { inputs: ['T'], outputs: ['T'], kernels: { 13: { T: FLOATS_BF16 } } },
  Tile: {
    inputs: ['T', 'T1'],
    outputs: ['T'],
    kernels: { 13: { T: ['float32', 'float64', 'bfloat16', 'float16', 'int32', 'int64'], T1: INT64 } },
  },
  TopK: {
    inputs: ['T', 'int64'],
    outputs: ['T', 'I'],
    kernels: {
      11: { I: INT64, T: ['float32', 'float64', 'float16', 'int8', 'int32', 'int64', 'uint8'] },
      24: { I: INT64, T: ['float32', 'float64', 'bfloat16', 'float16', 'int8', 'int32', 'int64', 'uint8'] },
    },
  },
  Transpose: { inputs: ['T'], outputs: ['T'], kernels: { 21: { T: TENSORS }, 25: { T: TENSORS } } },
  Trilu: { inputs: ['T', 'int64'], outputs: ['T'], kernels: { 14: { T: TENSORS } } },
  Unsqueeze: { inputs: ['T', 'int64'], outputs: ['T'], kernels: { 21: { T: TENSORS }, 25: { T: TENSORS } } },
  Where: {
    inputs: ['B', 'T', 'T'],
    outputs: ['T'],
    kernels: { 16: { B: BOOL, T: ['float32', 'float64', 'bfloat16', 'float16', 'int32', 'int64', 'uint8'] } },
  },
  Xor: { inputs: ['T', 'T'], outputs: ['T1'], kernels: { 7: { T: BOOL, T1: BOOL } } },
  'com.microsoft.FusedMatMul': { inputs: ['T', 'T'], outputs: ['T'], kernels: { 1: { T: FLOATS_BF16 } } },
  'com.microsoft.RotaryEmbedding': {
    inputs: ['T', 'M', 'T', 'T'],
    outputs: ['T'],
    kernels: { 1: { M: INT64, T: ['float32', 'bfloat16', 'float16'] } },
  },
} as const satisfies Readonly<Record<string, KernelSpec>>;
