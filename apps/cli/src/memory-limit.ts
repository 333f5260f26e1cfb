import { totalmem } from 'node:os';
import { CliError } from './errors.js';

/** What this process may use: the machine's memory, or less where its control group (a container, a batch job) says so. */
export function machineMemoryBytes(
  total: number = totalmem(),
  constrained: number | undefined = process.constrainedMemory(),
): number {
  return constrained === undefined || constrained <= 0 ? total : Math.min(total, constrained);
}

const UNITS = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const satisfies Record<
  string,
  number
>;

/**
 * Reads `12GiB`, a number of bytes, or `none`; the machine's memory when left out.
 * @throws {CliError} `CLI_VALUE_UNKNOWN`
 */
export function memoryLimit(text: string | undefined, machine: () => number = machineMemoryBytes): number | undefined {
  if (text === undefined) return machine();
  if (text === 'none') return undefined;
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([KMGT]iB)?$/.exec(text) ?? [];
  if (number !== undefined) return Math.floor(Number(number) * UNITS[(unit ?? '') as keyof typeof UNITS]);
  throw new CliError(
    'CLI_VALUE_UNKNOWN',
    {
      what: `--memory-limit cannot be "${text}".`,
      why: 'It is no amount of memory.',
      fix: 'Write for example 12GiB, 800MiB, or none to train whatever is needed.',
    },
    { kind: 'usage' },
  );
}
