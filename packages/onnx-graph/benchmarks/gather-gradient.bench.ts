import { bench, describe } from 'vitest';
import { addRows } from '../src/gradients/gather.js';
import { GraphBuilder } from '../src/graph-builder.js';
import { openWithOnnxRuntime } from '../src/testing/onnxruntime.js';
import type { Value } from '../src/value.js';

// Gradient of an embedding: 2048 rows (8 × 256 tokens) of 128 float32 added up in a table of V rows. One thread, ONNX
// Runtime CPU. ScatterND is here for the record only: with more threads it loses updates (see src/gradients/gather.ts).
// Run: npx vitest bench --config ../../vitest.config.ts --root . benchmarks
const ROWS = 2048;
const WIDTH = 128;

type Variant = (g: GraphBuilder, table: Value, indices: Value, rows: Value) => Value;

const VARIANTS: Readonly<Record<string, Variant>> = {
  'as shipped': addRows,
  ScatterElements: (g, table, indices, rows) => {
    const zeros = g.op.constantOfShape(table.shape as readonly number[]);
    return g.op.scatterElements(zeros, g.op.expand(g.op.unsqueeze(indices, [1]), [ROWS, WIDTH]), rows, 0, 'add');
  },
  'one-hot product': (g, table, indices, rows) =>
    g.op.matMul(g.op.oneHot(indices, table.shape[0] as number, { axis: 0 }), rows),
  ScatterND: (g, table, indices, rows) => {
    const zeros = g.op.constantOfShape(table.shape as readonly number[]);
    return g.op.scatterND(zeros, g.op.unsqueeze(g.op.cast(indices, 'int64'), [1]), rows, 'add');
  },
};

describe.each([16, 64, 256, 2048])('a table of %i rows', async (vocabulary) => {
  for (const [name, build] of Object.entries(VARIANTS)) {
    const g = new GraphBuilder();
    const table = g.constant('float32', new Float32Array(vocabulary * WIDTH), [vocabulary, WIDTH]);
    const sums = build(g, table, g.input('indices', 'int32', [ROWS]), g.input('rows', 'float32', [ROWS, WIDTH]));
    g.output('norm', g.op.reduceSumSquare(sums));
    const run = await openWithOnnxRuntime(g.toBytes());
    const indices = Int32Array.from({ length: ROWS }, (_, i) => (i * 7919) % vocabulary);
    const feeds = {
      indices: { type: 'int32', shape: [ROWS], data: indices },
      rows: { type: 'float32', shape: [ROWS, WIDTH], data: new Float32Array(ROWS * WIDTH).fill(1) },
    } as const;
    bench(name, async () => void (await run(feeds)));
  }
});
