import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseModelConfig } from '../families/parse-config.js';
import { inverseFrequencies, ROTARY_SCALINGS, rotaryFactor } from '../families/rotary-scaling.js';
import type { JsonObject } from '../model-config.js';
import { fixture } from './test-models.js';

interface Row {
  readonly parameters: JsonObject;
  /** What the row reaches; as long as the model was made for, or shorter, where null. */
  readonly length: number | null;
  readonly frequencies: readonly number[];
  readonly factor: number;
}

const rows = JSON.parse(await readFile(fixture('rotary.json'), 'utf8')) as readonly Row[];

it('has golden values for every scaling', () => {
  const kinds = new Set(rows.map(({ parameters }) => parameters.rope_type));
  expect([...kinds].sort()).toEqual(['default', ...Object.keys(ROTARY_SCALINGS)].sort());
});

it.each(rows)('gives the angles of transformers for $parameters.rope_type at $length', (row) => {
  const { parameters, length, frequencies, factor } = row;
  const { rope_theta, rope_type, ...scaling } = parameters;
  for (const fields of [
    { rope_parameters: parameters },
    { rope_theta, rope_scaling: { rope_type, ...scaling } },
    { rope_theta, rope_scaling: { type: rope_type, ...scaling } },
  ]) {
    const sizes = { hidden_size: 256, num_attention_heads: 4, max_position_embeddings: 131_072 };
    const { rotary } = parseModelConfig({ model_type: 'llama', ...sizes, ...fields });
    const actual = inverseFrequencies(rotary!, 64, length ?? undefined);
    expect(actual).toHaveLength(32);
    // PyTorch computes them in float32; yarn's mixture, from differences.
    for (const [i, x] of frequencies.entries()) expect(Math.abs(actual[i]! / x - 1)).toBeLessThan(2e-6);
    expect(Math.abs(rotaryFactor(rotary!) / factor - 1)).toBeLessThan(1e-12);
  }
});
