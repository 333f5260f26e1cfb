import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TASK_CLUSTERS, TASKS } from '@flanlab/flan-datasets';
import { describe, expect, it } from 'vitest';
import { SETUP_NAMES, SETUPS, type SetupName, type SetupSpec } from './data/setups.js';
import { resolveSetup } from './resolve-setup.js';

// Counts of the reference's configuration, applied with the list of tasks that are always held out.
const COMPAT_COUNTS: Readonly<Partial<Record<SetupName, number>>> = {
  default: 36,
  setup1: 18,
  setup2: 23,
  setup4: 1,
  setup5: 48,
  setup6: 48,
  setup7: 49,
  as_published: 42,
};

describe('resolveSetup', () => {
  it.each(Object.entries(COMPAT_COUNTS))(
    'mixes the reference’s number of tasks for %s in compat mode',
    (name, count) => {
      const { tasks, heldOut } = resolveSetup(name, { compat: true });
      expect(tasks).toHaveLength(count);
      expect(new Set([...tasks, ...heldOut]).size).toBe(Object.keys(TASKS).length);
    },
  );

  it('keeps the one task that set-ups 3 and 6 are about, except in compat mode', () => {
    expect(resolveSetup('setup3').tasks).toEqual(['qnli']);
    expect(() => resolveSetup('setup3', { compat: true })).toThrowError(
      expect.objectContaining({ code: 'MIXTURE_EMPTY' }),
    );
    const kept = resolveSetup('setup6').tasks.filter(
      (task) => TASKS[task as keyof typeof TASKS].cluster === 'coreference',
    );
    expect(kept).toEqual(['winogrande']);
  });

  it.each(TASK_CLUSTERS)('leaves out the whole cluster %s and holds it out', (cluster) => {
    const { tasks, heldOut } = resolveSetup(`leave-out-${cluster}`);
    const members = Object.values(TASKS)
      .filter((task) => task.cluster === cluster)
      .map(({ name }) => name);
    expect(members.filter((name) => tasks.includes(name))).toEqual([]);
    expect(heldOut).toEqual(expect.arrayContaining(members));
    expect(tasks.length).toBeGreaterThan(30);
  });

  it('never mixes a task that is always held out unless the set-up keeps it', () => {
    for (const name of SETUP_NAMES) {
      const { keepTasks: kept = [] }: SetupSpec = SETUPS[name];
      const { tasks } = resolveSetup(name);
      expect(tasks.filter((task) => TASKS[task as keyof typeof TASKS].alwaysHeldOut && !kept.includes(task))).toEqual(
        [],
      );
    }
  });

  it('takes a list of one’s own in its order', () => {
    const setup = { description: 'small', tasks: ['xsum', 'rte'], heldOut: ['copa'] };
    expect(resolveSetup(setup, { name: 'mine' })).toEqual({ name: 'mine', ...setup });
  });

  it.each([
    ['defualt', {}, 'MIXTURE_SETUP_UNKNOWN', 'Did you mean "default"?'],
    [
      { description: '', tasks: ['rtee', 'xsumm'] },
      {},
      'MIXTURE_TASK_UNKNOWN',
      'Did you mean "rte" for "rtee", "xsum" for "xsumm"?',
    ],
    [{ description: '', tasks: ['rte', 'rte'], heldOut: ['rte'] }, {}, 'MIXTURE_SETUP_INVALID', 'Correct'],
    [{ description: '', tasks: [] }, {}, 'MIXTURE_EMPTY', 'Drop fewer tasks.'],
    ['constructor', {}, 'MIXTURE_SETUP_UNKNOWN', ''],
  ])('refuses %j helpfully', (setup, options, code, fix) => {
    expect(() => resolveSetup(setup, options)).toThrowError(
      expect.objectContaining({ code, fix: expect.stringContaining(fix) }),
    );
  });
});

const shared = process.env.FLANLAB_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const tasksFile = join(shared, 'reference/tasks.json');
describe.runIf(existsSync(tasksFile))('with the published configuration', () => {
  it('mixes its tasks in its order', () => {
    const { mixtures }: { mixtures: Readonly<Record<string, readonly string[]>> } = JSON.parse(
      readFileSync(tasksFile, 'utf8'),
    ).meta;
    for (const [name, tasks] of Object.entries(mixtures)) {
      if (tasks.length > 0) expect([name, resolveSetup(name, { compat: true }).tasks]).toEqual([name, tasks]);
    }
  });
});
