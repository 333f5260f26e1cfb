import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { Attribute } from './attribute.js';
import { ELEMENT_TYPES } from './element-type.js';
import type { GraphBuilder } from './graph-builder.js';
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type GraphProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataLocation,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from './onnx_pb.js';
import { type Simplified, simplify } from './simplify.js';
import { type InitializerSpec, tensorBytes } from './tensor-data.js';
import { type GraphNode, originOf, type TensorType, type Value } from './value.js';

// IR version 10 came with opset 21 (onnx 1.16); runtimes refuse versions newer than they know.
const IR_VERSION = 10n;
const UTF8 = new TextEncoder();

/** Writes a graph as an ONNX model. Deterministic: fields in the order of onnx.proto, nodes in the order of their making. */
export function serialiseModel(root: GraphBuilder): Uint8Array {
  const graph = graphProto(root, { ...simplify(root), renamed: new Map() });
  const domains = new Set<string>();
  collectDomains(graph, domains);
  const extra = [...domains].filter((domain) => domain !== '').toSorted();
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'flanlab',
    docString: root.description,
    graph,
    opsetImport: [{ domain: '', version: BigInt(root.opset) }, ...extra.map((domain) => ({ domain, version: 1n }))],
  });
  return toBinary(ModelProtoSchema, model);
}

// A runtime infers less of the sizes than the builder knows, and ONNX Runtime, when it plans its memory, looks at each freed tensor
// for each new one, and never takes away those whose sizes it does not know: 48 seconds for a graph of 14,000 nodes, and 6 when
// the sizes have names. What it then keeps for later tensors is memory that others could have had meanwhile (0 to 5 %), so
// that graphs that load quickly go without.
const NAMED_FROM = 4000;

/** True for what a node computes under its own name, and of which some size has a name. */
const isNamed =
  ({ canonical, renamed, needsValue }: Writing) =>
  (value: Value): boolean =>
    canonical(value) === value &&
    needsValue(value) &&
    !renamed.has(value) &&
    value.shape.some((size) => typeof size === 'string');

type GraphInit = MessageInitShape<typeof GraphProtoSchema>;

/** What all graphs of the model are written with. */
interface Writing extends Simplified {
  /** Names of results that go out under another name than their own. */
  readonly renamed: Map<Value, string>;
}

function collectDomains(graph: GraphInit, domains: Set<string>): void {
  for (const node of graph.node ?? []) {
    domains.add(node.domain ?? '');
    for (const { g } of node.attribute ?? []) if (g !== undefined) collectDomains(g as GraphInit, domains);
  }
}

function graphProto(g: GraphBuilder, writing: Writing): GraphInit {
  const { canonical, needsNode, needsValue, renamed } = writing;
  const copied: { readonly name: string; readonly source: Value }[] = [];
  for (const { name, value } of g.outputs) {
    const source = canonical(value);
    const { scope, node } = originOf(source);
    // A node's result can simply carry the output's name; inputs, outer values and results already named need a copy.
    if (scope === g && node !== undefined && !renamed.has(source)) renamed.set(source, name);
    else copied.push({ name, source });
  }
  const copies = copied.map(({ name, source }) => {
    return { opType: 'Identity', name: `${name}/copy`, input: [nameOf(source, writing)], output: [name] };
  });
  const nodes = g.nodes.filter(needsNode);
  const known = nodes.length < NAMED_FROM ? [] : nodes.flatMap((node) => node.outputs).filter(isNamed(writing));
  return {
    name: g.name,
    node: [...nodes.map((node) => nodeProto(node, writing)), ...copies],
    valueInfo: known.map((value) => valueInfo(value.name, value)),
    initializer: g.initializers
      .filter(needsValue)
      .map((value) => tensorProto(value.name, originOf(value).initializer!)),
    input: g.inputs.map((value) => valueInfo(value.name, value)),
    output: g.outputs.map(({ name, value }) => valueInfo(name, value)),
  };
}

function nameOf(value: Value, { canonical, renamed }: Writing): string {
  const source = canonical(value);
  return renamed.get(source) ?? source.name;
}

function valueInfo(name: string, { type, shape }: TensorType): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape.map((size) => ({
    value:
      typeof size === 'number'
        ? ({ case: 'dimValue', value: BigInt(size) } as const)
        : ({ case: 'dimParam', value: size } as const),
  }));
  const elemType = ELEMENT_TYPES[type].code;
  return { name, type: { value: { case: 'tensorType', value: { elemType, shape: { dim } } } } };
}

function nodeProto(node: GraphNode, writing: Writing): MessageInitShape<typeof NodeProtoSchema> {
  return {
    opType: node.operator,
    domain: node.domain,
    name: node.name,
    input: node.inputs.map((input) => (input === null ? '' : nameOf(input, writing))),
    output: trimmed(node.outputs.map((output) => (isNeeded(node, output, writing) ? nameOf(output, writing) : ''))),
    attribute: Object.keys(node.attributes)
      .toSorted()
      .map((name) => attributeProto(name, node.attributes[name]!, writing)),
  };
}

// Optional outputs that nobody reads are left out, so that the runtime need not compute them; where every output is
// required (Split, Loop, If) their names stay.
const OPTIONAL_OUTPUTS: ReadonlySet<string> = new Set(['LayerNormalization', 'Dropout']);

function isNeeded(node: GraphNode, output: Value, { needsValue }: Simplified): boolean {
  return !OPTIONAL_OUTPUTS.has(node.operator) || output === node.outputs[0] || needsValue(output);
}

function trimmed(names: string[]): string[] {
  while (names.length > 1 && names.at(-1) === '') names.pop();
  return names;
}

function attributeProto(
  name: string,
  attribute: Attribute,
  writing: Writing,
): MessageInitShape<typeof AttributeProtoSchema> {
  switch (attribute.kind) {
    case 'int':
      return { name, type: AttributeType.INT, i: BigInt(attribute.value) };
    case 'float':
      return { name, type: AttributeType.FLOAT, f: Math.fround(attribute.value) };
    case 'string':
      return { name, type: AttributeType.STRING, s: UTF8.encode(attribute.value) };
    case 'ints':
      return { name, type: AttributeType.INTS, ints: attribute.value.map(BigInt) };
    case 'floats':
      return { name, type: AttributeType.FLOATS, floats: attribute.value.map(Math.fround) };
    case 'strings':
      return { name, type: AttributeType.STRINGS, strings: attribute.value.map((value) => UTF8.encode(value)) };
    case 'tensor':
      return { name, type: AttributeType.TENSOR, t: tensorProto('', attribute.value) };
    case 'graph':
      return { name, type: AttributeType.GRAPH, g: graphProto(attribute.value, writing) };
  }
}

function tensorProto(name: string, spec: InitializerSpec): MessageInitShape<typeof TensorProtoSchema> {
  const head = { name, dataType: ELEMENT_TYPES[spec.type].code, dims: spec.shape.map(BigInt) };
  if ('location' in spec) {
    const entries = { location: spec.location, offset: String(spec.offset), length: String(spec.length) };
    return {
      ...head,
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
    };
  }
  if (spec.type === 'string')
    return { ...head, stringData: Array.from(spec.data, (value) => UTF8.encode(String(value))) };
  return { ...head, rawData: tensorBytes(spec) };
}
