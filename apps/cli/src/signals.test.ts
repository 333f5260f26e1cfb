import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { watchSignals } from './signals.js';

function watch() {
  const source = new EventEmitter();
  const left: string[] = [];
  const lines: string[] = [];
  const time = { now: 1000 };
  const stop = watchSignals(source, {
    say: (text) => lines.push(text),
    leave: (name) => left.push(name),
    clock: () => time.now,
  });
  return { source, left, lines, stop, time };
}

it('aborts at the first signal and leaves at the second', () => {
  const { source, left, lines, stop, time } = watch();
  source.emit('SIGINT');
  expect([stop.signal.aborted, stop.received(), left]).toEqual([true, 'SIGINT', []]);
  expect(lines.join()).toContain('Once more');
  time.now += 1000;
  source.emit('SIGINT');
  expect(left).toEqual(['SIGINT']);
  expect(source.listenerCount('SIGINT')).toBe(0);
});

it('takes the echo of a signal for the same one', () => {
  const { source, left, time } = watch();
  source.emit('SIGTERM');
  time.now += 20;
  source.emit('SIGTERM');
  expect(left).toEqual([]);
});

it('stops listening when disposed of', () => {
  const { source, stop } = watch();
  stop[Symbol.dispose]();
  source.emit('SIGINT');
  expect(stop.signal.aborted).toBe(false);
});
