import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

it('runs what docs/training-artifact.md shows, and gets what it promises', async () => {
  const page = await readFile(path('../../../docs/training-artifact.md'), 'utf8');
  const code = [...page.matchAll(/```js\n(.*?)```/gs)].map(([, block]) => block).join('\n');
  // Beside the packages that it imports.
  const folder = await mkdtemp(path('../node_modules/.page-'));
  try {
    const program = join(folder, 'artifact.mjs');
    // This package cannot import itself by name from here.
    await writeFile(program, code.replace('@flanlab/trainer', path('../dist/index.js')));
    const { stdout } = await promisify(execFile)(process.execPath, [program]);
    const [, gradient, slope] = /gradient (\S+) slope (\S+)/.exec(stdout)!.map(Number) as [number, number, number];
    expect(Math.abs(gradient)).toBeGreaterThan(0.05);
    // Central differences in float32 of a loss of about 90.
    expect(Math.abs(slope - gradient)).toBeLessThan(0.03 * Math.abs(gradient));
    expect(stdout).toContain('same bits true');
    const losses = /losses (.*)/.exec(stdout)![1]!.split(' ').map(Number);
    expect(losses).toHaveLength(8);
    expect(losses.at(-1)!).toBeLessThan(0.9 * losses[0]!);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
