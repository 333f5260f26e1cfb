import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeJson } from '@flanlab/files';
import { expect, it } from 'vitest';
import { renderReport } from './render-report.js';
import type { StudyReport } from './study-report.js';
import { syntheticStudy } from './testing/synthetic-study.js';
import { readStudyReport, writeReport } from './write-report.js';

const STUDY = syntheticStudy({ rowsPerTask: 6 });
const EMPTY: StudyReport = {
  ...STUDY,
  facts: [],
  hashes: [],
  environment: [],
  timings: [],
  models: [],
  trainings: [],
  conditions: [],
  evaluations: [],
  notes: [],
};

const dataOf = (page: string): unknown =>
  JSON.parse(/<script type="application\/json" id="responses-data">(.*?)<\/script>/s.exec(page)![1]!);

it('is one file that asks the network for nothing', () => {
  const page = renderReport(STUDY).replace(/<script type="application.*?<\/script>/s, '');
  const addresses = [...page.matchAll(/(?:src|href|url|action)\s*[=(]\s*["']?([^"')\s>]+)/gi)].map(
    ([, address]) => address!,
  );
  expect(addresses.filter((address) => !address.startsWith('#'))).toEqual(['data:,']);
  expect(/@import|https?:|\bfetch\(|XMLHttpRequest|import\(/.exec(page)).toBeNull();
  expect(page.includes(`content="default-src 'none';`)).toBe(true);
});

it('gives the same bytes for the same study', () => {
  expect(renderReport(syntheticStudy({ rowsPerTask: 6 })) === renderReport(STUDY)).toBe(true);
});

it('keeps every response whole, whatever is in it', () => {
  const data = dataOf(renderReport(STUDY)) as { evaluations: { rows: unknown[] }[] };
  expect(data.evaluations.map(({ rows }) => rows)).toEqual(STUDY.evaluations.map(({ rows }) => rows));
  expect(JSON.stringify(data)).toContain('</script><script>document.title');
});

it('holds the first rows of long evaluations, and says so', () => {
  const page = renderReport(STUDY, { rowsShown: 2 });
  const data = dataOf(page) as { evaluations: { rows: unknown[] }[] };
  expect(data.evaluations.map(({ rows }) => rows)).toEqual(STUDY.evaluations.map(({ rows }) => rows.slice(0, 2)));
  expect(page).toContain('Of evaluations with more than 2 rows, the first 2 are here');
  expect(renderReport(STUDY)).not.toContain('Of evaluations with more');
});

it('lets no text of a study become markup', () => {
  const hostile = '</title><script>alert(1)</script><b x="\'&amp;';
  const fact = { label: hostile, value: hostile };
  const page = renderReport({
    ...STUDY,
    title: hostile,
    question: hostile,
    notes: [hostile],
    ...{ facts: [fact], hashes: [fact], environment: [fact] },
    timings: [{ stage: hostile, seconds: 1, cached: false }],
    models: [{ id: hostile, label: hostile, facts: [fact], hash: hostile }],
    trainings: [{ id: hostile, label: hostile, facts: [fact], curve: [{ step: 1, loss: 1 }] }],
    conditions: STUDY.conditions.map((condition) => ({ ...condition, label: hostile, description: hostile })),
    evaluations: STUDY.evaluations.map((evaluation) => ({
      ...evaluation,
      task: hostile,
      cluster: hostile,
      metric: hostile,
    })),
  });
  expect(page.match(/<script/g)).toHaveLength(2);
  expect(page.match(/<\/script/g)).toHaveLength(2);
  expect(page.includes('<b x=')).toBe(false);
});

it('gives every table a caption and every header cell a scope', () => {
  const page = renderReport(STUDY);
  const tables = page.match(/<table/g)!.length;
  expect(tables).toBeGreaterThanOrEqual(5);
  expect(page.match(/<caption>[^<]+<\/caption>/g)).toHaveLength(tables);
  expect(page.match(/<th(?![^>]*scope="(?:col|row)")[ >]/g)).toBeNull();
});

it('names every chart for those who cannot see it', () => {
  const page = renderReport(STUDY);
  const charts = page.match(/<svg class="chart[^>]*>/g)!;
  expect(charts).toHaveLength(3 + 4 + 4); // trainings, pairs by metric, pairs by BERTScore accuracy
  for (const chart of charts) expect(chart).toMatch(/role="img" aria-label="[^"]{10,}"/);
});

it('says how far a correlation can be trusted', () => {
  const page = renderReport(STUDY);
  expect(page).toMatch(
    /Spearman’s r <b>[−\d.]+<\/b> \(95 % interval [−\d.]+ to [−\d.]+\), p [=<] [\d.]+ \(exact permutation\), n = 7 tasks/,
  );
  expect(page).toContain('7 tasks are few: the true value may lie anywhere');
});

it('shows a study that has nothing yet', () => {
  const page = renderReport(EMPTY);
  expect(page).toContain('Nothing was trained in this study.');
  expect(page).toContain('there is nothing to compare');
  expect(/NaN|undefined|\[object/.exec(page)).toBeNull();
});

it('shows a dash where a metric has no value, and marks what is better when lower', () => {
  const [first] = STUDY.evaluations;
  const page = renderReport({
    ...STUDY,
    evaluations: [
      { ...first!, score: null, interval: null, bertScore: null },
      { ...first!, task: 'fix_punct', metric: 'edit_distance: mean_edit', score: 1.25, higherIsBetter: false },
    ],
  });
  expect(page).toContain('<b>–</b>');
  expect(page).toContain('edit_distance: mean_edit, lower is better');
  expect(/NaN|undefined|\[object/.exec(page)).toBeNull();
});

it('survives as JSON: the page can be made again from the file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flanlab-report-'));
  try {
    await writeJson(join(folder, 'study.json'), STUDY);
    const study = await readStudyReport(join(folder, 'study.json'));
    const outFile = join(folder, 'report.html');
    const { sizeBytes } = await writeReport({ outFile, study });
    const page = await readFile(outFile);
    expect(page.length).toBe(sizeBytes);
    expect(page.toString('utf8') === renderReport(STUDY)).toBe(true);
    await writeJson(join(folder, 'other.json'), { version: 2, title: 'x', facts: [] });
    await expect(readStudyReport(join(folder, 'other.json'))).rejects.toThrowError(
      expect.objectContaining({
        code: 'REPORT_STUDY_INVALID',
        why: expect.stringMatching(/version is 2, not 1; hashes is no list; .*evaluations is no list/),
      }),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
