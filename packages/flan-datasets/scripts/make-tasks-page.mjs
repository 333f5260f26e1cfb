// Writes docs/tasks.md from the table of tasks. Run after a build: node packages/flan-datasets/scripts/make-tasks-page.mjs
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tasksPage } from '@flanlab/flan-datasets';

writeFileSync(fileURLToPath(new URL('../../../docs/tasks.md', import.meta.url)), tasksPage());
