import { PythonRandom } from '@flanlab/random';
import { expect, it } from 'vitest';
import { eachGram, GramTable } from './gram-table.js';

const random = new PythonRandom(7);
const list = (length: number): Uint32Array => Uint32Array.from({ length }, () => Math.floor(random.random() * 2 ** 32));

it('gives equal runs of words equal hashes wherever they stand, and others others', () => {
  const words = { a: list(300), b: list(300) };
  words.a.copyWithin(200, 10, 40);
  words.b.copyWithin(200, 10, 40);
  const seen = new Map<string, number[]>();
  eachGram(words, { n: 13, start: 0, end: 300 }, (place, a, b) => {
    seen.set(`${a} ${b}`, [...(seen.get(`${a} ${b}`) ?? []), place]);
  });
  const repeated = [...seen.values()].filter((places) => places.length > 1);
  expect(repeated).toEqual(Array.from({ length: 18 }, (_, n) => [10 + n, 200 + n]));
  expect(seen.size).toBe(300 - 12 - 18);
});

it('numbers what is added, as a map does', () => {
  const [a, b] = [list(20_000), list(20_000)];
  const table = new GramTable();
  const map = new Map<string, number>();
  const wrong: number[] = [];
  for (let n = 0; n < 30_000; n++) {
    const at = n % 20_000;
    const key = `${a[at]} ${b[at]}`;
    if (!map.has(key)) map.set(key, map.size);
    if (table.add(a[at]!, b[at]!) !== map.get(key)) wrong.push(n);
  }
  for (const at of a.keys()) if (table.add(a[at]!, b[at]!) !== map.get(`${a[at]} ${b[at]}`)) wrong.push(at);
  expect(wrong).toEqual([]);
  expect(table.size).toBe(20_000);
});

it('finds the runs it knows among others, in order', () => {
  const words = { a: list(100), b: list(100) };
  const table = new GramTable();
  eachGram(words, { n: 13, start: 20, end: 60 }, (_, a, b) => table.add(a, b));
  const found: number[] = [];
  table.findAll(words, 13, 100, (gram) => found.push(gram));
  expect(found).toEqual(Array.from({ length: 28 }, (_, n) => n));
  table.findAll(words, 8, 100, (gram) => found.push(gram));
  table.findAll({ a: list(5000), b: list(5000) }, 13, 5000, (gram) => found.push(gram));
  expect(found).toHaveLength(28);
});
