import { readFileSync } from 'node:fs';
import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { relativeError } from './check-gradient.js';
import { gradients } from './gradients.js';
import { GraphBuilder } from './graph-builder.js';
import { importGraph } from './import-graph.js';
import { ModelProtoSchema } from './onnx_pb.js';
import { readModel } from './read-model.js';
import { openWithOnnxRuntime } from './testing/onnxruntime.js';

const MLP = readFileSync(new URL('../fixtures/mlp.onnx', import.meta.url));
interface Golden {
  readonly x: readonly number[];
  readonly ids: readonly number[];
  readonly loss: number;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

function readGolden(name: string): Golden {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')) as Golden;
}

const GOLDEN = readGolden('mlp');

describe('readModel', () => {
  it('tells what is in a file written by another library', () => {
    const model = readModel(MLP);
    expect(model).toMatchObject({
      irVersion: 8,
      producer: 'onnx.helper',
      opsets: { '': 17 },
      inputs: [{ name: 'x', type: 'float32', shape: ['batch', 3] }],
      outputs: [{ name: 'y', type: 'float32', shape: ['batch'] }],
    });
    expect(model.initializers).toContainEqual({ name: 'w1', type: 'float32', shape: [3, 4] });
    expect(model.nodes.map(({ operator }) => operator)).toEqual([
      'Constant',
      'MatMul',
      'Add',
      'Split',
      'Tanh',
      'Mul',
      'ReduceMean',
      'If',
    ]);
  });

  it('reads what this package writes', () => {
    const g = new GraphBuilder({ name: 'own' });
    g.output('y', g.op.softmax(g.input('x', 'float16', ['B', 8])));
    expect(readModel(g.toBytes())).toMatchObject({
      producer: 'flanlab',
      inputs: [{ name: 'x', type: 'float16', shape: ['B', 8] }],
      nodes: [{ operator: 'Softmax', inputs: ['x'], outputs: ['y'] }],
    });
  });

  it.each([
    ['text', new TextEncoder().encode('<!doctype html><html>')],
    ['nothing', new Uint8Array()],
    ['half a file', MLP.subarray(0, MLP.length / 2)],
    ['a model without a graph', toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n }))],
  ])('refuses %s', (_, bytes) => {
    expect(() => readModel(bytes)).toThrow(expect.objectContaining({ code: 'GRAPH_MODEL_MALFORMED' }));
  });
});

describe('importGraph', () => {
  it('makes a model differentiable: gradients of PyTorch, from an opset 17 file with an If', async () => {
    const model = readModel(MLP);
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['N', 3]);
    const { outputs, values } = importGraph(g, model, { x });
    const loss = g.op.reduceSum(outputs.y!, undefined, { keepDims: false });
    const names = Object.keys(GOLDEN.gradients);
    const results = gradients(
      g,
      loss,
      names.map((name) => values.get(name)!),
    );
    g.output('loss', loss);
    for (const [i, name] of names.entries()) g.output(`d ${name}`, results[i]!);
    const run = await openWithOnnxRuntime(g.toBytes());
    const actual = await run({ x: { type: 'float32', shape: [2, 3], data: GOLDEN.x } });
    // float32 against float64: a dozen operations.
    expect(relativeError(Array.from(actual.loss!), [GOLDEN.loss])).toBeLessThan(1e-6);
    for (const name of names) {
      expect(relativeError(Array.from(actual[`d ${name}`]!), GOLDEN.gradients[name]!), name).toBeLessThan(2e-6);
    }
  });

  it('differentiates a transformer block that torch.onnx exported, by each of its parameters', async () => {
    const golden = readGolden('encoder');
    const model = readModel(readFileSync(new URL('../fixtures/encoder.onnx', import.meta.url)));
    const g = new GraphBuilder();
    const ids = g.input('ids', 'int64', ['B', 'T']);
    const { outputs, values } = importGraph(g, model, { ids });
    const loss = g.op.reduceSum(g.op.mul(outputs.y!, outputs.y!), undefined, { keepDims: false });
    const names = Object.keys(golden.gradients);
    g.output('loss', loss);
    const results = gradients(
      g,
      loss,
      names.map((name) => values.get(name)!),
    );
    for (const [i, name] of names.entries()) g.output(`d ${name}`, results[i]!);
    const run = await openWithOnnxRuntime(g.toBytes());
    const actual = await run({ ids: { type: 'int64', shape: [2, 6], data: golden.ids } });
    // Both in float32.
    expect(relativeError(Array.from(actual.loss!), [golden.loss])).toBeLessThan(2e-6);
    expect(names).toHaveLength(15);
    for (const name of names) {
      expect(relativeError(Array.from(actual[`d ${name}`]!), golden.gradients[name]!), name).toBeLessThan(5e-6);
    }
  });

  it('imports the same model twice beside other values of the same names', () => {
    const g = new GraphBuilder();
    const x = g.input('x', 'float32', ['N', 3]);
    const first = importGraph(g, readModel(MLP), { x });
    const second = importGraph(g, readModel(MLP), { x });
    expect(first.values.get('w1')).not.toBe(second.values.get('w1'));
    expect(second.outputs.y!.shape).toEqual(['N']);
  });

  it('says which inputs are missing or unknown', () => {
    const g = new GraphBuilder();
    const z = g.input('z', 'float32', [1]);
    expect(() => importGraph(g, readModel(MLP), { z })).toThrow(/Inputs missing: x; unknown: z/);
  });

  it('refuses old operator sets, functions and operators of unknown result type', () => {
    const other = (change: (proto: ReturnType<typeof readModel>['proto']) => void) => {
      const model = readModel(MLP);
      change(model.proto);
      return readModel(toBinary(ModelProtoSchema, model.proto));
    };
    const load = (model: ReturnType<typeof readModel>) => () => {
      const g = new GraphBuilder();
      return importGraph(g, model, { x: g.input('x', 'float32', ['N', 3]) });
    };
    const old = other((proto) => {
      proto.opsetImport[0]!.version = 12n;
    });
    expect(load(old)).toThrow(expect.objectContaining({ code: 'GRAPH_MODEL_UNSUPPORTED' }));
    const foreign = other((proto) => {
      proto.graph.node.find(({ opType }) => opType === 'Tanh')!.opType = 'Mish';
    });
    expect(load(foreign)).toThrow(expect.objectContaining({ code: 'GRAPH_OPERATOR_UNKNOWN' }));
    const dangling = other((proto) => {
      proto.graph.node[1]!.input[0] = 'nowhere';
    });
    expect(load(dangling)).toThrow(expect.objectContaining({ code: 'GRAPH_MODEL_MALFORMED' }));
    const short = other((proto) => {
      proto.graph.initializer[0]!.dims = [3n, 400000n];
    });
    expect(load(short)).toThrow(expect.objectContaining({ code: 'GRAPH_INITIALIZER_SIZE' }));
  });
});
