import { type Attributes, graphAttribute } from './attribute.js';
import { ELEMENT_TYPES, type ElementType } from './element-type.js';
import { GraphError } from './errors.js';
import { inferNode } from './inference.js';
import { type BoundOperators, bindOperators } from './operators.js';
import { ScopeRegistry } from './scope-registry.js';
import { serialiseModel } from './serialise.js';
import {
  elementCount,
  type InitializerSpec,
  sizeError,
  type TensorData,
  type TensorSpec,
  tensorBytes,
} from './tensor-data.js';
import { type GraphNode, originOf, registerValue, type Shape, type TensorType, type Value } from './value.js';

export interface GraphBuilderOptions {
  /** Name of the graph; shown by viewers and profilers. */
  readonly name?: string;
  /** Version of the ai.onnx operator set. 21 unless told otherwise. */
  readonly opset?: number;
  /** Whether backward graphs may use `com.microsoft` operators (FusedMatMul), which are faster in ONNX Runtime. */
  readonly microsoft?: boolean;
  /** Stored with the model (`doc_string`). */
  readonly description?: string;
}

/** Options of {@link GraphBuilder.node}. */
export interface NodeOptions {
  readonly attributes?: Attributes;
  /** Types of the outputs; needed for operators outside this package's table. */
  readonly outputs?: readonly TensorType[];
  readonly domain?: string;
  readonly name?: string;
}

const PARENT = Symbol('parent');

/**
 * Builds one ONNX graph. Operators are methods of `op`; values carry type and shape, and mistakes in either are errors
 * when the node is added, not when the model runs.
 */
export class GraphBuilder {
  readonly name: string;
  /** The operators, each bound to this graph: `g.op.matMul(a, b)`. */
  readonly op: BoundOperators;
  readonly #registry: ScopeRegistry;
  readonly #parent: GraphBuilder | undefined;
  readonly #options: GraphBuilderOptions;
  readonly #inputs: Value[] = [];
  readonly #initializers: Value[] = [];
  readonly #nodes: GraphNode[] = [];
  readonly #outputs: { readonly name: string; readonly value: Value }[] = [];

  constructor(options: GraphBuilderOptions & { readonly [PARENT]?: GraphBuilder } = {}) {
    this.name = options.name ?? 'graph';
    this.#options = options;
    this.#parent = options[PARENT];
    this.#registry = this.#parent === undefined ? new ScopeRegistry() : this.#parent.#registry;
    this.op = bindOperators(this);
  }

