import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../test-folder.js';
import { formatBytes, formatRate, formatSeconds, formatTable } from './format.js';
import { hideSecrets, runLog } from './log.js';
import { progressDisplay } from './progress.js';

it.each([
  [0.04, '0.0 s'],
  [9.96, '10 s'],
  [125, '2 min 05 s'],
  [3780, '1 h 03 min'],
])('%s seconds', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

it.each([
  [1.234, '1.23'],
  [12.34, '12.3'],
  [1234.5, '1235'],
])('rate %s', (value, text) => expect(formatRate(value)).toBe(text));

it.each([
  [900, '900 B'],
  [1536, '1.5 KiB'],
  [3 * 1024 ** 3, '3.0 GiB'],
])('%s bytes', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

it('pads a table and leaves no spaces at line ends', () => {
  expect(
    formatTable([
      ['a', 'b'],
      ['long', ''],
    ]),
  ).toBe('a     b\nlong');
});

const STATE = { title: 'base', total: 10, unit: 'steps', detail: 'loss 2.5' };

it('writes at most one line in five seconds when nobody watches', () => {
  const stream = new PassThrough();
  let now = 0;
  const display = progressDisplay(stream, () => now);
  for (let done = 0; done < 8; done++) {
    display.update({ ...STATE, done, perSecond: 2, secondsLeft: (10 - done) / 2 });
    now += 1000;
  }
  expect(String(stream.read())).toBe(
    '  base: 0/10 steps, 2.00 steps/s, 5.0 s left, loss 2.5\n  base: 5/10 steps, 2.00 steps/s, 2.5 s left, loss 2.5\n',
  );
});

it('draws a bar with rate and time left on a terminal', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 120, cursorTo() {}, clearLine() {} });
  const display = progressDisplay(stream as never);
  display.update({ ...STATE, done: 4, perSecond: 2, secondsLeft: 3 });
  display.end();
  expect(String(stream.read())).toMatch(/base .*4\/10 steps {2}2.00 steps\/s, 3.0 s left {2}loss 2.5/);
});

it('logs JSON lines to the run folder, with secrets hidden and earlier lines kept', async () => {
  await using folder = await temporaryFolder();
  const log = runLog({ HF_TOKEN: 'hf_abcdef123' });
  log.write({ command: 'train' }, 'started');
  log.openFile(join(folder.path, 'run/flanlab.log'));
  log.write({ url: 'https://example.org/?t=hf_abcdef123' }, 'asked');
  const lines = (await readFile(join(folder.path, 'run/flanlab.log'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { command: 'train', msg: 'started' },
    { url: 'https://example.org/?t=[hidden]', msg: 'asked' },
  ]);
});

it('hides values of variables with telling names only', () => {
  expect(hideSecrets('password1 value42', { MY_PASSWORD: 'password1', OTHER: 'value42' })).toBe('[hidden] value42');
});
