import { Window } from 'happy-dom';
import { beforeEach, describe, expect, it } from 'vitest';
import { renderReport } from '../render-report.js';
import { syntheticStudy } from '../testing/synthetic-study.js';
import { BROWSER_SCRIPT } from './browser-script.js';

// Without charts, which take most of the time to parse.
const study = (rowsPerTask: number) => ({ ...syntheticStudy({ rowsPerTask }), trainings: [], comparisons: [] });
const STUDY = study(4);
const ROWS = STUDY.evaluations.flatMap((evaluation) => evaluation.rows.map((row) => ({ ...row, evaluation })));

/** The page as a browser would hold it, with the script run. */
function open(hash = '', shown = STUDY): Window {
  const window = new Window({ url: `https://report.test/report.html${hash}` });
  window.document.write(renderReport(shown).replace(/<script>.*<\/script>/s, ''));
  new Function('document', 'location', 'history', 'matchMedia', BROWSER_SCRIPT)(
    window.document,
    window.location,
    window.history,
    () => ({ matches: false }),
  );
  return window;
}

let window: Window;
const text = (selector: string): string => window.document.querySelector(selector)!.textContent;
const buttons = () => [...window.document.querySelectorAll('#response-list button[data-id]')];
function choose(filter: string, value: string, event = 'change'): void {
  const field = window.document.getElementById(`filter-${filter}`) as unknown as {
    value: string;
    dispatchEvent(e: unknown): void;
  };
  field.value = value;
  field.dispatchEvent(new window.Event(event));
}
beforeEach(() => {
  window = open();
});

describe('the response browser', () => {
  it('starts with the first response and counts all', () => {
    expect(text('#response-count')).toBe('140 of 140 responses');
    expect(buttons()).toHaveLength(140);
    expect(text('#response-detail h3')).toMatch(/rte · Baserow 1/);
    expect(window.location.hash).toBe('');
  });

  it('shows prompt, response, marked region, answer, target and reason', () => {
    const index = ROWS.findIndex(({ region, options }) => region !== null && options.length > 0);
    const row = ROWS[index]!;
    (buttons()[index] as unknown as { click(): void }).click();
    const [prompt, response, answer, target] = [...window.document.querySelectorAll('#response-detail pre')].map(
      (pre) => pre.textContent,
    );
    expect([prompt, response, answer, target]).toEqual([row.prompt, row.response, row.answer, row.target]);
    expect(text('#response-detail mark')).toBe(row.response.slice(row.region!.start, row.region!.end));
    expect(text('#response-detail')).toContain(row.why);
    expect(text('#response-detail .chips .is-target')).toBe(row.target);
  });

  it.each([
    ['task', 'sst2', ({ evaluation }: (typeof ROWS)[number]) => evaluation.task === 'sst2'],
    ['condition', 'gold', ({ evaluation }: (typeof ROWS)[number]) => evaluation.condition === 'gold'],
    ['verdict', 'correct', ({ score }: (typeof ROWS)[number]) => score === 1],
    ['verdict', 'wrong', ({ score }: (typeof ROWS)[number]) => score === 0],
    ['verdict', 'partial', ({ score }: (typeof ROWS)[number]) => score !== null && score > 0 && score < 1],
    ['verdict', 'nothing', ({ rule }: (typeof ROWS)[number]) => rule === 'nothing'],
    ['verdict', 'length', ({ finish }: (typeof ROWS)[number]) => finish === 'length'],
  ] as const)('filters by %s %s', (filter, value, passes) => {
    choose(filter, value);
    const expected = ROWS.filter(passes).length;
    expect(expected).toBeGreaterThan(0);
    expect(expected).toBeLessThan(ROWS.length);
    expect(text('#response-count')).toBe(`${expected} of 140 responses`);
    expect(buttons()).toHaveLength(expected);
  });

  it('joins filters, searches words, and says when nothing is left', () => {
    choose('task', 'copa');
    choose('words', 'ROW 2', 'input');
    expect(text('#response-count')).toBe('5 of 140 responses');
    choose('words', 'no such text', 'input');
    expect(text('#response-detail')).toBe('No response passes these filters.');
  });

  it('lists 250, and more on request', () => {
    window = open('', study(8));
    expect(buttons()).toHaveLength(250);
    const more = [...window.document.querySelectorAll('#response-list button')].at(-1)! as unknown as { click(): void };
    more.click();
    expect(buttons()).toHaveLength(280);
  });

  it('can be linked to one response, and gives the link', () => {
    window = open('#response=34.3');
    expect(text('#response-detail h3')).toMatch(/common_gen · SampleGen, tunedrow 4/);
    (buttons()[0] as unknown as { click(): void }).click();
    expect(window.location.hash).toBe('#response=0.0');
  });

  it('moves with the arrow keys', () => {
    const list = window.document.getElementById('response-list')!;
    list.dispatchEvent(new window.KeyboardEvent('keydown', { key: 'ArrowDown' }));
    expect(buttons().findIndex((button) => button.getAttribute('aria-current') === 'true')).toBe(1);
    list.dispatchEvent(new window.KeyboardEvent('keydown', { key: 'ArrowUp' }));
    expect(buttons().findIndex((button) => button.getAttribute('aria-current') === 'true')).toBe(0);
  });

  it('never makes markup of a response', () => {
    choose('words', '</script>', 'input');
    expect(buttons().length).toBeGreaterThan(0);
    expect(
      window.document.querySelectorAll('#response-detail script, #response-detail img, #response-list img'),
    ).toHaveLength(0);
    expect(window.document.title).toBe(STUDY.title);
  });
});

it('switches between light and dark', () => {
  const button = window.document.querySelector('.theme') as unknown as { hidden: boolean; click(): void };
  expect(button.hidden).toBe(false);
  button.click();
  expect(window.document.documentElement.dataset.theme).toBe('dark');
  button.click();
  expect(window.document.documentElement.dataset.theme).toBe('light');
});
