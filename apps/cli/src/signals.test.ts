import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { watchSignals } from './signals.js';

function watch() {
  const source = new EventEmitter();
  const exits: number[] = [];
  const lines: string[] = [];
  const stop = watchSignals(source, { say: (text) => lines.push(text), exit: (code) => exits.push(code) });
  return { source, exits, lines, stop };
}

it('aborts at the first signal and leaves at the second', () => {
  const { source, exits, lines, stop } = watch();
  source.emit('SIGINT');
  expect([stop.signal.aborted, stop.received(), exits]).toEqual([true, 'SIGINT', []]);
  expect(lines.join()).toContain('Once more');
  source.emit('SIGINT');
  expect(exits).toEqual([130]);
});

it('leaves with 75 when a batch system asks twice', () => {
  const { source, exits } = watch();
  source.emit('SIGUSR1');
  source.emit('SIGTERM');
  expect(exits).toEqual([75]);
});

it('stops listening when disposed of', () => {
  const { source, stop } = watch();
  stop[Symbol.dispose]();
  source.emit('SIGINT');
  expect(stop.signal.aborted).toBe(false);
});
