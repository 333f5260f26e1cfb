import type { GraphBuilder, Value } from '@flanlab/onnx-graph';
import { familyOf } from '../families/families.js';
import type { BlockLayout } from '../families/family.js';
import type { ModelConfig } from '../model-config.js';
import { type Attend, attention, causalMask, sizeOf } from './attention.js';
import { activate, linear, type ModelParts, normalise, splitRows } from './parts.js';
import { fusedRotation, type RotaryAngles, rotaryAngles, rotate } from './rotary.js';

/** The tokens a decoder reads. */
export interface DecoderInputs {
  /** int32 or int64 (B, T) */
  readonly inputIds: Value;
  /** Integers (B, T) or (T); 0, 1, … when left out. */
  readonly positions?: Value;
  /** How to attend; to the row itself, causally, when left out. */
  readonly attend?: Attend;
  /** (B, T); tokens of different segments of a packed row do not see each other. Used where `attend` is left out. */
  readonly segments?: Value;
  /** Rotary angles of the positions; computed from them when left out. */
  readonly angles?: RotaryAngles;
}

/** Last hidden states after the final norm, (B·T, D), rows in the order of the tokens. */
export function decoderHidden(g: GraphBuilder, config: ModelConfig, parts: ModelParts, inputs: DecoderInputs): Value {
  const { inputIds, segments } = inputs;
  const layout = familyOf(config).layout(config);
  const positions = inputs.positions ?? g.op.range(0, sizeOf(g, inputIds, 1), 1);
  const attend = inputs.attend ?? selfAttention(g, config, inputIds, segments);
  const toHeads = headSplitter(g, config, inputIds, positions, inputs.angles);
  let x = g.op.gather(parts.parameters(`${layout.tokens.name}.weight`), g.op.reshape(inputIds, [-1]));
  if (layout.positions) {
    const rows = g.op.gather(parts.parameters(`${layout.positions.name}.weight`), positions);
    // (T, D) broadcasts over the batch; (B, T, D) has the tokens' own rows.
    const whole = g.op.add(splitRows(g, x, inputIds, [config.width]), rows);
    x = g.op.reshape(whole, [-1, config.width]);
  }
  for (const [layer, block] of layout.blocks.entries()) {
    const attended = blockAttention(g, config, parts, block, { x, toHeads, layer, attend });
    x = g.op.add(x, linear(g, parts, block.attentionOutput, attended));
    x = g.op.add(x, feedForward(g, config, parts, block, normalise(g, config, parts, block.feedForwardNorm, x)));
  }
  return normalise(g, config, parts, layout.finalNorm, x);
}

/** Scores of every token of the vocabulary, (N, V), for hidden states (N, D). */
export function decoderLogits(g: GraphBuilder, config: ModelConfig, parts: ModelParts, hidden: Value): Value {
  const { head, tokens } = familyOf(config).layout(config);
  if (head) return linear(g, parts, head, hidden);
  return g.op.gemm(hidden, parts.parameters(`${tokens.name}.weight`), null, { transB: true });
}

function selfAttention(g: GraphBuilder, config: ModelConfig, inputIds: Value, segments: Value | undefined): Attend {
  const mask = causalMask(g, inputIds, segments);
  return (b, inputs) => attention(b, config, inputs, mask);
}

/** (B·T, H·D) → (B, T, H, D), turned by the positions where asked and the model does that. */
type HeadSplitter = (rows: Value, heads: number, turns: boolean) => Value;

function headSplitter(
  g: GraphBuilder,
  { rotary, headWidth }: ModelConfig,
  like: Value,
  positions: Value,
  given: RotaryAngles | undefined,
): HeadSplitter {
  const fused = rotary && !given ? fusedRotation(g, rotary, headWidth, positions) : undefined;
  const angles = fused ? undefined : (given ?? (rotary && rotaryAngles(g, rotary, headWidth, positions)));
  return (rows, heads, turns) => {
    if (turns && fused) {
      const turned = fused(splitRows(g, rows, like, [heads * headWidth]));
      return g.op.reshape(turned, [0, 0, heads, headWidth]);
    }
    const split = splitRows(g, rows, like, [heads, headWidth]);
    return turns && rotary && angles ? rotate(g, rotary, split, angles) : split;
  };
}

interface BlockInputs {
  /** (B·T, D) */
  readonly x: Value;
  readonly toHeads: HeadSplitter;
  readonly layer: number;
  readonly attend: Attend;
}

/** Norm, projections, positions and attention of one block: (B·T, H·D_head), before the output projection. */
function blockAttention(
  g: GraphBuilder,
  config: ModelConfig,
  parts: ModelParts,
  block: BlockLayout,
  { x, toHeads, layer, attend }: BlockInputs,
): Value {
  const { heads, keyValueHeads, headWidth } = config;
  const normed = normalise(g, config, parts, block.attentionNorm, x);
  const [query, key, value] = projections(g, config, parts, block, normed);
  const byHead = (rows: Value, count: number, turns: boolean): Value =>
    g.op.transpose(toHeads(rows, count, turns), [0, 2, 1, 3]);
  const context = attend(g, {
    layer,
    query: byHead(query, heads, true),
    key: byHead(key, keyValueHeads, true),
    value: byHead(value, keyValueHeads, false),
  });
  return g.op.reshape(g.op.transpose(context, [0, 2, 1, 3]), [-1, heads * headWidth]);
}

function projections(
  g: GraphBuilder,
  config: ModelConfig,
  parts: ModelParts,
  { projections: specs }: BlockLayout,
  x: Value,
): readonly [Value, Value, Value] {
  if ('query' in specs) {
    return [linear(g, parts, specs.query, x), linear(g, parts, specs.key, x), linear(g, parts, specs.value, x)];
  }
  const keyWidth = config.keyValueHeads * config.headWidth;
  const fused = linear(g, parts, specs, x);
  const [query, key, value] = g.op.split(fused, -1, [config.heads * config.headWidth, keyWidth, keyWidth]);
  return [query!, key!, value!];
}

function feedForward(g: GraphBuilder, config: ModelConfig, parts: ModelParts, block: BlockLayout, x: Value): Value {
  const gate = block.gate && linear(g, parts, block.gate, x);
  const up = linear(g, parts, block.up, x);
  const inner = gate ? g.op.mul(activate(g, config.activation, gate), up) : activate(g, config.activation, up);
  return linear(g, parts, block.down, inner);
}
