// flanlab's side of benchmarks/prompts/run.mjs.
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readRows } from '../../packages/flan-datasets/dist/index.js';
import { createPromptFiles } from '../../packages/study/dist/index.js';
import { readRequest } from '../side-by-side.mjs';

const { templates, data, tasks, kind, num, out, workers } = readRequest();
const folder = join(out, 'flanlab');
rmSync(folder, { recursive: true, force: true });
const common = { tasks, kind, use: 'train', num, data, templates, seed: 12_345, format: 'arrow', compat: true };
const [started, startedCpu] = [performance.now(), process.cpuUsage()];
const files = await createPromptFiles({ ...common, workers, out: folder });
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(startedCpu);
const texts = [];
for (const { path } of files) for await (const { text } of readRows(path)) texts.push(text);
const hash = createHash('sha256');
for (const text of texts.map((text) => Buffer.from(text)).sort(Buffer.compare)) hash.update(text).update('\n');
const peakBytes = process.resourceUsage().maxRSS * 1024;
const cpuSeconds = (user + system) / 1e6;
console.log(JSON.stringify({ seconds, cpuSeconds, prompts: texts.length, hash: hash.digest('hex'), peakBytes }));
