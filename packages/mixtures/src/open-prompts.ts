import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { readRowBatches } from '@flanlab/flan-datasets';
import { fileError, openPromptFile, type PromptFile } from './prompt-file.js';

export interface OpenPromptsOptions {
  /** Where rows that cannot be read in any order are kept meanwhile, as JSON Lines (default the system's temporary folder). */
  readonly temporary?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens prompts in any format: a `.jsonl` file as it is; a dataset folder or another file through a temporary file, which `close`
 * removes. The hash is always that of the data given: of the file, or of the folder's Arrow files one after the other.
 *
 * @throws {MixtureError} `MIXTURE_FILE_INVALID`; `DatasetError` for data that cannot be read
 */
export async function openPrompts(
  path: string,
  { temporary = tmpdir(), signal }: OpenPromptsOptions = {},
): Promise<PromptFile> {
  if (extname(path) === '.jsonl') return openPromptFile(path);
  const sha256 = await hashData(path);
  const folder = await mkdtemp(join(temporary, '.flanlab-prompts-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, 'prompts.jsonl');
    const file = await open(copy, 'wx');
    try {
      for await (const rows of readRowBatches(path, { signal })) {
        await file.writeFile(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      }
    } finally {
      await file.close();
    }
    const opened = await openPromptFile(copy);
    const close = async (): Promise<void> => {
      await opened.close();
      await remove();
    };
    return { ...opened, sha256, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** SHA-256 of a file, or of the Arrow files of a folder in the order of their names. */
async function hashData(path: string): Promise<string> {
  const info = await stat(path).catch((cause: unknown) => {
    throw fileError(path, 'It cannot be opened.', cause);
  });
  const names = info.isDirectory() ? (await readdir(path)).filter((name) => name.endsWith('.arrow')).sort() : ['.'];
  const hash = createHash('sha256');
  for (const name of names) {
    for await (const chunk of createReadStream(join(path, name), { highWaterMark: 1 << 20 })) hash.update(chunk);
  }
  return hash.digest('hex');
}
