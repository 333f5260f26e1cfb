import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * How far the resident memory of the process grows over 50 cycles, in bytes, after ten in which allocators and code warm up.
 * For tests that nothing is left behind: a cycle should open and close all that it uses.
 */
export async function residentGrowth(cycle: () => Promise<void>): Promise<number> {
  // Collecting on demand: what is left then is a leak, and not garbage that a busy machine had no time for.
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const residentBytes = (): number => {
    collectGarbage();
    return process.memoryUsage().rss;
  };
  for (let i = 0; i < 10; i++) await cycle();
  const before = residentBytes();
  for (let i = 0; i < 50; i++) await cycle();
  return residentBytes() - before;
}
