import type { TrainEvent, WarningCode } from './events.js';
import type { Recipe } from './recipe.js';
import type { DataSummary } from './training-data.js';

/** What a user should know about the rows before training starts. */
export function dataWarnings(summary: DataSummary, { objective, doubleBos }: Recipe): TrainEvent[] {
  const { usedRows, withoutTarget, truncated, learnToStop } = summary;
  const warnings: TrainEvent[] = [];
  const warn = (count: number, code: WarningCode, message: string): void => {
    if (count > 0) warnings.push({ type: 'warning', code, message: `${count} of ${summary.rows} rows ${message}` });
  };
  warn(withoutTarget.length, 'rows-without-target', 'have no token to learn and are left out.');
  warn(truncated, 'rows-truncated', 'are longer than maxLength, or than the model can read, and are cut off.');
  const action = doubleBos === 'avoid' ? 'the second is removed' : 'both are kept';
  warn(summary.doubleBos, 'double-bos', `begin with two beginning-of-sequence tokens; ${action}.`);
  if (objective !== 'masked') warn(usedRows - learnToStop, 'rows-without-eos', 'do not teach the model to stop.');
  return warnings;
}
