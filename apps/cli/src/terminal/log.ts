import { pino } from 'pino';

/** Environment variables whose values must never reach a log. */
export const SECRET_NAME = /token|secret|password|api_?key|authorization/i;

/** Replaces the values of secret environment variables, wherever they stand. */
export function hideSecrets(text: string, env: Readonly<Record<string, string | undefined>>): string {
  let hidden = text;
  for (const [name, value] of Object.entries(env)) {
    if (SECRET_NAME.test(name) && value !== undefined && value.length >= 6)
      hidden = hidden.replaceAll(value, '[hidden]');
  }
  return hidden;
}

export interface RunLog {
  readonly write: (fields: Readonly<Record<string, unknown>>, message: string) => void;
  readonly openFile: (file: string) => void;
}

/** JSON lines by pino in a file, once a run folder is known; earlier lines wait for it. */
export function runLog(env: Readonly<Record<string, string | undefined>>): RunLog {
  type Line = readonly [fields: Readonly<Record<string, unknown>>, message: string];
  let logger: pino.Logger | undefined;
  let waiting: Line[] = [];
  return {
    write(fields, message) {
      if (logger === undefined) waiting.push([fields, message]);
      else logger.info(fields, message);
    },
    openFile(file) {
      // Synchronous: the last line before a crash is the one that is needed.
      logger = pino(
        { base: { pid: process.pid }, hooks: { streamWrite: (line) => hideSecrets(line, env) } },
        pino.destination({ dest: file, mkdir: true, sync: true, append: true }),
      );
      for (const [fields, message] of waiting) logger.info(fields, message);
      waiting = [];
    },
  };
}
