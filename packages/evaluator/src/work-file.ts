import { rm } from 'node:fs/promises';
import { hashJson, type JsonLinesAppender, openJsonLinesAppender, readJsonLines, withFileErrors } from '@flanlab/files';
import { EvaluatorError } from './errors.js';
import type { ResponderResult } from './responder.js';

/** A response as kept on disk: everything that only the model can make again. */
export interface StoredResponse {
  /** Hash of the prompt and of how often it occurred before: equal prompts keep their own rows. */
  readonly key: string;
  readonly response: string;
  readonly tokens: number;
  readonly finish: 'stop' | 'length';
  readonly promptTruncated: boolean;
}

/** Responses that are on disk already, and the file that takes the missing ones. */
export interface WorkFile extends AsyncDisposable {
  readonly path: string;
  readonly stored: ReadonlyMap<string, StoredResponse>;
  append(key: string, result: ResponderResult): Promise<StoredResponse>;
}

function isStoredResponse(value: unknown): value is StoredResponse {
  if (typeof value !== 'object' || value === null) return false;
  const row = value as Record<string, unknown>;
  return (
    typeof row.key === 'string' &&
    typeof row.response === 'string' &&
    typeof row.tokens === 'number' &&
    (row.finish === 'stop' || row.finish === 'length') &&
    typeof row.promptTruncated === 'boolean'
  );
}

/** One key a prompt, in order. */
export function promptKeys(prompts: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return prompts.map((prompt) => {
    const repeat = seen.get(prompt) ?? 0;
    seen.set(prompt, repeat + 1);
    return hashJson({ prompt, repeat });
  });
}

/**
 * Opens the file of finished rows. A row that a crash cut off is dropped; every row is on disk before it counts.
 * @throws {EvaluatorError} `EVALUATION_WORK_FILE_INVALID` when a row is none of ours
 */
export async function openWorkFile(
  path: string,
  { forget = false }: { readonly forget?: boolean } = {},
): Promise<WorkFile> {
  if (forget) await withFileErrors('write', path, () => rm(path, { force: true }));
  const appender: JsonLinesAppender = await openJsonLinesAppender(path);
  const stored = new Map<string, StoredResponse>();
  try {
    for await (const row of readJsonLines(path)) {
      if (!isStoredResponse(row)) {
        throw new EvaluatorError('EVALUATION_WORK_FILE_INVALID', {
          what: `${path} holds a row that is no finished response.`,
          why: `The row begins ${JSON.stringify(row).slice(0, 60)}.`,
          fix: 'Delete the file; its rows are then made again.',
        });
      }
      stored.set(row.key, row);
    }
  } catch (error) {
    await appender.close();
    throw error;
  }
  return {
    path,
    stored,
    async append(key, { response, tokens, finish, promptTruncated = false }) {
      const row = {
        key,
        response,
        tokens: typeof tokens === 'number' ? tokens : tokens.length,
        finish,
        promptTruncated,
      };
      await appender.append(row);
      stored.set(key, row);
      return row;
    },
    [Symbol.asyncDispose]: () => appender.close(),
  };
}
