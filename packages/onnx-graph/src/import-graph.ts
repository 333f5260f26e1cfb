import type { Attribute } from './attribute.js';
import { elementTypeOfCode } from './element-type.js';
import { GraphError } from './errors.js';
import type { GraphBuilder } from './graph-builder.js';
import { isKnownOperator } from './inference.js';
import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  type GraphProto,
  type NodeProto,
} from './onnx_pb.js';
import { modelTensor, normalDomain, type OnnxModel } from './read-model.js';
import { readTensor } from './read-tensor.js';
import type { InitializerSpec } from './tensor-data.js';
import { upgradeNode } from './upgrade-node.js';
import type { Dimension, TensorType, Value } from './value.js';

/** A model's values after it became part of a graph. */
export interface ImportedGraph {
  /** By the names the outputs have in the model. */
  readonly outputs: Readonly<Record<string, Value>>;
  /** Every value of the model's outermost graph by its name there: initializers (to differentiate by), hidden states. */
  readonly values: ReadonlyMap<string, Value>;
}

/** Names visible in a graph, those of graphs around it included. */
type Scope = Map<string, Value>;

/**
 * Adds the nodes and initializers of a model to a graph, as if they had been built there.
 *
 * @param inputs - what to feed to each input of the model, by its name there
 * @throws {GraphError} `GRAPH_ARGUMENT_INVALID` for inputs that are missing or unknown; `GRAPH_MODEL_UNSUPPORTED` for an operator
 * set before version 13 or after the graph's own, functions, and element types outside ELEMENT_TYPES;
 * `GRAPH_OPERATOR_UNKNOWN` for an operator outside the table whose result types the model does not state
 */
export function importGraph(g: GraphBuilder, model: OnnxModel, inputs: Readonly<Record<string, Value>>): ImportedGraph {
  const { graph } = model.proto;
  const opset = model.opsets[''] ?? g.opset;
  checkModel(model, opset, g.opset);
  checkInputs(model, graph, inputs);
  const scope: Scope = new Map(Object.entries(inputs));
  importBody(g, graph, scope, opset);
  const outputs = graph.output.map(({ name }) => [name, lookUp(scope, name, 'The graph')] as const);
  return { outputs: Object.fromEntries(outputs), values: scope };
}

function importBody(g: GraphBuilder, graph: GraphProto, scope: Scope, opset: number): void {
  for (const tensor of graph.initializer) {
    if (!scope.has(tensor.name)) scope.set(tensor.name, addInitializer(g, tensor.name, readTensor(tensor)));
  }
  const stated = new Map(graph.valueInfo.concat(graph.output).map((info) => [info.name, info]));
  for (const proto of graph.node) {
    const constant = constantOf(proto);
    if (constant !== undefined) {
      scope.set(proto.output[0]!, addInitializer(g, proto.output[0]!, constant));
      continue;
    }
    const attributes = Object.fromEntries(
      proto.attribute.map((a) => [a.name, readAttribute(g, proto, a, scope, opset)]),
    );
    const given = proto.input.map((name) =>
      name === '' ? null : lookUp(scope, name, `${proto.opType} "${proto.name}"`),
    );
    const node = upgradeNode(g, proto.opType, given, attributes, proto.output.length, opset);
    const domain = normalDomain(proto.domain);
    const types = isKnownOperator(proto.opType, domain) ? undefined : statedTypes(proto, stated);
    const results = g.node(proto.opType, node.inputs, {
      attributes: node.attributes,
      domain,
      ...(types === undefined ? {} : { outputs: types }),
    });
    for (const [i, name] of proto.output.entries()) if (name !== '') scope.set(name, results[i]!);
  }
}

/** Types of a node's outputs as the model states them, or nothing when it does not state all. */
function statedTypes(
  proto: NodeProto,
  stated: ReadonlyMap<string, GraphProto['output'][number]>,
): readonly TensorType[] | undefined {
  const types: TensorType[] = [];
  for (const name of proto.output) {
    const info = stated.get(name);
    const value = info?.type?.value;
    if (info === undefined || value?.case !== 'tensorType' || value.value.shape === undefined) return undefined;
    const type = elementTypeOfCode(value.value.elemType);
    if (type === undefined) return undefined;
    const shape = modelTensor(info).shape!.map((size, axis): Dimension => (size === '?' ? `${name}_${axis}` : size));
    types.push({ type, shape });
  }
  return types;
}

function addInitializer(g: GraphBuilder, name: string, spec: InitializerSpec): Value {
  try {
    return g.initializer(name, spec);
  } catch (error) {
    // The graph may have that name already; what was imported is found through `values`, so another one does as well.
    if (error instanceof GraphError && error.code === 'GRAPH_NAME_TAKEN') return g.initializer(g.freshName(name), spec);
    throw error;
  }
}

