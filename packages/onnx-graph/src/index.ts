export type { Attribute, Attributes } from './attribute.js';
export { nodesWithoutCudaKernel, type UnplacedNode } from './cuda-placement.js';
export { type DropoutMaskOptions, dropoutMask } from './dropout-mask.js';
export { ELEMENT_TYPES, type ElementType } from './element-type.js';
export { GRAPH_ERROR_CODES, GraphError, type GraphErrorCode } from './errors.js';
export { sumToShape } from './gradients/helpers.js';
export { GRADIENT_RULES } from './gradients/index.js';
export type { GradientContext, GradientRule, Seed } from './gradients/rule.js';
export { type GradientOptions, gradients } from './gradients.js';
export { GraphBuilder, type GraphBuilderOptions, type NodeOptions } from './graph-builder.js';
export { type ImportedGraph, importGraph } from './import-graph.js';
export type { ModelProto } from './onnx_pb.js';
export { type BoundOperators, OPERATORS } from './operators.js';
export { type ModelNode, type ModelTensor, type OnnxModel, readModel } from './read-model.js';
export {
  type Backward,
  type BackwardInputs,
  type CustomGradientOptions,
  checkpoint,
  customGradient,
} from './segments.js';
export { type SharedDropout, type SharedDropoutOptions, sharedDropout, type TensorPart } from './shared-dropout.js';
export type { ExternalTensorSpec, InitializerSpec, TensorData, TensorSpec } from './tensor-data.js';
export type { Dimension, GraphNode, Shape, TensorType, Value } from './value.js';
