import { CUDA_KERNELS, type KernelSpec } from './data/cuda-kernels.js';
import { type ElementType, elementTypeOfCode } from './element-type.js';
import type { AttributeProto, GraphProto, NodeProto } from './onnx_pb.js';
import { modelTensor, normalDomain, type OnnxModel } from './read-model.js';

/** A node that ONNX Runtime's CUDA provider has no kernel for: it runs on the processor, with copies before and behind it. */
export interface UnplacedNode {
  readonly operator: string;
  readonly name: string;
  /** Name of the graph that holds it: the model's, or that of a Loop's body. */
  readonly graph: string;
  readonly why: string;
  /** False where it touches nothing but int64 and bool, of which shape arithmetic is made. */
  readonly isHeavy: boolean;
}

/** Element types by the name of a value; undefined for one that cannot be told. */
type Types = ReadonlyMap<string, ElementType | undefined>;

/**
 * The nodes of a model, nested graphs included, without a CUDA kernel for their operator, its version and their types. Reads
 * a table of kernels, so that no GPU is needed. Nodes that have a kernel may still run on the processor: ONNX Runtime keeps
 * shape arithmetic there on purpose.
 * @see `conformance/cuda_kernels.py`, which asks ONNX Runtime itself
 */
export function nodesWithoutCudaKernel(model: OnnxModel): readonly UnplacedNode[] {
  const unplaced: UnplacedNode[] = [];
  visit(model.proto.graph, new Map(), model.opsets, unplaced);
  return unplaced;
}

/** Gives the types of the graph's outputs. */
function visit(
  graph: GraphProto,
  around: Types,
  opsets: OnnxModel['opsets'],
  unplaced: UnplacedNode[],
): readonly (ElementType | undefined)[] {
  const types = new Map(around);
  for (const { name, dataType } of graph.initializer) types.set(name, elementTypeOfCode(dataType));
  for (const info of graph.input) types.set(info.name, modelTensor(info).type as ElementType);
  for (const node of graph.node) {
    const inputs = node.input.map((name) => types.get(name));
    const bodies = node.attribute.flatMap(({ g }) => (g === undefined ? [] : [visit(g, types, opsets, unplaced)]));
    const domain = normalDomain(node.domain);
    const key = domain === '' ? node.opType : `${domain}.${node.opType}`;
    const spec: KernelSpec | undefined = (CUDA_KERNELS as Readonly<Record<string, KernelSpec>>)[key];
    const kernel = spec === undefined ? undefined : kernelAt(spec, opsets[domain] ?? 1);
    const outputs = spec === undefined ? [] : outputTypes(node, spec, kernel ?? {}, inputs, bodies[0]);
    for (const [i, name] of node.output.entries()) types.set(name, outputs[i]);
    const why =
      spec === undefined || kernel === null ? 'There is no kernel.' : mismatch(spec, kernel!, inputs, outputs);
    if (why === undefined) continue;
    const isHeavy = [...inputs, ...outputs].some((type) => type !== 'int64' && type !== 'bool');
    unplaced.push({ operator: key, name: node.name, graph: graph.name, why, isHeavy });
  }
  return graph.output.map(({ name }) => types.get(name));
}

type Kernel = KernelSpec['kernels'][number];

/** The kernel for the newest schema that an operator set has. */
function kernelAt({ kernels }: KernelSpec, opset: number): Kernel {
  const since = Object.keys(kernels)
    .map(Number)
    .filter((version) => version <= opset);
  return kernels[Math.max(...since)] ?? null;
}

const parameterAt = (parameters: readonly string[], i: number): string => parameters[i] ?? parameters.at(-1)!;

/** What is wrong with the types, in words. */
function mismatch(
  { inputs: inputNames, outputs: outputNames }: KernelSpec,
  kernel: NonNullable<Kernel>,
  inputs: readonly (ElementType | undefined)[],
  outputs: readonly (ElementType | undefined)[],
): string | undefined {
  const sides = [
    ...inputs.map((type, i) => [parameterAt(inputNames, i), type] as const),
    ...outputs.map((type, i) => [parameterAt(outputNames, i), type] as const),
  ];
  const wrong = sides.find(([name, type]) => type !== undefined && kernel[name]?.includes(type) === false);
  return wrong && `There is none with ${wrong[0]} = ${wrong[1]}.`;
}

/** Output types follow from inputs of the same parameter, or from what the node says. */
function outputTypes(
  { opType, attribute, output }: NodeProto,
  spec: KernelSpec,
  kernel: NonNullable<Kernel>,
  inputs: readonly (ElementType | undefined)[],
  body: readonly (ElementType | undefined)[] | undefined,
): readonly (ElementType | undefined)[] {
  if (body !== undefined) return opType === 'Loop' ? body.slice(1) : body;
  const said = saidType(opType, attribute);
  return output.map((_, i) => {
    if (said !== undefined) return said;
    const parameter = parameterAt(spec.outputs, i);
    const same = inputs.find((type, k) => type !== undefined && parameterAt(spec.inputs, k) === parameter);
    const only = kernel[parameter]?.length === 1 ? kernel[parameter][0] : undefined;
    return same ?? only ?? (parameter === 'int64' ? 'int64' : undefined);
  });
}

/** The element type that an attribute names. */
function saidType(operator: string, attributes: readonly AttributeProto[]): ElementType | undefined {
  const to = attributes.find(({ name }) => name === 'to');
  if (to !== undefined) return elementTypeOfCode(Number(to.i));
  if (operator !== 'ConstantOfShape') return undefined;
  return elementTypeOfCode(attributes.find(({ name }) => name === 'value')?.t?.dataType ?? 1);
}