function constantOf({ opType, attribute }: NodeProto): InitializerSpec | undefined {
  if (opType !== 'Constant') return undefined;
  const [only] = attribute;
  if (only?.t !== undefined) return readTensor(only.t);
  const { type } = only ?? {};
  if (type === AttributeType.INT) return { type: 'int64', shape: [], data: [only!.i] };
  if (type === AttributeType.FLOAT) return { type: 'float32', shape: [], data: [only!.f] };
  if (type === AttributeType.INTS) return { type: 'int64', shape: [only!.ints.length], data: only!.ints };
  if (type === AttributeType.FLOATS) return { type: 'float32', shape: [only!.floats.length], data: only!.floats };
  throw unsupported(`Constant with the attribute ${only?.name ?? '(none)'}`, 'Numbers and dense tensors are handled.');
}

function readAttribute(
  g: GraphBuilder,
  node: NodeProto,
  attribute: AttributeProto,
  scope: Scope,
  opset: number,
): Attribute {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  switch (attribute.type) {
    case AttributeType.INT:
      return { kind: 'int', value: Number(attribute.i) };
    case AttributeType.FLOAT:
      return { kind: 'float', value: attribute.f };
    case AttributeType.STRING:
      return { kind: 'string', value: text(attribute.s) };
    case AttributeType.INTS:
      return { kind: 'ints', value: attribute.ints.map(Number) };
    case AttributeType.FLOATS:
      return { kind: 'floats', value: attribute.floats };
    case AttributeType.STRINGS:
      return { kind: 'strings', value: attribute.strings.map(text) };
    case AttributeType.TENSOR: {
      const spec = readTensor(attribute.t!);
      if ('location' in spec)
        throw unsupported(`${node.opType}.${attribute.name}`, 'Attributes hold their data in the model.');
      return { kind: 'tensor', value: spec };
    }
    case AttributeType.GRAPH:
      return { kind: 'graph', value: importNested(g, attribute.g!, scope, opset) };
    default:
      throw unsupported(
        `${node.opType}.${attribute.name}`,
        `Attributes of the type ${AttributeType[attribute.type]} are not handled.`,
      );
  }
}

function importNested(g: GraphBuilder, graph: GraphProto, around: Scope, opset: number): GraphBuilder {
  const body = g.body(g.freshName('body'));
  const scope: Scope = new Map(around);
  for (const info of graph.input) {
    const { type, shape } = modelTensor(info);
    const elementType =
      info.type?.value.case === 'tensorType' ? elementTypeOfCode(info.type.value.value.elemType) : undefined;
    if (elementType === undefined || shape === undefined) {
      throw unsupported(
        `The input "${info.name}" of a nested graph (${type})`,
        'Its element type and rank must be stated.',
      );
    }
    scope.set(
      info.name,
      body.input(
        g.freshName(info.name),
        elementType,
        shape.map((size) => (size === '?' ? g.freshDimension() : size)),
      ),
    );
  }
  importBody(body, graph, scope, opset);
  for (const { name } of graph.output) body.output(g.freshName('result'), lookUp(scope, name, 'A nested graph'));
  return body;
}

function lookUp(scope: Scope, name: string, reader: string): Value {
  const value = scope.get(name);
  if (value !== undefined) return value;
  throw new GraphError('GRAPH_MODEL_MALFORMED', {
    what: `${reader} reads "${name}".`,
    why: 'Nothing before it has that name: no input, no initializer, no node.',
    fix: 'Check the model with onnx.checker.',
  });
}

function checkModel({ proto }: OnnxModel, opset: number, newest: number): void {
  if (proto.functions.length > 0)
    throw unsupported(`The function "${proto.functions[0]!.name}"`, 'Functions must be inlined (onnx.inliner).');
  if (opset >= 13 && opset <= newest) return;
  throw unsupported(
    `Operator set ${opset}`,
    `Versions 13 to ${newest} are handled; convert with onnx.version_converter.`,
  );
}

function unsupported(what: string, why: string): GraphError {
  return new GraphError('GRAPH_MODEL_UNSUPPORTED', {
    what: `${what} cannot be imported.`,
    why,
    fix: 'Export the model in another way.',
  });
}

function checkInputs(model: OnnxModel, graph: GraphProto, inputs: Readonly<Record<string, Value>>): void {
  const known = new Set(graph.input.map(({ name }) => name));
  const missing = model.inputs.map(({ name }) => name).filter((name) => inputs[name] === undefined);
  const unknown = Object.keys(inputs).filter((name) => !known.has(name));
  if (missing.length === 0 && unknown.length === 0) return;
  throw new GraphError('GRAPH_ARGUMENT_INVALID', {
    what: `Inputs missing: ${missing.join(', ') || 'none'}; unknown: ${unknown.join(', ') || 'none'}.`,
    why: `The model's inputs are ${[...known].join(', ')}.`,
    fix: 'Pass a value for each of them, by its name.',
  });
}
