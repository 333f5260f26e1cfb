import { GraphBuilder, gradients, readModel } from '@flanlab/onnx-graph';

const g = new GraphBuilder({ name: 'square' });
const x = g.input('x', 'float32', ['B']);
const loss = g.op.reduceSum(g.op.mul(x, x));
g.output('loss', loss);
const [dx] = gradients(g, loss, [x]);
g.output('dx', dx);
if (readModel(g.toBytes()) === undefined) throw new Error('no model');
