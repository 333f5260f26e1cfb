// Prompts for benchmarks/mixtures/run.mjs: `<folder>/<task>/<split>.jsonl`, of about 500 characters each.
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { PythonRandom } from '../../packages/random/dist/index.js';

const WORDS = Array.from({ length: 4000 }, (_, n) => {
  const syllables = [
    'ta',
    'ri',
    'mon',
    'el',
    'so',
    'ku',
    'ven',
    'dar',
    'lo',
    'pe',
    'in',
    'ga',
    'bus',
    'ne',
    'ho',
    'ce',
  ];
  return [n % 16, (n >> 4) % 16, n >> 8].map((at) => syllables[at]).join('');
});

/** Fixed wording of a task's five templates. */
const template = (task, number) =>
  `Read these sentences of ${task} and say in the way of template ${number} what follows`;

/** Writes `rows` prompts of each task; one in ten has a character beyond ASCII, as published texts do. */
export async function generatePrompts(folder, tasks, rows, { split = 'train', seed: firstSeed = 0 } = {}) {
  for (const [number, task] of tasks.entries()) {
    const seed = firstSeed + number;
    const random = new PythonRandom(seed);
    const path = join(folder, task, `${split}.jsonl`);
    mkdirSync(dirname(path), { recursive: true });
    const out = createWriteStream(path, { highWaterMark: 1 << 20 });
    for (let row = 0; row < rows; row++) {
      const pattern = Math.floor(random.random() * 5);
      let words = '';
      const length = 250 + Math.floor(random.random() * 300);
      while (words.length < length) words += ` ${WORDS[Math.floor(random.random() ** 2 * WORDS.length)]}`;
      const question = `<s>[INST] <<SYS>>\nAnswer the question.\n<</SYS>>\n\n${template(task, pattern)}:${words} ${row % 10 === 0 ? '–' : '-'} row ${row}[/INST]`;
      const labels = random.random() < 0.5 ? 'yes' : 'no';
      const text = `${question}\nAnswer Solution: ${labels}</s>`;
      const span = { label_start: question.length, label_end: text.length };
      const examples = [`${String(seed).padStart(4, '0')}${String(row).padStart(12, '0')}`];
      const prompt = {
        text,
        labels,
        gold_options: ['yes', 'no'],
        ...span,
        task,
        template: `${task}/${pattern}`,
        examples,
      };
      if (!out.write(`${JSON.stringify(prompt)}\n`)) await new Promise((resolve) => out.once('drain', resolve));
    }
    out.end();
    await finished(out);
  }
}
