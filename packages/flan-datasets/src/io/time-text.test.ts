import { describe, expect, it } from 'vitest';
import { dateText, decimalText, timestampText, timeText } from './time-text.js';

describe('times as exact text', () => {
  it.each([
    [0n, 'SECONDS', true, '1970-01-01T00:00:00Z'],
    [-1n, 'NANOS', false, '1969-12-31T23:59:59.999999999'],
    [1_709_210_096_789_012n, 'MICROS', true, '2024-02-29T12:34:56.789012Z'],
    [-62_135_596_800_000n, 'MILLIS', false, '0001-01-01T00:00:00'],
  ] as const)('%s %s', (value, unit, isUtc, text) => {
    expect(timestampText(value, unit, isUtc)).toBe(text);
  });

  it('days and times of day', () => {
    expect(dateText(-330_000)).toBe('1066-06-29');
    expect(timeText(45_296_000_000_007n, 'NANOS')).toBe('12:34:56.000000007');
  });

  it('beyond the calendar or the day are errors', () => {
    expect(() => dateText(2 ** 31)).toThrow(RangeError);
    expect(() => timeText(86_400n, 'SECONDS')).toThrow(RangeError);
    expect(() => timeText(-1n, 'SECONDS')).toThrow(RangeError);
  });
});

it.each([
  [12_345n, 2, '123.45'],
  [-7n, 2, '-0.07'],
  [0n, 3, '0.000'],
  [5n, 0, '5'],
  [123n, 9, '0.000000123'],
])('decimal %s with %i places', (unscaled, scale, text) => {
  expect(decimalText(unscaled, scale)).toBe(text);
});
