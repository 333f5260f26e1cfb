import { install } from './install.mjs';
import { bin, run } from './workspace.mjs';

/** Builds what changed; Turbo says nothing unless something fails. */
async function build() {
  const { code } = await run(bin('turbo'), ['run', 'build', '--output-logs=errors-only', '--log-order=grouped'], {
    capture: true,
    quiet: true,
  }).then((result) => {
    if (result.code !== 0) process.stderr.write(result.output);
    return result;
  });
  return code;
}

const COMMANDS = {
  async quickstart(args) {
    const built = await build();
    if (built !== 0) return built;
    const { code } = await run(process.execPath, ['apps/cli/bin/flanlab.js', 'quickstart', ...args]);
    return code;
  },
  async test() {
    // Only now: it imports packages that the install brings.
    const { testPipeline } = await import('./test-pipeline.mjs');
    return testPipeline();
  },
};

/** `node scripts/run.mjs quickstart|test [arguments]` */
export async function main([name, ...args]) {
  const command = COMMANDS[name];
  if (command === undefined) {
    console.error(`Usage: node scripts/run.mjs ${Object.keys(COMMANDS).join('|')} [arguments]`);
    process.exit(2);
  }
  await install();
  process.exitCode = await command(args);
}
