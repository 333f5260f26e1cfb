import { hash } from 'node:crypto';
import { type FieldValue, INDEX_COLUMNS, type Row } from '@flanlab/flan-datasets';

const NOT_INPUT = new Set<string>([...INDEX_COLUMNS, 'label', 'labels', 'options']);

/**
 * 16 hex digits that are equal for rows with equal inputs, whatever template, split or task they come from: SHA-256 of the
 * values, without names, index columns, label and options. It finds the same example in training and test data.
 */
export function exampleFingerprint(row: Row): string {
  const values: FieldValue[] = [];
  for (const name in row) if (!NOT_INPUT.has(name)) values.push(row[name]!);
  return hash('sha256', JSON.stringify(values), 'hex').slice(0, 16);
}
