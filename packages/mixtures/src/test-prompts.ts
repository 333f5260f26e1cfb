import type { PromptRow } from '@flanlab/samplegen';

/** `count` small prompts of a task whose examples are named `<task>-<n>`. */
export function testPrompts(task: string, count: number): PromptRow[] {
  return Array.from({ length: count }, (_, n) => {
    const question = `<s>[INST] <<SYS>>\nSolve.\n<</SYS>>\n\n${task} ${n} – ö[/INST]`;
    const text = `${question}\nAnswer Solution: yes</s>`;
    return {
      text,
      labels: 'yes',
      gold_options: ['yes', 'no'],
      label_start: question.length,
      label_end: text.length,
      task,
      template: `${task}/0`,
      examples: [`${task}-${n}`],
    };
  });
}
