import { loadTask, readRows, writeRows } from '@flanlab/flan-datasets';

const count = await writeRows('out/rte.parquet', loadTask('rte', { split: 'train', limit: 5 }));
if (count !== 5) throw new Error(`${count} rows`);
for await (const row of readRows('out/rte.parquet')) {
  if (typeof row.premise !== 'string' && typeof row.sentence1 !== 'string') throw new Error(JSON.stringify(row));
}
