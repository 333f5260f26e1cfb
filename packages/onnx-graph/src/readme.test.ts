import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GraphBuilder } from './graph-builder.js';
import { readModel } from './read-model.js';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

let folder: string;
let examples: readonly string[];
beforeAll(async () => {
  folder = await mkdtemp(path('../node_modules/.readme-'));
  const readme = await readFile(path('../README.md'), 'utf8');
  examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs an example as a program in the folder. */
async function run(example: string): Promise<string> {
  const program = join(folder, 'example.mjs');
  await writeFile(program, example.replace('@flanlab/onnx-graph', path('../dist/index.js')));
  return (await promisify(execFile)(process.execPath, [program], { cwd: folder })).stdout;
}

/** The arrays that a program printed. */
const numbersIn = (printed: string): number[][] =>
  [...printed.matchAll(/\[([^\]]*)\]/g)].map(([, list]) => list!.split(',').map(Number));

it('shows a program that writes a model with its own step of gradient descent', async () => {
  await run(examples.find((code) => code.includes('regression.onnx'))!);
  const model = readModel(await readFile(join(folder, 'regression.onnx')));
  expect(model.outputs.map(({ name }) => name)).toEqual(['loss', 'next w']);
});

it('shows how to differentiate a model of your own', async () => {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', ['N', 3]);
  const w = g.initializer('w1', { type: 'float32', shape: [3, 2], data: [1, 2, 3, 4, 5, 6] });
  g.output('y', g.op.matMul(x, w));
  await writeFile(join(folder, 'model.onnx'), g.toBytes());
  // dX = 1·Wᵀ; dW has x = (1, 2, 3) in each column.
  const [names, ...arrays] = (await run(examples.find((code) => code.includes('importGraph'))!)).split('\n');
  expect(JSON.parse(names!)).toMatchObject({ outputs: [{ name: 'y' }], initializers: [{ name: 'w1', shape: [3, 2] }] });
  expect(numbersIn(arrays.join('\n'))).toEqual([
    [3, 7, 11],
    [1, 1, 2, 2, 3, 3],
  ]);
});

it('shows how to compute parts again', async () => {
  expect(numbersIn(await run(examples.find((code) => code.includes('checkpoint('))!))).toEqual([[12]]);
});
