import { describe, expect, it } from 'vitest';
import type { TaskSpec } from '../task-spec.js';
import { LICENCE_IDS, LICENCES } from './licences.js';
import { COLLECTIONS, PAPERS } from './papers.js';
import { provenance } from './provenance.js';
import { TASKS } from './tasks.js';

const tasks: readonly TaskSpec[] = Object.values(TASKS);
const papers = Object.entries({ ...PAPERS, ...COLLECTIONS });

describe.each(tasks)('$name', (task) => {
  it('has a paper and a licence', () => {
    expect(task.provenance).toMatchObject({ paper: expect.anything(), licence: expect.anything() });
    expect(LICENCE_IDS).toContain(task.provenance!.licence.id);
    expect(new URL(task.provenance!.licence.source).protocol).toBe('https:');
  });
});

it.each(papers)('the paper of %s can be found', (_name, { authors, year, title, venue, link }) => {
  expect(new URL(link).href).toBe(link);
  const { host, pathname } = new URL(link);
  if (host === 'arxiv.org') expect(pathname).toMatch(/^\/abs\/\d{4}\.\d{4,5}$/);
  if (host === 'aclanthology.org') expect(pathname).toMatch(/^\/([A-Z]\d{2}-\d{4}|\d{4}\.[a-z-]+\.\d+)$/);
  // An arXiv number says in which month the first version came: never after the paper, seldom long before it.
  if (host === 'arxiv.org') expect([0, 1]).toContain(year - 2000 - Number(pathname.slice(5, 7)));
  expect(authors).toMatch(/^[^\d]+$/);
  expect(Math.min(title.length, venue.length)).toBeGreaterThan(1);
});

it('has nothing that no task uses', () => {
  const used = new Set(tasks.flatMap((task) => [task.provenance!.paper, task.provenance!.collection]));
  expect(papers.filter(([, paper]) => !used.has(paper)).map(([name]) => name)).toEqual([]);
  const ids = new Set<string>(Object.values(LICENCES).map(({ id }) => id));
  expect(LICENCE_IDS.filter((id) => !ids.has(id))).toEqual([]);
});

it('says what terms of its own are', () => {
  const told = Object.values<{ id: string; note?: string }>(LICENCES).filter(({ id }) => /custom|research/.test(id));
  expect(told.filter(({ note }) => note === undefined)).toEqual([]);
});

it('names a collection beside the data set', () => {
  expect(provenance('mnli', 'glue')).toEqual({
    paper: PAPERS.mnli,
    collection: COLLECTIONS.glue,
    licence: LICENCES.mnli,
  });
  expect(provenance('snli')).not.toHaveProperty('collection');
});
