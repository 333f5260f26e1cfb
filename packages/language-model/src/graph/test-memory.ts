import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GraphBuilder, gradients, type Value } from '@flanlab/onnx-graph';
import { openSession, type Tensor } from '@flanlab/onnx-session';

/** Adds the norm of each gradient as an output: the gradients themselves would stay to be handed out. */
export function outputNorms(g: GraphBuilder, loss: Value, weights: Iterable<Value>): void {
  for (const [i, gradient] of gradients(g, loss, [...weights]).entries()) {
    g.output(`norm ${i}`, g.op.reduceSumSquare(gradient, undefined, { keepDims: false }));
  }
}

/** Runs a graph once: what came out, and the bytes that ONNX Runtime had handed out at most, by its own account. */
export async function runMeasured(
  g: GraphBuilder,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<{ readonly outputs: Readonly<Record<string, Tensor>>; readonly peakBytes: number }> {
  const dir = await mkdtemp(join(tmpdir(), 'flanlab-'));
  try {
    const settings = { threads: 1, memoryPattern: false, profilePrefix: join(dir, 'profile') };
    await using session = await openSession(g.toBytes(), settings);
    const outputs = await session.run(feeds);
    await session.close();
    const [profile] = await readdir(dir);
    const events = JSON.parse(await readFile(join(dir, profile!), 'utf8')) as { args?: Record<string, string> }[];
    const peakBytes = Math.max(...events.map(({ args }) => Number(args?.mem_bytes_requested_in_use ?? 0)));
    return { outputs, peakBytes };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
