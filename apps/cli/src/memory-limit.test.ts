import { expect, it } from 'vitest';
import { machineMemoryBytes, memoryLimit } from './memory-limit.js';

it.each([
  [undefined, 7],
  ['none', undefined],
  ['123', 123],
  ['1.5GiB', 1.5 * 2 ** 30],
  ['800 MiB', 800 * 2 ** 20],
])('reads %j', (text, bytes) => {
  expect(memoryLimit(text, () => 7)).toBe(bytes);
});

it.each(['', '12GB', '-1', 'lots'])('refuses %j', (text) => {
  expect(() => memoryLimit(text)).toThrow('no amount of memory');
});

it('is the smaller of machine and control group, whose absence some systems write as 0', () => {
  expect(machineMemoryBytes(100, 40)).toBe(40);
  expect(machineMemoryBytes(100, 2 ** 63)).toBe(100);
  expect(machineMemoryBytes(100, 0)).toBe(100);
  expect(machineMemoryBytes()).toBeGreaterThan(0);
});