  /** A nested graph, for control flow: it may read every value of this one. */
  body(name: string): GraphBuilder {
    return new GraphBuilder({ ...this.#options, name, [PARENT]: this });
  }

  get parent(): GraphBuilder | undefined {
    return this.#parent;
  }

  /** The outermost graph. */
  get root(): GraphBuilder {
    return this.#parent === undefined ? this : this.#parent.root;
  }

  get opset(): number {
    return this.#options.opset ?? 21;
  }

  /** Whether `com.microsoft` operators may be used. */
  get microsoft(): boolean {
    return this.#options.microsoft ?? true;
  }

  get description(): string {
    return this.#options.description ?? '';
  }

  get inputs(): readonly Value[] {
    return this.#inputs;
  }

  /** Named initializers and constants, in the order of their making. */
  get initializers(): readonly Value[] {
    return this.#initializers;
  }

  get nodes(): readonly GraphNode[] {
    return this.#nodes;
  }

  get outputs(): readonly { readonly name: string; readonly value: Value }[] {
    return this.#outputs;
  }

  /**
   * A tensor that is fed at each run. Strings in `shape` name sizes that are known then.
   * @throws {GraphError} `GRAPH_NAME_TAKEN`
   */
  input(name: string, type: ElementType, shape: Shape): Value {
    this.#registry.claim(name);
    const value = registerValue({ name, type, shape: [...shape] }, { scope: this });
    this.#inputs.push(value);
    return value;
  }

  /**
   * A named tensor that is stored with the model, or in a file beside it.
   * @throws {GraphError} `GRAPH_NAME_TAKEN`, `GRAPH_INITIALIZER_SIZE`
   */
  initializer(name: string, spec: InitializerSpec): Value {
    this.#registry.claim(name);
    checkSize(spec);
    const value = registerValue(
      { name, type: spec.type, shape: [...spec.shape] },
      { scope: this, initializer: spec, ...knownContents(spec) },
    );
    this.#initializers.push(value);
    return value;
  }

  /** A constant; equal ones are stored once. Scalar unless `shape` is given or `data` is a list (then one axis). */
  constant(type: ElementType, data: number | bigint | boolean | TensorData, shape?: readonly number[]): Value {
    const isScalar = typeof data !== 'object';
    const elements: TensorData = isScalar ? [data] : data;
    const spec: TensorSpec = { type, shape: shape ?? (isScalar ? [] : [elements.length]), data: elements };
    return this.#registry.constant(spec, (name) => this.root.initializer(name, spec));
  }

  /**
   * Adds a node of any operator and returns its outputs. The functions under `op` are the typed way to do this.
   * @throws {GraphError} `GRAPH_OPERATOR_UNKNOWN` for an operator outside the table without `outputs`, and the errors
   * of its type and shape checks
   */
  node(operator: string, inputs: readonly (Value | null)[], options: NodeOptions = {}): readonly Value[] {
    for (const input of inputs) if (input !== null) this.#checkReadable(operator, input);
    const attributes = options.attributes ?? {};
    for (const name of Object.keys(attributes)) this.#checkBody(operator, graphAttribute(attributes, name));
    const inferred = inferNode(this, operator, inputs, attributes, options);
    const index = this.#registry.nextIndex();
    const name = options.name ?? this.#registry.freshName(operator);
    const outputs: Value[] = [];
    const node: GraphNode = {
      operator,
      domain: inferred.domain,
      name,
      index,
      inputs: [...inputs],
      outputs,
      attributes,
    };
    for (const [i, { type, shape }] of inferred.outputs.entries()) {
      const contents = i === 0 && inferred.contents !== undefined ? { contents: inferred.contents } : {};
      const outputName = i === 0 ? name : this.#registry.freshName(operator);
      this.#registry.claim(outputName);
      outputs.push(registerValue({ name: outputName, type, shape }, { scope: this, node, ...contents }));
    }
    this.#nodes.push(node);
    return outputs;
  }

  /** Declares an output. The same value may go out under several names. @throws {GraphError} `GRAPH_NAME_TAKEN` */
  output(name: string, value: Value): void {
    this.#checkReadable('output', value);
    if (name !== value.name || this.#outputs.some((output) => output.name === name)) this.#registry.claim(name);
    this.#outputs.push({ name, value });
  }

  /** A name for a size nobody knows yet. */
  freshDimension(): string {
    return this.#registry.freshDimension();
  }

  /** A name that no value of this model has, starting with `prefix`; for a value or a body made next. */
  freshName(prefix: string): string {
    return this.#registry.freshName(prefix);
  }

  /** True when this graph may read a value: it is its own or of a graph around it. */
  canRead(value: Value): boolean {
    const { scope } = originOf(value);
    for (let g: GraphBuilder | undefined = this; g !== undefined; g = g.#parent) if (g === scope) return true;
    return false;
  }

  /** The model as bytes of an `.onnx` file: equal nodes merged, unused ones left out. Same program, same bytes. */
  toBytes(): Uint8Array {
    return serialiseModel(this);
  }

  #checkReadable(operator: string, value: Value): void {
    if (this.canRead(value)) return;
    throw new GraphError('GRAPH_SCOPE_INVALID', {
      what: `${operator} in graph "${this.name}" reads "${value.name}" of graph "${originOf(value).scope.name}".`,
      why: 'A graph reads its own values and those of the graphs around it, never those of a body inside it.',
      fix: "Inside a body use the builder that is handed to it, and return what is needed outside as the body's result.",
    });
  }

  #checkBody(operator: string, body: GraphBuilder | undefined): void {
    if (body === undefined || body.#parent === this) return;
    throw new GraphError('GRAPH_SCOPE_INVALID', {
      what: `${operator} in graph "${this.name}" got the body "${body.name}".`,
      why: 'That body was made for another graph.',
      fix: 'Make it with body() of the graph that gets the node.',
    });
  }
}

function checkSize(spec: InitializerSpec): void {
  const { type, shape } = spec;
  if ('location' in spec) {
    const expected = elementCount(shape) * ELEMENT_TYPES[type].bytes;
    if (spec.length !== expected) throw sizeError(type, shape, spec.length, expected);
  } else if (type === 'string') {
    if (spec.data.length !== elementCount(shape)) throw sizeError(type, shape, spec.data.length, elementCount(shape));
  } else tensorBytes(spec);
}

/** Elements of a small integer tensor, so that shapes computed in the graph can be followed. */
function knownContents(spec: InitializerSpec): { contents?: Shape } {
  if ('location' in spec || (spec.type !== 'int64' && spec.type !== 'int32')) return {};
  if (spec.shape.length > 1 || spec.data.length > 64 || spec.data instanceof Uint8Array) return {};
  return { contents: Array.from(spec.data, Number) };
}
