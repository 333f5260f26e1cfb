import { fileURLToPath } from 'node:url';
import { embeddedDataDir } from '@flanlab/flan-datasets';

/** What ships with the packages: rows, text to pre-train on, and the default study. */
export const EMBEDDED = {
  data: embeddedDataDir(),
  text: fileURLToPath(new URL('../embedded/pretraining-text.jsonl', import.meta.url)),
  encoderText: fileURLToPath(new URL('../embedded/encoder-text.jsonl', import.meta.url)),
  study: fileURLToPath(new URL('../embedded/quickstart.yaml', import.meta.url)),
} as const;
