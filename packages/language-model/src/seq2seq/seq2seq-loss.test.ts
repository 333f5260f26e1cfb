import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gradients, type Value } from '@flanlab/onnx-graph';
import type { Tensor } from '@flanlab/onnx-session';
import { describe, expect, it } from 'vitest';
import { readAdapter } from '../adapter/adapter.js';
import { mergeAdapter } from '../adapter/merge-adapter.js';
import type { Checkpoint } from '../checkpoint/read-checkpoint.js';
import { int32, maxDifference, openGraph, runGraph } from '../graph/test-models.js';
import { readSafetensors } from '../safetensors/read-safetensors.js';
import { PADDING } from './answer.js';
import { seq2seqLogits } from './seq2seq-graph.js';
import { type Seq2SeqLossOptions, seq2seqHidden, seq2seqLoss, shiftRight } from './seq2seq-loss.js';
import { loadTinySeq2Seq, padded, type Seq2SeqGolden, seq2seqFixture, TINY_SEQ2SEQ } from './test-seq2seq.js';

type Batch = Pick<Seq2SeqGolden['batch'], 'inputIds' | 'labels'>;

const feeds = ({ inputIds, labels }: Batch) => ({
  inputIds: int32(padded(inputIds, PADDING)),
  labels: int32(padded(labels, -100)),
});

/** Logits (B, T, V) of the labels, as they are learned. */
async function logitsOf(checkpoint: Checkpoint, batch: Batch): Promise<Float32Array> {
  const { config } = checkpoint;
  const { logits } = await runGraph(checkpoint, feeds(batch), (g, parameters) => {
    const inputIds = g.input('inputIds', 'int32', ['B', 'S']);
    const labels = g.input('labels', 'int32', ['B', 'T']);
    const parts = { parameters };
    const hidden = seq2seqHidden(g, config, parts, inputIds, shiftRight(g, config, labels));
    return { logits: seq2seqLogits(g, config, parts, hidden) };
  });
  return logits!.data as Float32Array;
}

const openLoss = (checkpoint: Checkpoint) =>
  openGraph(checkpoint, (g, parameters) => ({
    ...seq2seqLoss(
      g,
      checkpoint.config,
      { parameters },
      { inputIds: g.input('inputIds', 'int32', ['B', 'S']), labels: g.input('labels', 'int32', ['B', 'T']) },
    ),
  }));

interface DropoutGolden {
  readonly probability: number;
  readonly seed: number;
  readonly batch: number;
  readonly lossSum: number;
}

/** `lossSum`, `targets` and, with a `d ` before its name, the gradient of every parameter. */
async function lossAndGradients(
  checkpoint: Checkpoint,
  batch: Batch,
  options: Seq2SeqLossOptions,
  dropout?: DropoutGolden,
): Promise<Record<string, Tensor>> {
  const names = [...checkpoint.tensors.keys()];
  return runGraph(checkpoint, feeds(batch), (g, parameters) => {
    const inputs = {
      inputIds: g.input('inputIds', 'int32', ['B', 'S']),
      labels: g.input('labels', 'int32', ['B', 'T']),
    };
    const drops = dropout && { ...dropout, batch: g.constant('int64', dropout.batch) };
    const parts = { parameters, ...(drops ? { dropout: drops } : {}) };
    const { lossSum, targets } = seq2seqLoss(g, checkpoint.config, parts, inputs, options);
    const results: readonly Value[] = gradients(g, lossSum, names.map(parameters));
    return { lossSum, targets, ...Object.fromEntries(names.map((key, i) => [`d ${key}`, results[i]!])) };
  });
}

const relative = ({ data }: Tensor, wanted: number): number => Math.abs((data as Float32Array)[0]! / wanted - 1);

async function expectGradients(outputs: Record<string, Tensor>, { tensors }: Checkpoint, path: string): Promise<void> {
  const { tensors: expected } = await readSafetensors(path);
  expect([...expected.keys()].sort()).toEqual([...tensors.keys()].sort());
  for (const [key, tensor] of expected) {
    const wanted = await tensor.float32();
    const scale = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(scale, key).toBeGreaterThan(0);
    expect(maxDifference(outputs[`d ${key}`]!.data as Float32Array, wanted) / scale, key).toBeLessThan(1e-4);
  }
}

