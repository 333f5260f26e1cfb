// Draws the rows of all embedded tasks: deterministic, no row twice, not even in different splits.
import { PythonRandom } from '@flanlab/random';
import { ITEMS } from './items.mjs';

const SEED = 20_250_108;

/** What makes two rows the same example, whatever their index and label. */
export function rowKey(row) {
  const { idx, id, concept_set_idx, label, answerKey, targets, multiple_choice_scores, ...rest } = row;
  return JSON.stringify(rest);
}

/** Task → split → rows. */
export function embeddedRows() {
  return Object.fromEntries(
    Object.entries(ITEMS).map(([task, spec], position) => [task, taskRows(spec, SEED + position)]),
  );
}

function taskRows({ make, splits, unlabelled = {}, index }, seed) {
  const random = new PythonRandom(seed);
  const seen = new Set();
  const draw = (count) => {
    const rows = [];
    for (let attempt = 0; rows.length < count; attempt++) {
      if (attempt > 1000 * count) throw new Error(`Only ${rows.length} different rows of ${count} for ${make.name}.`);
      const row = make(random, rows.length);
      if (seen.has(rowKey(row))) continue;
      seen.add(rowKey(row));
      rows.push(row);
    }
    random.shuffle(rows);
    return rows.map((row, position) => withIndex(row, index, position));
  };
  const labelled = Object.entries(splits).map(([split, count]) => [split, draw(count)]);
  // As on the hub, where the labels of some test splits are withheld.
  const withheld = Object.entries(unlabelled).map(([split, count]) => [
    split,
    draw(count).map((row) => ({ ...row, label: -1 })),
  ]);
  return Object.fromEntries([...labelled, ...withheld]);
}

/** Puts the index column where the hub's layout has it. */
export function withIndex(row, index, position) {
  switch (index) {
    case 'first':
      return { idx: position, ...row };
    case 'last':
      return { ...row, idx: position };
    case 'before-label': {
      const { label, ...rest } = row;
      return { ...rest, idx: position, label };
    }
    case 'id':
      return { id: `flanlab-${position}`, ...row };
    case 'concept_set_idx':
      return { concept_set_idx: position, ...row };
    default:
      return row;
  }
}
