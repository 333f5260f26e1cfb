import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkChangesets } from './changesets.mjs';
import { packAndUse } from './pack.mjs';
import { bin, ROOT, readJson, run, workspacePackages } from './workspace.mjs';

/** One program that says pass or fail by its exit code; what it printed is shown only when it failed. */
const program = (name, args) => async () => {
  const { code, output } = await run(bin(name), args, { capture: true, quiet: true });
  if (code !== 0) process.stderr.write(output);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
};

const turbo = (...tasks) => program('turbo', ['run', ...tasks, '--continue', '--output-logs=errors-only']);

/** Counts of one vitest run from its JSON report. A file that could not even load counts as one failure. */
function countResults(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1, missing: true };
  const report = readJson(file);
  const broken = report.testResults.filter((one) => one.status === 'failed' && one.assertionResults.length === 0);
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
}

/** Unit tests of all packages. Turbo repeats only what changed and puts back the stored reports of the others. */
async function unitTests() {
  const reports = workspacePackages().map(({ folder, manifest }) => ({
    name: manifest.name,
    file: join(folder, '.test-results.json'),
  }));
  for (const { file } of reports) rmSync(file, { force: true });
  const { code, output } = await run(bin('turbo'), ['run', 'test', '--continue', '--output-logs=errors-only'], {
    capture: true,
    quiet: true,
  });
  if (code !== 0) process.stderr.write(output);
  const total = { passed: 0, failed: 0 };
  for (const { name, file } of reports) {
    const { passed, failed, missing } = countResults(file);
    if (missing) console.error(`  ${name}: no test results`);
    total.passed += passed;
    total.failed += failed;
  }
  if (code !== 0 && total.failed === 0) total.failed = 1;
  return total;
}

async function workspaceTests() {
  const file = join(ROOT, 'scripts', '.test-results.json');
  rmSync(file, { force: true });
  const { output } = await run(bin('vitest'), ['run', '--config', 'vitest.config.mjs', '--root', 'scripts'], {
    capture: true,
    quiet: true,
  });
  const counts = countResults(file);
  if (counts.failed > 0) process.stderr.write(output);
  return counts;
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
 * Everything `npm test` checks, one line a suite on stderr, and `N passed, N failed` at the end of stdout. All suites
 * run even when one fails, except that nothing makes sense without a build.
 * @returns {Promise<number>} the exit code
 */
export async function testPipeline() {
  const total = { passed: 0, failed: 0 };
  for (const [name, suite] of Object.entries(SUITES)) {
    const start = performance.now();
    const { passed, failed } = await suite();
    total.passed += passed;
    total.failed += failed;
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.error(`${failed === 0 ? 'ok  ' : 'FAIL'} ${name}: ${passed} passed, ${failed} failed (${seconds} s)`);
    if (name === 'build' && failed > 0) break;
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}