describe.each(TINY_SEQ2SEQ)('%s', (name) => {
  it("has PyTorch's logits for every row of a ragged batch", async () => {
    const { checkpoint, golden } = await loadTinySeq2Seq(name);
    const { batch } = golden;
    const V = checkpoint.config.vocabularySize;
    const T = Math.max(...batch.labels.map(({ length }) => length));
    const logits = await logitsOf(checkpoint, batch);
    for (const [b, expected] of batch.logits.entries()) {
      const own = logits.subarray(b * T * V, b * T * V + expected.length);
      // Logits reach tens.
      expect(maxDifference(own, expected)).toBeLessThan(5e-5);
    }
  });

  it.each<[string, Seq2SeqLossOptions]>([
    ['', {}],
    [' with attention in blocks of queries', { attention: 'recomputed' }],
    [' with blocks computed again as well', { attention: 'recomputed', checkpointBlocks: true }],
  ])("has PyTorch's loss and the gradient of every parameter%s", async (_how, options) => {
    const { checkpoint, golden } = await loadTinySeq2Seq(name);
    const outputs = await lossAndGradients(checkpoint, golden.batch, options);
    expect(relative(outputs.lossSum!, golden.batch.lossSum)).toBeLessThan(1e-6);
    expect((outputs.targets!.data as Float32Array)[0]).toBe(golden.batch.targets);
    await expectGradients(outputs, checkpoint, seq2seqFixture(name, 'gradients.safetensors'));
  });

  it.each<[string, Seq2SeqLossOptions]>([
    ['all weights of attention', {}],
    ['those of a block of queries, and blocks computed again', { attention: 'recomputed', checkpointBlocks: true }],
  ])("has PyTorch's loss and gradients in training, where the same is dropped: %s", async (_how, options) => {
    const { checkpoint, golden } = await loadTinySeq2Seq(name);
    const wanted = JSON.parse(await readFile(seq2seqFixture(name, 'dropout.json'), 'utf8')) as DropoutGolden;
    const outputs = await lossAndGradients(checkpoint, golden.batch, options, wanted);
    expect(relative(outputs.lossSum!, wanted.lossSum)).toBeLessThan(1e-6);
    await expectGradients(outputs, checkpoint, seq2seqFixture(name, 'dropout-gradients.safetensors'));
  });

  it('merged with an adapter has the logits of PEFT', async () => {
    const { checkpoint, golden } = await loadTinySeq2Seq(name);
    const adapter = await readAdapter(seq2seqFixture(name, 'adapter'), checkpoint.config);
    const merged = { ...checkpoint, tensors: mergeAdapter(checkpoint, adapter) };
    const { inputIds, labels } = golden.batch;
    const logits = await logitsOf(merged, { inputIds: inputIds.slice(0, 1), labels: labels.slice(0, 1) });
    expect(maxDifference(logits, golden.adaptedLogits)).toBeLessThan(2e-4);
  });
});

it('with an adapter that was trained here has the logits of PEFT', async () => {
  const { checkpoint } = await loadTinySeq2Seq('t5-v1.1');
  const folder = seq2seqFixture('trained-adapter');
  const adapter = await readAdapter(folder, checkpoint.config);
  const golden = JSON.parse(await readFile(join(folder, 'golden.json'), 'utf8')) as Record<string, number[]>;
  const merged = { ...checkpoint, tensors: mergeAdapter(checkpoint, adapter) };
  const logits = await logitsOf(merged, { inputIds: [golden.inputIds!], labels: [golden.labels!] });
  expect(maxDifference(logits, golden.logits!)).toBeLessThan(1e-4);
});

describe('a batch', () => {
  it('has the losses of its rows alone, whatever padding stands beside them', async () => {
    const { checkpoint, golden } = await loadTinySeq2Seq('t5-v1.1');
    const { inputIds, labels, lossSum } = golden.batch;
    await using session = await openLoss(checkpoint);
    let sum = 0;
    for (const [b, row] of inputIds.entries()) {
      const alone = await session.run(feeds({ inputIds: [row], labels: [labels[b]!] }));
      sum += (alone.lossSum!.data as Float32Array)[0]!;
    }
    expect(sum).toBeCloseTo(lossSum, 3);
    const wide = {
      inputIds: inputIds.map((row) => [...row, -1, -1]),
      labels: labels.map((row) => [...row, -100, -100]),
    };
    const { lossSum: same } = await session.run(feeds(wide));
    expect((same!.data as Float32Array)[0]).toBeCloseTo(lossSum, 3);
  });

  it('without any label has the loss 0', async () => {
    const { checkpoint } = await loadTinySeq2Seq('t5-v1.0');
    await using session = await openLoss(checkpoint);
    const { lossSum, targets } = await session.run(feeds({ inputIds: [[5, 6]], labels: [[-100, -100]] }));
    expect(Math.abs((lossSum!.data as Float32Array)[0]!)).toBe(0);
    expect((targets!.data as Float32Array)[0]).toBe(0);
  });
});

it('gives an embedding that is the output layer too the gradients of both, scaled or not', async () => {
  const { checkpoint, golden } = await loadTinySeq2Seq('t5-v1.1');
  const { 'lm_head.weight': _gone, ...rest } = Object.fromEntries(checkpoint.tensors);
  const shared = rest['shared.weight']!;
  for (const scaledHead of [false, true]) {
    const encoderDecoder = { ...checkpoint.config.encoderDecoder!, scaledHead };
    const config = { ...checkpoint.config, encoderDecoder };
    const copied = new Map(Object.entries({ ...rest, 'lm_head.weight': shared }));
    const two = await lossAndGradients({ ...checkpoint, config, tensors: copied }, golden.batch, {});
    const tied = { ...checkpoint, config: { ...config, tiedHead: true }, tensors: new Map(Object.entries(rest)) };
    const one = await lossAndGradients(tied, golden.batch, {});
    const [of, read] = ['d shared.weight', 'd lm_head.weight'].map((key) => two[key]!.data as Float32Array);
    const sum = of!.map((x, i) => x + read![i]!);
    expect((one.lossSum!.data as Float32Array)[0]).toBe((two.lossSum!.data as Float32Array)[0]);
    const scale = sum.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(maxDifference(one['d shared.weight']!.data as Float32Array, sum) / scale).toBeLessThan(1e-6);
  }
});
