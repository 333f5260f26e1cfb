import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkChangesets } from './changesets.mjs';
import { excerpt, failureSummary, readReport } from './failures.mjs';
import { packAndUse } from './pack.mjs';
import { bin, ROOT, run, workspacePackages } from './workspace.mjs';

/** The end of what a program printed, as one failure. */
const programFailure = (title, output) => ({ title, lines: excerpt(output, 'last', 12) });

/** A suite that could not come to an end. */
function crash(name, error) {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.error(text);
  return { passed: 0, failed: 1, failures: [{ title: `${name} stopped`, lines: excerpt(text) }] };
}

/** One program that says pass or fail by its exit code; what it printed is shown only when it failed. */
const program = (name, args) => async () => {
  const { code, output } = await run(bin(name), args, { capture: true, quiet: true });
  if (code === 0) return { passed: 1, failed: 0 };
  process.stderr.write(output);
  return { passed: 0, failed: 1, failures: [programFailure(`${name} ${args.join(' ')}`, output)] };
};

const turbo = (...tasks) => program('turbo', ['run', ...tasks, '--continue', '--output-logs=errors-only']);

/** Unit tests of all packages. Turbo repeats only what changed and puts back the stored reports of the others. */
async function unitTests() {
  const reports = workspacePackages().map(({ folder, manifest }) => ({
    name: manifest.name,
    file: join(folder, '.test-results.json'),
  }));
  for (const { file } of reports) rmSync(file, { force: true });
  // Not Turbo's ten packages at once: each has two workers of its own, and tests that wait for a crowded processor run out of time.
  const args = ['run', 'test', '--continue', '--concurrency=100%', '--output-logs=errors-only'];
  const { code, output } = await run(bin('turbo'), args, { capture: true, quiet: true });
  if (code !== 0) process.stderr.write(output);
  return together(
    reports.map(({ name, file }) => readReport(file, name)),
    { code, output, title: 'turbo run test' },
  );
}

async function workspaceTests() {
  const file = join(ROOT, 'scripts', '.test-results.json');
  rmSync(file, { force: true });
  const { code, output } = await run(bin('vitest'), ['run', '--config', 'vitest.config.mjs', '--root', 'scripts'], {
    capture: true,
    quiet: true,
  });
  if (code !== 0) process.stderr.write(output);
  return together([readReport(file, 'scripts')], { code, output, title: 'vitest in scripts' });
}

/** The sum of several reports. A run that failed although no test did (an unhandled rejection, say) is a failure as well. */
function together(reports, { code, output, title }) {
  const failures = reports.flatMap((report) => report.failures);
  if (code !== 0 && failures.length === 0) failures.push(programFailure(title, output));
  return { passed: reports.reduce((sum, { passed }) => sum + passed, 0), failed: failures.length, failures };
}

const SUITES = {
  build: turbo('build'),
  'format and lint (biome)': program('biome', ['check', '.']),
  'types (tsc)': turbo('typecheck'),
  'dead code (knip)': program('knip', ['--no-config-hints']),
  changesets: checkChangesets,
  'unit tests (vitest)': unitTests,
  'workspace tests (vitest)': workspaceTests,
  'packed packages (pnpm pack, publint, use)': packAndUse,
};

/**
 * Everything `npm test` checks, one line a suite and then what failed on stderr, and `N passed, N failed` at the end of stdout.
 * All suites run even when one fails, except that nothing makes sense without a build.
 * @returns {Promise<number>} the exit code
 */
export async function testPipeline() {
  const total = { passed: 0, failed: 0 };
  const failures = [];
  for (const [name, suite] of Object.entries(SUITES)) {
    const start = performance.now();
    const { passed, failed, failures: found = [] } = await suite().catch((error) => crash(name, error));
    total.passed += passed;
    total.failed += failed;
    failures.push(...found);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.error(`${failed === 0 ? 'ok  ' : 'FAIL'} ${name}: ${passed} passed, ${failed} failed (${seconds} s)`);
    if (name === 'build' && failed > 0) break;
  }
  for (const line of failureSummary(failures)) console.error(line);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}
