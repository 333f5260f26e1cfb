import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseModelConfig } from '../families/parse-config.js';
import { ROTARY_SCALINGS } from '../families/rotary-scaling.js';
import type { JsonObject } from '../model-config.js';
import { inverseFrequencies } from './rotary.js';
import { fixture } from './test-models.js';

interface Row {
  readonly parameters: JsonObject;
  readonly frequencies: readonly number[];
}

const rows = JSON.parse(await readFile(fixture('rotary.json'), 'utf8')) as readonly Row[];

it('has golden values for every scaling', () => {
  expect(rows.map(({ parameters }) => parameters.rope_type)).toEqual(Object.keys(ROTARY_SCALINGS));
});

it.each(rows)('gives the frequencies of transformers for $parameters.rope_type', ({ parameters, frequencies }) => {
  const { rope_theta, ...rope_scaling } = parameters;
  for (const fields of [{ rope_parameters: parameters }, { rope_theta, rope_scaling }]) {
    const { rotary } = parseModelConfig({ model_type: 'llama', ...fields });
    const actual = inverseFrequencies(rotary!, 64);
    expect(actual).toHaveLength(32);
    // PyTorch computes them in float32.
    for (const [i, x] of frequencies.entries()) expect(Math.abs(actual[i]! / x - 1)).toBeLessThan(1e-6);
  }
});
