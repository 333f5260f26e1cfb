import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { collect } from '../collect.js';
import type { Feature, Features } from './features.js';
import { readRows, writeRows } from './rows.js';

const shared = join(process.env.FLANLAB_SHARED ?? join(import.meta.dirname, '../../../../../shared'), 'data');

interface Manifest {
  readonly tasks: readonly {
    readonly task: string;
    readonly columns: readonly { readonly name: string; readonly type: string }[];
    readonly splits: Readonly<Record<string, { readonly file: string; readonly rows: number }>>;
  }[];
}

/** The feature that the manifest's notation means. */
function parsed(type: string): Feature {
  const list = /^list<(.*)>$/.exec(type);
  if (list) return { kind: 'list', of: parsed(list[1]!) };
  const struct = /^struct<(.*)>$/.exec(type);
  if (struct) {
    // Commas at the top level only.
    const parts = struct[1]!.split(/,(?=[\w.]+:)(?![^<]*>(?:[^<]*$))/);
    return {
      kind: 'struct',
      fields: Object.fromEntries(
        parts.map((part) => {
          const colon = part.indexOf(':');
          return [part.slice(0, colon), parsed(part.slice(colon + 1))] as const;
        }),
      ),
    };
  }
  if (type === 'ClassLabel') return { kind: 'class-label', names: [] };
  return { kind: 'value', dtype: type as 'string' };
}

describe.runIf(existsSync(join(shared, 'manifest.json')))('every file of the shared data', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flanlab-shared-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const path = join(shared, 'manifest.json');
  const { tasks }: Manifest = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { tasks: [] };
  const files = tasks.flatMap(({ task, columns, splits }) =>
    Object.entries(splits).map(([split, { file, rows }]) => ({ name: `${task}/${split}`, columns, file, rows })),
  );

  it.each(files)('$name comes back equal from JSON Lines, Parquet and Arrow', async ({ name, columns, file, rows }) => {
    const published = await collect(readRows(join(shared, file)));
    expect(published).toHaveLength(rows);
    const features: Features = Object.fromEntries(columns.map((column) => [column.name, parsed(column.type)]));
    for (const [end, typed] of [
      ['.jsonl', undefined],
      ['.parquet', features],
      ['', features],
      ['', undefined],
    ] as const) {
      const target = join(folder, `${name.replace('/', '_')}${end}`);
      expect(await writeRows(target, published, { features: typed })).toBe(rows);
      expect(await collect(readRows(target))).toEqual(published);
    }
  });
});
