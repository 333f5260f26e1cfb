/**
 * Tasks of the table in the order of the reference's clusters, which decides what a seed draws: they name cb before snli, its list
 * of tasks does not.
 */
export function inClusterOrder(tasks: readonly string[]): readonly string[] {
  const [cb, snli] = [tasks.indexOf('cb'), tasks.indexOf('snli')];
  if (cb < 0 || snli < 0 || cb < snli) return tasks;
  return tasks.flatMap((task) => (task === 'cb' ? [] : task === 'snli' ? ['cb', 'snli'] : [task]));
}
