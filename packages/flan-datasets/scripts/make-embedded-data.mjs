// Writes embedded/<task>/<split>.jsonl: `node scripts/make-embedded-data.mjs` after a build of @flanlab/random.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { embeddedRows } from './world/rows.mjs';

const folder = fileURLToPath(new URL('../embedded', import.meta.url));

/** File name → content, for the script and for the test that compares it with what is committed. */
export function embeddedFiles() {
  return Object.fromEntries(
    Object.entries(embeddedRows()).flatMap(([task, splits]) =>
      Object.entries(splits).map(([split, rows]) => [
        `${task}/${split}.jsonl`,
        rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
      ]),
    ),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await rm(folder, { recursive: true, force: true });
  for (const [name, text] of Object.entries(embeddedFiles())) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}
