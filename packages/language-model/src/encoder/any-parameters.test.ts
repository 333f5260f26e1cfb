import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { initialiseWeights } from '../checkpoint/initialise-weights.js';
import { writeCheckpoint } from '../checkpoint/write-checkpoint.js';
import { readSafetensors } from '../safetensors/read-safetensors.js';
import { encoderParameters } from './encoder-parameters.js';
import { openEncoder } from './open-encoder.js';
import { parseEncoderConfig, readEncoderCheckpoint } from './read-encoder.js';
import { encoderFixture, TINY_ENCODERS } from './test-encoders.js';

it.each(TINY_ENCODERS)('lists exactly the tensors that transformers saves for %s', async (family) => {
  const { config } = await readEncoderCheckpoint(encoderFixture(family));
  const { tensors } = await readSafetensors(join(encoderFixture(family), 'model.safetensors'));
  const listed = Object.fromEntries(encoderParameters(config).map(({ name, shape }) => [name, shape]));
  expect(listed).toEqual(Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape])));
});

it('starts, writes and opens a new encoder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'encoder-'));
  try {
    const config = parseEncoderConfig({
      model_type: 'roberta',
      vocab_size: 300,
      hidden_size: 8,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      intermediate_size: 16,
      max_position_embeddings: 34,
      type_vocab_size: 1,
      pad_token_id: 1,
    });
    const tensors = initialiseWeights(config, 7);
    expect(tensors.get('roberta.encoder.layer.0.output.LayerNorm.weight')!.data).toEqual(new Float32Array(8).fill(1));
    await writeCheckpoint(join(folder, 'new'), { config, tensors, tokenizerFrom: encoderFixture('roberta') });
    await using encoder = await openEncoder({ modelDir: join(folder, 'new'), threads: 1 });
    const [encoded] = await encoder.encode(['the fox']);
    expect(encoded!.vectors).toHaveLength(encoded!.ids.length * 8);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('reports every problem of a config at once', () => {
  const read = () => parseEncoderConfig({ model_type: 'bert', hidden_size: 10, num_attention_heads: 3, vocab_size: 0 });
  const why = expect.stringMatching(/hidden_size: 10 cannot be split(.|\n)*vocab_size: must be/u) as string;
  expect(read).toThrow(expect.objectContaining({ code: 'MODEL_CONFIG_INVALID', why }) as Error);
});

it('suggests the family that a typing error meant', () => {
  const error = { code: 'MODEL_ARCHITECTURE_UNKNOWN', fix: 'Did you mean roberta?' };
  expect(() => parseEncoderConfig({ model_type: 'robreta' })).toThrow(expect.objectContaining(error) as Error);
});
