import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from './test-folder.js';
import { flanlab } from './test-workspace.js';

const TASK = `name: weather
columns: [question, answers]
prompt: { label: { firstAnswer: { column: answers, none: none } } }
`;
const ROWS = [{ question: 'Rain?', answers: ['yes'] }, { question: 'Snow?', answers: [] }, { answers: ['no'] }];

it('takes tasks of the user from a file', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'tasks.yaml'), TASK);
  await writeFile(join(folder.path, 'rows.jsonl'), ROWS.map((row) => JSON.stringify(row)).join('\n'));
  const run = (line: string) => flanlab(folder.path, `${line} --task-file tasks.yaml`.split(' '));
  expect((await run('tasks show weather')).stdout).toContain('question, answers');
  expect((await run('data show weather --from rows.jsonl --limit 1')).stdout).toContain(
    '  question: Rain?\n  answer: yes',
  );
  expect(JSON.parse((await run('data check weather --from rows.jsonl --json')).stdout)).toMatchObject({
    read: 3,
    kept: 2,
    broken: 1,
    problems: [{ row: 3, code: 'DATASET_COLUMN_MISSING' }],
  });
  const { code, stderr } = await run('data show weater --from rows.jsonl');
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('Did you mean "weather"?') });
}, 60_000);
