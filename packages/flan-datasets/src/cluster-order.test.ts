import { expect, it } from 'vitest';
import { inClusterOrder } from './cluster-order.js';
import { TASKS } from './data/tasks.js';

it('names cb before snli, and leaves all else in place', () => {
  const nli = Object.values(TASKS).flatMap(({ name, cluster }) => (cluster === 'nli' ? [name] : []));
  const published = ['anli_r1', 'anli_r2', 'anli_r3', 'rte', 'cb', 'snli', 'mnli', 'wnli', 'qnli'];
  expect(inClusterOrder(nli)).toEqual(published);
  expect(inClusterOrder(published)).toEqual(published);
  expect(inClusterOrder(['snli', 'rte'])).toEqual(['snli', 'rte']);
});
