import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { HUB_SOURCES } from '../data/hub-sources.js';
import { MANUAL_SOURCES } from '../data/manual-sources.js';
import { TASKS } from '../data/tasks.js';
import { isCommit } from '../hub/cache-layout.js';
import { checkedRepo, safePathParts } from '../hub/safe-path.js';
import type { TaskSpec } from '../task-spec.js';
import type { HubSource } from './source-spec.js';
import { sourceToday } from './task-source.js';

const ALL: readonly TaskSpec[] = Object.values(TASKS);

it('says for every task where its rows are today', () => {
  const kinds = ALL.map((task) => sourceToday(task).kind);
  expect({
    hub: kinds.filter((kind) => kind === 'hub').length,
    manual: kinds.filter((kind) => kind === 'manual').length,
    folder: kinds.filter((kind) => kind === 'folder').length,
  }).toEqual({ hub: 69, manual: 7, folder: 1 });
});

it('has no data set of the table left out, and none too many', () => {
  const asked = ALL.filter(({ name }) => !Object.hasOwn(MANUAL_SOURCES, name)).flatMap(({ source }) =>
    source.kind === 'hub' ? [source.path] : [],
  );
  expect(Object.keys(HUB_SOURCES).sort()).toEqual([...new Set(asked)].sort());
  for (const name of Object.keys(MANUAL_SOURCES)) expect(Object.keys(TASKS)).toContain(name);
});

it.each(Object.entries(HUB_SOURCES))(
  '%s names a repository with an owner, and a revision',
  (_asked, source: HubSource) => {
    expect(checkedRepo(source.repo)).toContain('/');
    const { revision } = source;
    expect(isCommit(revision) || ['main', 'refs/convert/parquet', 'refs/pr/6'].includes(revision)).toBe(true);
  },
);

it('says in the documents how many have a commit', () => {
  const all: readonly HubSource[] = Object.values(HUB_SOURCES);
  const commits = all.filter(({ revision }) => isCommit(revision)).length;
  const page = readFileSync(new URL('../../../../docs/datasets.md', import.meta.url), 'utf8');
  expect(page).toContain(`${commits} of the ${all.length} have a commit, ${all.length - commits} a branch`);
});

it.each(Object.entries(MANUAL_SOURCES))('%s has a page to open and safe names', (_task, { page, files }) => {
  expect(URL.canParse(page)).toBe(true);
  for (const file of files) expect(safePathParts(file, 'x').length).toBeGreaterThan(1);
});

it('is what docs/datasets.md says', () => {
  const page = readFileSync(new URL('../../../../docs/datasets.md', import.meta.url), 'utf8');
  for (const [asked, { repo, revision }] of Object.entries(HUB_SOURCES)) {
    const shown = isCommit(revision) ? revision.slice(0, 7) : revision;
    expect(page).toContain(`| \`${asked}\` | [${repo}](https://huggingface.co/datasets/${repo}) | \`${shown}\` |`);
  }
  for (const [task, { files }] of Object.entries(MANUAL_SOURCES))
    for (const file of [task, ...files]) expect(page).toContain(`\`${file}\``);
});

it('takes a task of the user at its word', () => {
  const task: TaskSpec = { ...TASKS.rte, name: 'mine', source: { kind: 'hub', path: 'me/rows', config: 'small' } };
  expect(sourceToday(task)).toEqual({
    kind: 'hub',
    repo: 'me/rows',
    revision: 'refs/convert/parquet',
    config: 'small',
  });
});
