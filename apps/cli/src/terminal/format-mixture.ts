import { formatLeakage, type MixtureCard } from '@flanlab/mixtures';
import { formatTable } from './format.js';

/** A card for the terminal: what is in the mixture, how it was drawn, what leaks. */
export function formatMixture(card: MixtureCard): string {
  const { settings, tasks, clusters, rows, description } = card;
  const share = (count: number): string => `${((100 * count) / Math.max(1, rows)).toFixed(1)} %`;
  const { seed, splitSeed, testShare, cap, limit, temperature, scale, stoppingStrategy, compat } = settings;
  return [
    `Mixture ${card.setup}${description === '' ? '' : `: ${description}`}`,
    `${rows} rows, ${card.train} to train on and ${card.test} to validate with, of ${tasks.length} task(s)`,
    '',
    formatTable([
      ['task', 'cluster', 'prompts', 'used', 'rate', 'drawn', 'share', 'train', 'test', 'templates', 'answers'],
      ...tasks.map((task) => [
        task.task,
        task.cluster ?? '–',
        String(task.available),
        String(task.used),
        task.rate.toFixed(4),
        String(task.drawn),
        share(task.drawn),
        String(task.train),
        String(task.test),
        String(Object.keys(task.templates).length),
        String(task.labels),
      ]),
    ]),
    '',
    formatTable([
      ['cluster', 'rows', 'share'],
      ...Object.entries(clusters).map(([cluster, count]) => [cluster, String(count), share(count)]),
    ]),
    '',
    `Drawn with seed ${seed} until ${stoppingStrategy}; at most ${limit} prompts of a task, of which ${cap} count, temperature ${temperature}, scale ${scale}.`,
    `Validation: ${100 * testShare} % with seed ${splitSeed}.${compat ? ' As published (compat).' : ''}`,
    ...card.warnings.map((warning) => `Warning: ${warning}`),
    ...formatLeakage(card),
    '',
    `Held out (${card.heldOut.length}):`,
    ...wrapped(card.heldOut),
    ...(card.skipped.length === 0
      ? []
      : [`Left out, without prompts (${card.skipped.length}):`, ...wrapped(card.skipped)]),
  ].join('\n');
}

const WIDTH = 100;

/** Names in lines of a terminal's width. */
function wrapped(names: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + name.length < WIDTH) lines[lines.length - 1] = `${last} ${name}`;
    else lines.push(`  ${name}`);
  }
  return lines;
}
