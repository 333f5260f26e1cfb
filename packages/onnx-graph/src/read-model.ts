import { fromBinary } from '@bufbuild/protobuf';
import { elementTypeOfCode } from './element-type.js';
import { GraphError } from './errors.js';
import { type GraphProto, type ModelProto, ModelProtoSchema, type NodeProto, type ValueInfoProto } from './onnx_pb.js';
import type { Dimension } from './value.js';

/** An input, output or initializer of a model that was read. */
export interface ModelTensor {
  readonly name: string;
  /** Name of the element type; `onnx:<code>` for one outside ELEMENT_TYPES. */
  readonly type: string;
  /** `?` stands for a size that the model leaves open without a name; `undefined` for an unknown rank. */
  readonly shape: readonly Dimension[] | undefined;
}

/** A node of a model that was read. */
export interface ModelNode {
  readonly operator: string;
  readonly domain: string;
  readonly name: string;
  /** `''` for an optional input left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** What is in an ONNX file. */
export interface OnnxModel {
  readonly irVersion: number;
  readonly producer: string;
  /** Version of each operator set by domain; `''` is ai.onnx. */
  readonly opsets: Readonly<Record<string, number>>;
  /** What has to be fed: the graph's inputs without those an initializer gives a default. */
  readonly inputs: readonly ModelTensor[];
  readonly outputs: readonly ModelTensor[];
  readonly initializers: readonly ModelTensor[];
  readonly nodes: readonly ModelNode[];
  /** Everything, as onnx.proto has it. */
  readonly proto: ModelProto & { readonly graph: GraphProto };
}

/**
 * Parses an ONNX model.
 * @throws {GraphError} `GRAPH_MODEL_MALFORMED` for bytes that are no ONNX model
 */
export function readModel(bytes: Uint8Array): OnnxModel {
  const proto = parse(bytes);
  const { graph } = proto;
  const given = new Set(graph.initializer.map(({ name }) => name));
  return {
    irVersion: Number(proto.irVersion),
    producer: proto.producerName,
    opsets: Object.fromEntries(proto.opsetImport.map(({ domain, version }) => [normalDomain(domain), Number(version)])),
    inputs: graph.input.filter(({ name }) => !given.has(name)).map(modelTensor),
    outputs: graph.output.map(modelTensor),
    initializers: graph.initializer.map(({ name, dataType, dims }) => ({
      name,
      type: typeName(dataType),
      shape: dims.map(Number),
    })),
    nodes: graph.node.map(modelNode),
    proto,
  };
}

/** `ai.onnx` may be written out or left empty. */
export function normalDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

function parse(bytes: Uint8Array): OnnxModel['proto'] {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw malformed('They are not a protobuf message of the type ModelProto.', cause);
  }
  const { graph } = model;
  if (graph === undefined) throw malformed('They hold no graph.');
  if (model.opsetImport.length === 0) throw malformed('They do not say which operator set they use.');
  return { ...model, graph };
}

function malformed(why: string, cause?: unknown): GraphError {
  return new GraphError(
    'GRAPH_MODEL_MALFORMED',
    { what: 'The bytes are not an ONNX model.', why, fix: 'Check that the file is complete and is an .onnx file.' },
    { cause },
  );
}

function typeName(code: number): string {
  return elementTypeOfCode(code) ?? `onnx:${code}`;
}

/** Shape and type of a ValueInfoProto; other types than tensors have the type `''`. */
export function modelTensor({ name, type }: ValueInfoProto): ModelTensor {
  if (type?.value.case !== 'tensorType') return { name, type: '', shape: undefined };
  const { elemType, shape } = type.value.value;
  const sizes = shape?.dim.map(
    ({ value }): Dimension => (value.case === 'dimValue' ? Number(value.value) : value.value || '?'),
  );
  return { name, type: typeName(elemType), shape: sizes };
}

function modelNode({ opType, domain, name, input, output }: NodeProto): ModelNode {
  return { operator: opType, domain: normalDomain(domain), name, inputs: input, outputs: output };
}
