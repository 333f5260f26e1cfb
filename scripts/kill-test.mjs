// Kills the quickstart at random moments with SIGKILL, starts it again until it finishes, and compares every lasting
// output with those of an undisturbed run.
//
//   node scripts/kill-test.mjs [--kills 10] [--seed 1] [--keep] [-- further options of flanlab quickstart]
//
// Needs a build. Takes about as long as two runs of the quickstart, plus a few seconds for each kill.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { childEnvironment, ROOT } from './lib/workspace.mjs';

const split = process.argv.indexOf('--');
const own = process.argv.slice(2, split < 0 ? undefined : split);
const further = split < 0 ? [] : process.argv.slice(split + 1);
const { values } = parseArgs({
  args: own,
  options: {
    kills: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean' },
  },
});

/** Mulberry32: the kills of one seed fall at the same moments. */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs the quickstart; kills it after `killAfterMs`, unless it ends before. @returns the exit code, null when killed */
function quickstart(folder, killAfterMs) {
  return new Promise((resolve, reject) => {
    const args = [join(ROOT, 'apps/cli/bin/flanlab.js'), 'quickstart', '--out', folder, ...further];
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: childEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let lastLine = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      lastLine = text.trim().split('\n').at(-1) || lastLine;
    });
    const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code === null) console.log(`  killed after ${(killAfterMs / 1000).toFixed(1)} s at: ${lastLine}`);
      else if (code !== 0) console.error(`  ended with ${code}: ${lastLine}`);
      resolve(code);
    });
  });
}

/** Hash of the lasting outputs of every stage, from its done.json. */
function results(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('done.json'));
  return Object.fromEntries(
    files.sort().map((name) => [name, JSON.parse(readFileSync(join(folder, name), 'utf8')).outputsHash]),
  );
}

const work = mkdtempSync(join(tmpdir(), 'flanlab-kill-'));
const [calm, hunted] = [join(work, 'calm'), join(work, 'hunted')];
const start = performance.now();
if ((await quickstart(calm)) !== 0) process.exit(1);
const calmMs = performance.now() - start;
console.log(`undisturbed: ${(calmMs / 1000).toFixed(1)} s`);

const random = randomNumbers(Number(values.seed));
const kills = Number(values.kills);
let code = null;
for (let i = 0; i < kills && code === null; i++)
  code = await quickstart(hunted, 500 + random() * ((2 * calmMs) / kills));
if (code === null) code = await quickstart(hunted);
if (code !== 0) process.exit(1);

const [expected, actual] = [results(calm), results(hunted)];
const different = Object.keys(expected).filter((name) => expected[name] !== actual[name]);
for (const name of different) console.error(`different: ${name}`);
console.log(
  `${Object.keys(expected).length - different.length} of ${Object.keys(expected).length} stages are bit-identical`,
);
if (values.keep) console.log(`kept: ${work}`);
else rmSync(work, { recursive: true, force: true });
process.exit(different.length === 0 ? 0 : 1);
