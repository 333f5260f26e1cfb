export type { Attribute, Attributes } from './attribute.js';
export { ELEMENT_TYPES, type ElementType } from './element-type.js';
export { GRAPH_ERROR_CODES, GraphError, type GraphErrorCode } from './errors.js';
export { GraphBuilder, type GraphBuilderOptions, type NodeOptions } from './graph-builder.js';
export { type BoundOperators, OPERATORS } from './operators.js';
export type { ExternalTensorSpec, InitializerSpec, TensorData, TensorSpec } from './tensor-data.js';
export type { Dimension, GraphNode, Shape, TensorType, Value } from './value.js';
