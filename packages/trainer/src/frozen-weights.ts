import {
  decodeRows,
  decodeWeight,
  type EncodedWeight,
  encodingOpset,
  type Parameters,
  type WeightEncoding,
  weightParts,
} from '@flanlab/language-model';
import { GRADIENT_RULES, type GradientRule, type GraphBuilder, type Value } from '@flanlab/onnx-graph';

/** A parameter that is an input of a graph; in float32 unless its encoding says otherwise. */
export interface InputParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly encoding?: WeightEncoding;
  readonly transposed?: boolean;
  /** Where a session finds its values by itself; it is no input then. */
  readonly place?: WeightPlace;
}

/** Bytes of a file in a folder that is named to the session. */
export interface WeightPlace {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

interface InputWeight {
  readonly weight: EncodedWeight;
  readonly parts: readonly Value[];
}

/** Parameters as they come into a graph, by name. */
export type InputWeights = ReadonlyMap<string, InputWeight>;

export const asEncoded = (parameter: InputParameter): EncodedWeight => ({
  ...parameter,
  encoding: parameter.encoding ?? { kind: 'float32' },
});

/** Adds the inputs that hold some parameters, or the constants. */
export function inputWeights(g: GraphBuilder, parameters: readonly InputParameter[]): InputWeights {
  const entry = (parameter: InputParameter): readonly [string, InputWeight] => {
    const weight = asEncoded(parameter);
    const { place } = parameter;
    const parts = weightParts(weight).map(({ name, type, shape }) =>
      place === undefined ? g.input(name, type, shape) : g.initializer(name, { type, shape, ...place }),
    );
    return [weight.name, { weight, parts }];
  };
  return new Map(parameters.map(entry));
}

/** Options of a graph that decodes these parameters. */
export function decoderOptions(parameters: readonly InputParameter[]): { readonly opset?: number } {
  const opset = encodingOpset(parameters.map(asEncoded));
  return opset === undefined ? {} : { opset };
}

/** Parameters as a loss in `g` reads them, and what its gradient needs to know about them. */
export interface DecodedParameters {
  readonly parameters: Parameters;
  /** For `gradients`. */
  readonly rules: Readonly<Record<string, GradientRule>>;
}

/**
 * Decodes frozen weights where they are used. A product and its gradient decode for themselves: the weight in float32
 * lives for one of them, and not from the forward pass to the end of the backward pass.
 * @param values parameters that need no decoding, by name
 */
export function decodedParameters(
  g: GraphBuilder,
  frozen: InputWeights,
  values: ReadonlyMap<string, Value>,
): DecodedParameters {
  const decoded = new Map<string, Value>();
  const again = new Map<Value, (b: GraphBuilder, after: Value) => Value>();
  const decode = (name: string, after: Value | undefined): Value => {
    const { weight, parts } = frozen.get(name)!;
    const value = decodeWeight(g, weight, parts, after);
    if (weight.encoding.kind !== 'float32') again.set(value, (b, after) => decodeWeight(b, weight, parts, after));
    decoded.set(name, value);
    return value;
  };
  const parameters = (name: string, after?: Value): Value =>
    values.get(name) ?? decoded.get(name) ?? decode(name, after);
  const rows = (name: string, ids: Value): Value => {
    const input = frozen.get(name);
    return input === undefined ? g.op.gather(parameters(name), ids) : decodeRows(g, input.weight, input.parts, ids);
  };
  const rules = Object.fromEntries(
    PRODUCTS.map((operator) => [operator, decodingAgain(GRADIENT_RULES[operator], again)]),
  );
  return { parameters: Object.assign(parameters, { rows }), rules };
}

/** Operators that frozen weights meet. */
const PRODUCTS = ['Gemm', 'MatMul', 'FusedMatMul'] as const;

/** A rule that does not read decoded weights of the forward pass, but decodes them again once its own turn has come. */
function decodingAgain(
  rule: GradientRule,
  again: ReadonlyMap<Value, (g: GraphBuilder, after: Value) => Value>,
): GradientRule {
  return (g, node, dY, dOutputs, context) => {
    const inputs = node.inputs.map((input) => (input === null ? null : (again.get(input)?.(g, dY) ?? input)));
    return rule(g, { ...node, inputs }, dY, dOutputs, context);
  };
}
