import { createHash, subtle } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileErrors } from './errors.js';
import { stableStringify } from './stable-stringify.js';

/** SHA-256 of bytes or of a text's UTF-8, in hexadecimal. */
export function hashBytes(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** SHA-256 of a JSON value; the order of object keys does not matter. */
export function hashJson(value: unknown): string {
  return hashBytes(stableStringify(value));
}

/** Read at once: each wait costs about as much as hashing 64 KiB. */
const READ_BYTES = 1 << 20;

/** Files up to this are read whole and hashed on a thread of their own. */
const WHOLE_BYTES = 1 << 25;

/** SHA-256 of a file's bytes; a file of more than 32 MiB is read as a stream. */
export async function hashFile(path: string): Promise<string> {
  return withFileErrors('read', path, async () => {
    if ((await stat(path)).size <= WHOLE_BYTES) {
      return Buffer.from(await subtle.digest('SHA-256', await readFile(path))).toString('hex');
    }
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) hash.update(chunk as Uint8Array);
    return hash.digest('hex');
  });
}

/** SHA-256 over the names and contents of all files below a folder; empty folders and hidden names do not count. */
export async function hashFolder(path: string): Promise<string> {
  return hashJson(await hashFiles(path, ''));
}

async function hashFiles(root: string, below: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const entries = await withFileErrors('read', root, () => readdir(join(root, below), { withFileTypes: true }));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) Object.assign(found, await hashFiles(root, name));
    else found[name] = await hashFile(join(root, name));
  }
  return found;
}
