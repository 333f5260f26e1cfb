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
    const errors = frequencies.map((x, i) => Math.abs(actual[i]! / Math.fround(x) - 1));
    // PyTorch's powers are not always rounded to the nearest; those of `dynamic` begin at a rounded base.
    const isGrown = rope_type === 'dynamic' && length !== null;
    expect(Math.max(...errors)).toBeLessThan(isGrown ? 1e-6 : 1.3e-7);
    if (!isGrown) expect(errors.filter((error) => error > 0).length).toBeLessThan(3);
    expect(Math.abs(rotaryFactor(rotary!) / factor - 1)).toBeLessThan(1e-12);
  }
});
