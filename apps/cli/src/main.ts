import { readFileSync } from 'node:fs';
import { EXIT_CODES, formatError, isFlanlabError } from '@flanlab/errors';
import type { CommandContext, CommandOutput } from './command.js';
import { COMMANDS } from './commands/index.js';
import { parseCommandLine } from './parse.js';
import { SIGNAL_EXIT_CODES, watchSignals } from './signals.js';
import { hideSecrets, runLog } from './terminal/log.js';
import { progressDisplay } from './terminal/progress.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/**
 * Runs one command line: results to stdout, everything else to stderr.
 * @returns the exit code
 */
export async function main(argv: readonly string[]): Promise<number> {
  const { stdout, stderr, env } = process;
  // A reader that goes away (`| head`) is no error of ours.
  stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? 0 : EXIT_CODES.environment),
  );
  const progress = progressDisplay(stderr);
  const log = runLog(env);
  using stop = watchSignals(process, {
    say: (text) => progress.line(text),
    leave: (name) => process.kill(process.pid, name),
  });
  const json = argv.includes('--json');
  try {
    const parsed = await parseCommandLine(argv, COMMANDS, { version });
    if (parsed.kind === 'shown') {
      stdout.write(`${parsed.text}\n`);
      return 0;
    }
    const context: CommandContext = {
      signal: stop.signal,
      progress,
      env,
      colour: env.NO_COLOR ? false : env.FORCE_COLOR !== undefined || stdout.isTTY === true,
      logTo: log.openFile,
      log: log.write,
    };
    log.write({ command: parsed.command.name, version, node: process.version }, 'started');
    const output: CommandOutput = await parsed.command.run(parsed.args, context);
    progress.end();
    stdout.write(json ? `${JSON.stringify(output.data, null, 2)}\n` : `${output.text}\n`);
    log.write({}, 'finished');
    return output.exitCode ?? 0;
  } catch (error) {
    progress.end();
    const received = stop.received();
    if (received !== undefined && isInterruption(error)) {
      progress.line('Stopped. Run the same command again: it goes on where it stopped.');
      log.write({ signal: received }, 'stopped');
      return SIGNAL_EXIT_CODES[received];
    }
    const exitCode = isFlanlabError(error) ? error.exitCode : EXIT_CODES.internal;
    const text = hideSecrets(json ? jsonError(error, exitCode) : readableError(error), env);
    stderr.write(`${text}\n`);
    log.write({ error: hideSecrets(formatError(error), env), exitCode }, 'failed');
    return exitCode;
  }
}

function isInterruption(error: unknown): boolean {
  if (isFlanlabError(error)) return error.kind === 'interrupted';
  return error instanceof Error && error.name === 'AbortError';
}

function readableError(error: unknown): string {
  if (isFlanlabError(error)) return formatError(error);
  return `This is a bug in flanlab: please report it with these lines.\n${formatError(error)}`;
}

function jsonError(error: unknown, exitCode: number): string {
  if (!isFlanlabError(error))
    return JSON.stringify({ error: { code: 'INTERNAL', what: formatError(error), exitCode } });
  const { code, what, why, fix, docs } = error;
  return JSON.stringify({ error: { code, what, why, fix, docs, exitCode } }, null, 2);
}
