import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { maxDifference } from '../graph/test-models.js';
import { readSafetensors } from '../safetensors/read-safetensors.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';
import { openEncoder } from './open-encoder.js';
import { encoderFixture, encoderGolden, TINY_ENCODERS } from './test-encoders.js';

describe.each(TINY_ENCODERS)('%s', (family) => {
  it.each([0, 1, 2])('gives the hidden states of PyTorch after layer %i', async (layer) => {
    const { texts } = await encoderGolden(family);
    await using encoder = await openEncoder({ modelDir: encoderFixture(family), layer, threads: 1 });
    const encoded = await encoder.encode(texts.map(({ text }) => text));
    for (const [i, { ids, states }] of texts.entries()) {
      expect([...encoded[i]!.ids]).toEqual(ids);
      // Golden values have six digits and are below 10; the rest is the order of float32 sums.
      expect(maxDifference(encoded[i]!.vectors, states[layer]!)).toBeLessThan(4e-5);
    }
  });

  it('gives a text the same bits alone and among others', async () => {
    const texts = (await encoderGolden(family)).texts.map(({ text }) => text);
    await using encoder = await openEncoder({ modelDir: encoderFixture(family), threads: 1 });
    const together = await encoder.encode([...texts, ...texts.toReversed(), 'trees and ships']);
    for (const [i, text] of texts.entries()) {
      const [alone] = await encoder.encode([text], { batchTokens: 1 });
      expect(alone!.vectors).toEqual(together[i]!.vectors);
    }
  });

  it('cuts long texts at the limit, keeps the closing token, and says so', async () => {
    await using encoder = await openEncoder({ modelDir: encoderFixture(family), layer: 0, threads: 1 });
    const { ids, truncated } = encoder.tokenize('the old tree '.repeat(30));
    expect({ length: ids.length, truncated, last: ids.at(-1) }).toEqual({
      length: 24,
      truncated: true,
      last: encoder.specialIds.at(-1),
    });
    expect(encoder.tokenize('the old tree').truncated).toBe(false);
  });
});

describe('openEncoder', () => {
  it('reads the bare encoder, without prefix and head, with the old names of norms', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'encoder-'));
    try {
      await cp(encoderFixture('bert'), folder, { recursive: true });
      const { tensors } = await readSafetensors(join(folder, 'model.safetensors'));
      const renamed = new Map(
        [...tensors]
          .filter(([name]) => name.startsWith('bert.'))
          .map(([name, tensor]) => [
            name.slice(5).replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta'),
            tensor,
          ]),
      );
      const values = await Promise.all(
        [...renamed].map(async ([name, tensor]) => {
          const data = await tensor.float32();
          return [name, { type: 'float32', dims: tensor.shape, data }] as const;
        }),
      );
      await writeSafetensors(join(folder, 'model.safetensors'), new Map(values));
      await using bare = await openEncoder({ modelDir: folder, threads: 1 });
      await using whole = await openEncoder({ modelDir: encoderFixture('bert'), threads: 1 });
      const [a, b] = await Promise.all([bare.encode(['the fox']), whole.encode(['the fox'])]);
      expect(a[0]!.vectors).toEqual(b[0]!.vectors);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('counts padding tokens inside a RoBERTa text as no position, as transformers does', async () => {
    await using encoder = await openEncoder({ modelDir: encoderFixture('roberta'), layer: 0, threads: 1 });
    const [first] = await encoder.encode(['the<pad>']);
    const [second] = await encoder.encode(['the<pad> old']);
    expect(first!.vectors.slice(0, 24)).toEqual(second!.vectors.slice(0, 24));
  });

  it('refuses layers the model does not have', async () => {
    const opening = openEncoder({ modelDir: encoderFixture('bert'), layer: 3 });
    await expect(opening).rejects.toMatchObject({ code: 'ENCODER_LAYER_INVALID', exitCode: 2 });
  });

  it('names the parameters that are missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'encoder-'));
    try {
      await cp(encoderFixture('bert'), folder, { recursive: true });
      const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as object;
      await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, num_hidden_layers: 3 }));
      await expect(openEncoder({ modelDir: folder })).rejects.toMatchObject({
        code: 'CHECKPOINT_TENSORS_MISMATCH',
        why: expect.stringContaining('bert.encoder.layer.2.attention.self.query.weight') as string,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
