import { explainPrompt, type PromptRow } from '@flanlab/samplegen';
import { expect, it } from 'vitest';
import { formatPrompt } from './format-prompt.js';

const text = '<s>[INST] <<SYS>>\nSolve.\n<</SYS>>\n\nTrue? yes; no[/INST]\nAnswer Solution: no</s>';
const row: PromptRow = {
  text,
  labels: 'no',
  gold_options: ['yes', 'no'],
  label_start: text.indexOf('[/INST]') + 7,
  label_end: text.length,
  task: 'rte',
  template: 'rte/0',
  examples: ['0'],
};

it('paints parts, underlines what is learned, and explains the colours', () => {
  const shown = formatPrompt(row, explainPrompt(row), { colour: true });
  expect(shown).toContain('\u001b[36mTrue? \u001b[0m\u001b[1;34myes; no\u001b[0m');
  expect(shown).toContain('\u001b[1;32m\u001b[4mno\u001b[0m');
  expect(shown.split('\n').at(-1)).toContain('\u001b[35msystem prompt\u001b[0m');
  expect(shown).toContain('answer "no", options "yes", "no"');
});

it('shows the wording of the template on one line, its slots coloured', () => {
  const wording = '{premise}\nTrue? {options_}';
  const shown = (colour: boolean) => formatPrompt(row, explainPrompt(row), { colour, wording });
  expect(shown(false)).toContain('\nworded {premise}⏎True? {options_}\n');
  expect(shown(true)).toContain('\nworded \u001b[36m{premise}\u001b[0m⏎True? ');
});

it('names parts where there are no colours', () => {
  const shown = formatPrompt(row, explainPrompt(row), { colour: false });
  expect(shown).not.toContain('\u001b');
  expect(shown).toContain('── system prompt\nSolve.\n');
  expect(shown).toContain('── answer (learned)\nno\n');
  expect(shown).toContain(`learned: characters ${row.label_start} to ${text.length} of ${text.length}`);
});
