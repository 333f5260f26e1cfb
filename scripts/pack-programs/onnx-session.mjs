import { GraphBuilder } from '@flanlab/onnx-graph';
import { openSession } from '@flanlab/onnx-session';

const g = new GraphBuilder({ name: 'double' });
g.output('y', g.op.mul(g.input('x', 'float32', ['B']), 2));
const session = await openSession(g.toBytes(), { threads: 1 });
const { y } = await session.run({ x: { type: 'float32', dims: [2], data: Float32Array.of(1, 2) } });
await session.close();
if ([...y.data].join() !== '2,4') throw new Error([...y.data].join());
