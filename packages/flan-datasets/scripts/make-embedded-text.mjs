// Writes the pre-training texts of packages/study: `node scripts/make-embedded-text.mjs` after a build of this package.
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { encoderTexts, pretrainingTexts } from './world/text.mjs';

const folder = new URL('../../study/embedded/', import.meta.url);

const jsonLines = (texts) => texts.map((text) => `${JSON.stringify({ text })}\n`).join('');

/** File name → content, for the script and for the test that compares it with what is committed. */
export function textFiles() {
  return {
    'pretraining-text.jsonl': jsonLines(pretrainingTexts()),
    'encoder-text.jsonl': jsonLines(encoderTexts()),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(textFiles())) await writeFile(new URL(name, folder), text);
}
