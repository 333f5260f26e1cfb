import { checkpoint, type GraphBuilder, type Value } from '@flanlab/onnx-graph';
import { familyOf } from '../families/families.js';
import type { BlockLayout, NormSpec } from '../families/family.js';
import type { ModelConfig } from '../model-config.js';
import { withAlibi } from './alibi.js';
import { type Attend, attendByWindow, attention, causalMask, sizeOf } from './attention.js';
import { activate, embeddingRows, linear, type ModelParts, normalise, splitRows } from './parts.js';
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
  /** Whether gradients compute each block again from what comes into it, instead of keeping what it computes. */
  readonly checkpointBlocks?: boolean;
}

/** What the output layer reads: hidden states after the final norm, (B·T, D), rows in the order of the tokens. */
export function decoderHidden(g: GraphBuilder, config: ModelConfig, parts: ModelParts, inputs: DecoderInputs): Value {
  const { inputIds, segments } = inputs;
  const layout = familyOf(config).layout(config);
  const positions = inputs.positions ?? g.op.range(0, sizeOf(g, inputIds, 1), 1);
  const plain = inputs.attend ?? selfAttention(g, config, inputIds, segments);
  const attend = config.positions === 'alibi' ? withAlibi(g, config, positions, plain) : plain;
  const toHeads = headSplitter(g, config, inputIds, positions, inputs.angles);
  let x = embeddingRows(g, parts.parameters, `${layout.tokens.name}.weight`, g.op.reshape(inputIds, [-1]));
  if (layout.projectIn) x = linear(g, parts, layout.projectIn, x);
  if (layout.positions) {
    const { name, offset } = layout.positions;
    const rows = embeddingRows(g, parts.parameters, `${name}.weight`, offset ? g.op.add(positions, offset) : positions);
    // (T, D) broadcasts over the batch; (B, T, D) has the tokens' own rows.
    const whole = g.op.add(splitRows(g, x, inputIds, [config.width]), rows);
    x = g.op.reshape(whole, [-1, config.width]);
  }
  for (const [layer, block] of layout.blocks.entries()) {
    const before = x;
    const compute = (): Value => decoderBlock(g, config, parts, block, { x: before, toHeads, layer, attend });
    x = inputs.checkpointBlocks ? checkpoint(g, compute) : compute();
  }
  if (layout.finalNorm) x = normalise(g, config, parts, layout.finalNorm, x);
  return layout.projectOut ? linear(g, parts, layout.projectOut, x) : x;
}

/** Scores of every token of the vocabulary, (N, V), for hidden states (N, D). */
export function decoderLogits(g: GraphBuilder, config: ModelConfig, parts: ModelParts, hidden: Value): Value {
  const { head, tokens } = familyOf(config).layout(config);
  if (head) return linear(g, parts, head, hidden);
  return g.op.gemm(hidden, parts.parameters(`${tokens.name}.weight`, hidden), null, { transB: true });
}

function selfAttention(g: GraphBuilder, config: ModelConfig, inputIds: Value, segments: Value | undefined): Attend {
  return attendByWindow(config, (window) => {
    const mask = causalMask(g, inputIds, segments, window);
    return (b, inputs) => attention(b, config, inputs, mask);
  });
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
      const turned = fused(splitRows(g, rows, like, [heads * headWidth]), heads);
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

/** x with both branches added, (B·T, D). */
function decoderBlock(
  g: GraphBuilder,
  config: ModelConfig,
  parts: ModelParts,
  block: BlockLayout,
  inputs: BlockInputs,
): Value {
  const { arrangement = 'pre-norm' } = config;
  const { x } = inputs;
  const { attentionNorm, feedForwardNorm = attentionNorm } = block;
  const norm = (spec: NormSpec, rows: Value): Value => normalise(g, config, parts, spec, rows);
  const attend = (rows: Value): Value => blockAttention(g, config, parts, block, { ...inputs, x: rows });
  const feed = (rows: Value): Value => feedForward(g, config, parts, block, rows);
  if (arrangement === 'post-norm') {
    const middle = norm(attentionNorm, g.op.add(x, attend(x)));
    return norm(feedForwardNorm, g.op.add(middle, feed(middle)));
  }
  const normed = norm(attentionNorm, x);
  const attended = g.op.add(x, attend(normed));
  if (arrangement === 'pre-norm') return g.op.add(attended, feed(norm(feedForwardNorm, attended)));
  return g.op.add(attended, feed(feedForwardNorm === attentionNorm ? normed : norm(feedForwardNorm, x)));
}

/** Projections, positions, attention and output projection of one block on normed rows: (B·T, D). */
function blockAttention(
  g: GraphBuilder,
  config: ModelConfig,
  parts: ModelParts,
  block: BlockLayout,
  { x, toHeads, layer, attend }: BlockInputs,
): Value {
  const { heads, keyValueHeads, headWidth, attentionGains } = config;
  const [plain, key, value] = projections(g, config, parts, block, x);
  const gain = attentionGains?.[layer] ?? 1;
  const query = gain === 1 ? plain : g.op.mul(plain, gain);
  const byHead = (rows: Value, count: number, turns: boolean): Value =>
    g.op.transpose(toHeads(rows, count, turns), [0, 2, 1, 3]);
  const context = attend(g, {
    layer,
    query: byHead(query, heads, true),
    key: byHead(key, keyValueHeads, true),
    value: byHead(value, keyValueHeads, false),
  });
  const rows = g.op.reshape(g.op.transpose(context, [0, 2, 1, 3]), [-1, heads * headWidth]);
  return linear(g, parts, block.attentionOutput, rows);
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
  const { heads, keyValueHeads, headWidth } = config;
  const fused = linear(g, parts, specs.fused, x);
  const groups = specs.order === 'by-group' ? keyValueHeads : 1;
  const [queryWidth, keyWidth] = [(heads / groups) * headWidth, (keyValueHeads / groups) * headWidth];
  const grouped = groups === 1 ? fused : g.op.reshape(fused, [-1, groups, queryWidth + 2 * keyWidth]);
  const [query, key, value] = g.op
    .split(grouped, -1, [queryWidth, keyWidth, keyWidth])
    .map((part, i) => (groups === 1 ? part : g.op.reshape(part, [-1, groups * (i === 0 ? queryWidth : keyWidth)])));
  return [query!, key!, value!];
}

function feedForward(g: GraphBuilder, config: ModelConfig, parts: ModelParts, block: BlockLayout, x: Value): Value {
  const gate = block.gate && linear(g, parts, block.gate, x);
  const up = linear(g, parts, block.up, x);
  // Computed again for gradients: three passes over the widest activations, against three of them kept in every block.
  const inner = checkpoint(g, () =>
    gate ? g.op.mul(activate(g, config.activation, gate), up) : activate(g, config.activation, up),
  );
  return linear(g, parts, block.down, inner);
}
