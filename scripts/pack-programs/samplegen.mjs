import { findTask, loadTask } from '@flanlab/flan-datasets';
import { PythonRandom } from '@flanlab/random';
import { createPrompts } from '@flanlab/samplegen';

const rows = [];
for await (const row of loadTask('rte', { split: 'train' })) rows.push(row);
const random = new PythonRandom(12345);
const [prompt] = createPrompts({ task: findTask('rte'), rows, kind: 'samplegen', use: 'train', random, num: 1 });
if (!prompt.text.includes('Answer Solution:')) throw new Error(prompt.text);
