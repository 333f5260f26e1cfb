// flanlab's side of conformance/differential_training_quantisation.py: quantises the same matrices, in TypeScript and in a graph.
// Run by that script: node conformance/differential_training_quantisation.mjs FOLDER
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeWeight,
  dequantiseFourBit,
  dequantiseInt8,
  encodeWeight,
  expandAbsmax,
  nestAbsmax,
  quantiseFourBit,
  quantiseInt8,
  readSafetensors,
  weightParts,
} from '../packages/language-model/dist/index.js';
import { readQuantised } from '../packages/language-model/dist/quantisation/read-quantised.js';
import { GraphBuilder } from '../packages/onnx-graph/dist/index.js';
import { openSession } from '../packages/onnx-session/dist/index.js';

const folder = process.argv[2];
const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8'));
const expected = (await readSafetensors(join(folder, 'expected.safetensors'))).tensors;
const stored = await readQuantised((await readSafetensors(join(folder, 'stored.safetensors'))).tensors);

/** Places where two arrays differ by a bit; -0 and 0 count as the same. */
function differences(actual, wanted) {
  if (actual.length !== wanted.length) return `length ${actual.length} and ${wanted.length}`;
  let count = 0;
  let first = -1;
  for (let i = 0; i < wanted.length; i++) {
    if (actual[i] === wanted[i]) continue;
    if (count++ === 0) first = i;
  }
  return count === 0
    ? undefined
    : `${count} of ${wanted.length} differ, the first at ${first}: ${actual[first]} and ${wanted[first]}`;
}

async function inGraph(weight, parts) {
  const g = new GraphBuilder();
  const values = weightParts(weight).map(({ name, type, shape }) => g.input(name, type, shape));
  g.output('weight', decodeWeight(g, weight, values));
  const session = await openSession(g.toBytes(), { threads: 1 });
  const { weight: decoded } = await session.run(Object.fromEntries(parts));
  await session.close();
  return decoded.data;
}

async function compare({ number, type, shape, blockSize, doubleQuant }) {
  const found = {};
  const of = (name) => expected.get(`${number}.${name}`);
  const check = (what, actual, wanted) => {
    const text = differences(actual, wanted);
    if (text) found[what] = text;
  };
  const values = await of('input').float32();
  const back = await of('back').float32();
  const encoding = type === 'int8' ? { kind: 'int8' } : { kind: type, blockSize, doubleQuant };
  const weight = { name: `case${number}.weight`, shape, encoding };
  let exactOffset = true;
  if (type === 'int8') {
    const made = quantiseInt8(values, shape[1]);
    check('codes', made.codes, new Int8Array((await of('codes').bytes()).slice().buffer));
    check('absmax', made.absmax, await of('absmax').float32());
    check('values', dequantiseInt8(made), back);
  } else {
    const made = quantiseFourBit(values, type, blockSize);
    check('codes', made.codes, await of('codes').bytes());
    let { absmax } = made;
    if (doubleQuant) {
      const nested = nestAbsmax(absmax);
      const offset = (await of('offset').float32())[0];
      // Adding in another order moves the mean by some last bits, and with it what is quantised.
      exactOffset = offset === nested.offset;
      if (!(Math.abs(offset - nested.offset) <= 2e-6 * Math.abs(offset)))
        found.offset = `${nested.offset} and ${offset}`;
      if (exactOffset) {
        check('absmax codes', nested.codes, await of('absmax').bytes());
        check('nested absmax', nested.absmax, await of('nested').float32());
      }
      absmax = expandAbsmax(nested);
    } else check('absmax', absmax, await of('absmax').float32());
    if (exactOffset)
      check(
        'values',
        dequantiseFourBit({ codes: made.codes, absmax }, { type, blockSize, count: values.length }),
        back,
      );
  }
  const source = {
    dtype: 'F32',
    shape,
    byteLength: 4 * values.length,
    float32: async () => values.slice(),
    bytes: async () => new Uint8Array(values.slice().buffer),
  };
  if (exactOffset) check('graph', await inGraph(weight, await encodeWeight(weight, source)), back);
  const read = stored.get(weight.name);
  if (String(read.shape) !== String(shape)) found['file shape'] = `${read.shape}`;
  const fromFile = await of('file').float32();
  check('file', await read.float32(), fromFile);
  check('file in graph', await inGraph(weight, await encodeWeight(weight, read)), fromFile);
  return { found, exactOffset };
}

let [same, otherOffset] = [0, 0];
for (const one of cases) {
  let result;
  try {
    result = await compare(one);
  } catch (error) {
    result = { found: { error: `${error.code ?? 'UNTYPED'} ${error.stack}` }, exactOffset: true };
  }
  if (!result.exactOffset) otherOffset += 1;
  if (Object.keys(result.found).length === 0) same += 1;
  else console.log(JSON.stringify(one), JSON.stringify(result.found, null, 1));
}
console.log(
  `${cases.length} matrices, ${same} the same (${otherOffset} with an offset of other last bits, where only files are compared)`,
);
process.exit(same === cases.length ? 0 : 1);
