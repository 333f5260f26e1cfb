import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkGradient, relativeError } from './check-gradient.js';
import { GRADIENT_RULES } from './gradients/index.js';
import { GRADIENT_CASES, type RuleCase } from './testing/gradient-cases.js';
import { openWithOnnxRuntime } from './testing/onnxruntime.js';

interface Golden {
  readonly inputs: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[];
  readonly result: readonly number[];
  readonly gradients: readonly (readonly number[])[];
}

const FIXTURE = new URL('../fixtures/gradients.json', import.meta.url);
const GOLDEN = JSON.parse(readFileSync(FIXTURE, 'utf8')) as Readonly<Record<string, Golden>>;
const CASES: readonly (readonly [string, RuleCase, Golden])[] = Object.entries(GRADIENT_CASES).map(
  ([name, ruleCase]) => [name, ruleCase, GOLDEN[name]!] as const,
);

// Where a difference across the point has no meaning: at a tie, a corner or the end of a domain.
const NOT_SMOOTH = [
  'Clip/both limits',
  'LeakyRelu/signs',
  'Abs/signs',
  'Max/with a tie',
  'Min/with a tie',
  'Pow/at zero',
  'ReduceMax/with a tie',
  'ReduceMin/all',
  'Relu/signs',
];

it('has a case for every rule, and PyTorch has the same cases', () => {
  expect(Object.keys(GRADIENT_CASES).toSorted()).toEqual(Object.keys(GOLDEN).toSorted());
  const covered = new Set(Object.keys(GRADIENT_CASES).map((name) => name.slice(0, name.indexOf('/'))));
  expect([...covered].toSorted()).toEqual(Object.keys(GRADIENT_RULES).toSorted());
});

describe('agrees with PyTorch and central differences', () => {
  it.each(CASES)('%s', async (name, { build, float32Only = false }, golden) => {
    // Cast goes through float32 on purpose, so float64 around it would not help.
    const type = float32Only ? 'float32' : 'float64';
    const check = await checkGradient({ inputs: golden.inputs, build, type }, openWithOnnxRuntime);
    // float64: PyTorch's numbers are rounded to 12 digits. float32: 24 bits, a few operations.
    const tolerance = float32Only ? 2e-6 : 1e-11;
    expect(relativeError(check.result, golden.result)).toBeLessThan(tolerance);
    expect(relativeError(check.gradients.flat(), golden.gradients.flat())).toBeLessThan(tolerance);
    // The error of a central difference grows with step² (1e-10 and 1e-4) and with rounding / step (1e-11 and 1e-5).
    if (!NOT_SMOOTH.includes(name)) expect(check.relativeError).toBeLessThan(float32Only ? 3e-4 : 2e-9);
  });
});

describe('gives the same in float32 and with sizes known at run time only', () => {
  it.each(CASES)('%s', async (_, { build, float32Only = false }, golden) => {
    const { inputs } = golden;
    for (const options of [
      { type: 'float32' },
      { type: float32Only ? 'float32' : 'float64', symbolic: true },
    ] as const) {
      const check = await checkGradient({ inputs, build, step: 1, ...options }, openWithOnnxRuntime);
      const tolerance = options.type === 'float32' ? 5e-6 : 1e-11;
      expect(relativeError(check.gradients.flat(), golden.gradients.flat())).toBeLessThan(tolerance);
    }
  });
});
