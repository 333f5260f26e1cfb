import { GraphBuilder, gradients } from '@flanlab/onnx-graph';
import { openSession, type Tensor } from '@flanlab/onnx-session';
import { describe, expect, it } from 'vitest';
import { maxDifference } from '../graph/test-models.js';
import { encoderHidden } from './encoder-graph.js';
import { maskedLogits, maskedLoss } from './masked-loss.js';
import { readEncoderCheckpoint } from './read-encoder.js';
import { encoderFixture, encoderGolden, TINY_ENCODERS } from './test-encoders.js';

async function runMasked(family: string, useMask: boolean): Promise<Record<string, Tensor>> {
  const { config, tensors } = await readEncoderCheckpoint(encoderFixture(family), { head: true });
  const { masked } = await encoderGolden(family);
  const g = new GraphBuilder({ name: 'masked' });
  const weights = new Map(
    await Promise.all(
      [...tensors].map(async ([name, tensor]) => {
        const data = await tensor.float32();
        return [name, g.initializer(name, { type: 'float32', shape: tensor.shape, data })] as const;
      }),
    ),
  );
  const parts = { parameters: (name: string) => weights.get(name)! };
  const inputIds = g.input('inputIds', 'int32', ['B', 'T']);
  const labels = g.input('labels', 'int32', ['B', 'T']);
  const attentionMask = g.input('attentionMask', 'int32', ['B', 'T']);
  const batch = { inputIds, labels, ...(useMask ? { attentionMask } : {}) };
  const options = { headGradients: { hidden: useMask, weight: useMask } };
  const { lossSum, targets } = maskedLoss(g, config, parts, batch, options);
  g.output('lossSum', lossSum);
  g.output('targets', targets);
  g.output('logits', maskedLogits(g, config, parts, encoderHidden(g, config, parts, { inputIds, attentionMask })));
  const names = [...weights.keys()];
  for (const [i, gradient] of gradients(g, lossSum, [...weights.values()]).entries())
    g.output(`d ${names[i]}`, gradient);
  await using session = await openSession(g.toBytes(), { threads: 1 });
  const feed = (data: readonly number[]): Tensor => ({ type: 'int32', dims: masked.dims, data: Int32Array.from(data) });
  return session.run({
    inputIds: feed(masked.inputIds),
    labels: feed(masked.labels),
    attentionMask: feed(masked.attentionMask),
  });
}

describe.each(TINY_ENCODERS)('%s', (family) => {
  it.each([
    ['with a mask', true],
    ['with the mask left to the padding id', false],
  ])('gives loss, logits and gradients of PyTorch %s', async (_title, useMask) => {
    const { masked } = await encoderGolden(family);
    const { lossSum, targets, logits, ...rest } = await runMasked(family, useMask);
    expect(Number(lossSum!.data[0])).toBeCloseTo(masked.lossSum, 3);
    expect(targets!.data[0]).toBe(masked.targets);
    const V = logits!.dims[1]!;
    const rows = masked.labels.flatMap((label, t) => (label >= 0 ? [t] : []));
    const ofTargets = rows.flatMap((t) => [...(logits!.data as Float32Array).subarray(t * V, (t + 1) * V)]);
    expect(maxDifference(ofTargets, masked.logits)).toBeLessThan(5e-5);
    // The tied output layer appears once, as the embedding.
    expect(Object.keys(rest).sort()).toEqual(
      Object.keys(masked.gradients)
        .map((name) => `d ${name}`)
        .sort(),
    );
    for (const [name, expected] of Object.entries(masked.gradients)) {
      const scale = Math.max(1, ...expected.map(Math.abs));
      expect(maxDifference(rest[`d ${name}`]!.data as Float32Array, expected) / scale, name).toBeLessThan(5e-5);
    }
  });
});
