// What the benchmarks share: options, the machine's name, and taking turns.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';

export const threads = availableParallelism();

/** `--python PATH --shapes A,B --rounds N --out FILE.json` and more, as `parseArgs` wants it; unknown shapes are an error. */
export function benchmarkOptions(shapes, options = {}) {
  const { values } = parseArgs({
    options: {
      python: { type: 'string', default: 'python3' },
      shapes: { type: 'string', default: Object.keys(shapes).join(',') },
      rounds: { type: 'string', default: '3' },
      out: { type: 'string' },
      ...options,
    },
  });
  const names = values.shapes.split(',');
  for (const name of names) {
    if (!(name in shapes)) throw new Error(`Unknown shape ${name}; there are ${Object.keys(shapes).join(', ')}.`);
  }
  return { python: values.python, names, rounds: Number(values.rounds), out: values.out, more: values };
}

/**
 * Runs each side's command with the request on its standard input, side after side, round after round: a machine that
 * slows down slows all of them. A command prints its result as the last line, in JSON.
 */
export function takeTurns(sides, request, rounds) {
  const results = Object.fromEntries(Object.keys(sides).map((side) => [side, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [side, [command, ...args]] of Object.entries(sides)) {
      const run = spawnSync(command, args, {
        input: JSON.stringify({ ...request, threads }),
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      });
      if (run.status !== 0) throw new Error(`${side} failed:\n${run.stderr.slice(-2000)}`);
      const text = run.stdout;
      results[side].push(JSON.parse(text.trim().split('\n').at(-1)));
    }
  }
  return results;
}

export const megabytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MiB`;

/** Keeps all measurements, with the machine they were made on. */
export function writeReport(out, shapes) {
  if (out === undefined) return;
  const machine = `${cpus()[0].model}, ${threads} threads, Node ${process.version}`;
  writeFileSync(out, `${JSON.stringify({ machine, shapes }, null, 2)}\n`);
}

/** The request, in a side's own process. */
export const readRequest = () => JSON.parse(readFileSync(0, 'utf8'));
