// Who holds memory when a run of ONNX Runtime needs most: the live tensors at its peak, grouped by operator and shape.
//   node benchmarks/memory/holders.mjs OPTIMIZED.onnx PROFILE.json [--at NODE] [--top 25]
// Both files are written by a session that is opened with
//   { profilePrefix: 'prefix', extra: { session: { optimized_model_filepath: 'OPTIMIZED.onnx' } } }
// The profile says what ran in which order, and how much was in use; the model says who reads what until when.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readModel } from '../../packages/onnx-graph/dist/index.js';
import { megabytes } from '../side-by-side.mjs';

const BYTES = {
  float: 4,
  double: 8,
  int64: 8,
  int32: 4,
  uint32: 4,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};
// Their result is their first input's memory under another shape.
const ALIASES = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Identity', 'Flatten']);

const { values, positionals } = parseArgs({
  options: { at: { type: 'string' }, top: { type: 'string', default: '25' } },
  allowPositionals: true,
});
const [modelPath, profilePath] = positionals;
if (profilePath === undefined) throw new Error('Usage: node benchmarks/memory/holders.mjs OPTIMIZED.onnx PROFILE.json');

/** All nodes by name, and the names of all graphs' outputs, nested graphs included. */
function indexModel({ proto }) {
  const [nodes, outputs] = [new Map(), new Set()];
  const visit = (graph) => {
    for (const { name } of graph.output) outputs.add(name);
    for (const node of graph.node) {
      nodes.set(node.name, node);
      for (const { g } of node.attribute) if (g !== undefined) visit(g);
    }
  };
  visit(proto.graph);
  return { nodes, outputs };
}

const SUFFIX = '_kernel_time';
const { nodes, outputs } = indexModel(readModel(readFileSync(modelPath)));
const events = JSON.parse(readFileSync(profilePath, 'utf8'))
  .filter(({ cat, name }) => cat === 'Node' && name.endsWith(SUFFIX))
  .map(({ name, ts, args }) => ({ node: nodes.get(name.slice(0, -SUFFIX.length)), ts, args }))
  .filter(({ node }) => node !== undefined)
  .sort((a, b) => a.ts - b.ts);

const alias = new Map();
const rootOf = (name) => {
  let root = name;
  while (alias.has(root)) root = alias.get(root);
  return root;
};
/** Tensor → what made it, when, how large, and when it was read last. */
const tensors = new Map();
for (const [time, { node, args }] of events.entries()) {
  for (const input of node.input) {
    const tensor = tensors.get(rootOf(input));
    if (tensor !== undefined) tensor.last = time;
  }
  if (ALIASES.has(node.opType)) {
    alias.set(node.output[0], node.input[0]);
    continue;
  }
  const made = node.output.filter((name) => name !== '');
  for (const [i, shape] of (args.output_type_shape ?? []).entries()) {
    const [[type, sizes]] = Object.entries(shape);
    const bytes = sizes.reduce((a, b) => a * b, BYTES[type] ?? 4);
    if (made[i] !== undefined) tensors.set(made[i], { operator: node.opType, sizes, bytes, born: time, last: time });
  }
}
for (const name of outputs) {
  const tensor = tensors.get(rootOf(name));
  if (tensor !== undefined) tensor.last = events.length;
}

const inUse = events.map(({ args }) => Number(args.mem_bytes_requested_in_use ?? 0));
const peak = values.at === undefined ? inUse.indexOf(Math.max(...inUse)) : Number(values.at);
const held = Math.max(...events.map(({ args }) => Number(args.mem_arena_held ?? 0)));
const at = events[peak].node;
console.log(`node ${peak} of ${events.length}, ${at.opType} ${at.name}: ${megabytes(inUse[peak])} in use`);
console.log(`the arena holds up to ${megabytes(held)}`);
const groups = new Map();
for (const { operator, sizes, bytes, born, last } of tensors.values()) {
  if (born > peak || last < peak) continue;
  const key = `${operator} (${sizes.join(', ')})`;
  const group = groups.get(key) ?? { count: 0, bytes: 0 };
  groups.set(key, { count: group.count + 1, bytes: group.bytes + bytes });
}
const largest = [...groups].sort(([, a], [, b]) => b.bytes - a.bytes).slice(0, Number(values.top));
for (const [key, { count, bytes }] of largest) {
  console.log(`${megabytes(bytes).padStart(10)}  ${String(count).padStart(4)} x ${key}`);
}
