import { spearman, writeReport } from '@flanlab/report';

const lists = {
  facts: [],
  hashes: [],
  environment: [],
  timings: [],
  models: [],
  trainings: [],
  conditions: [],
  evaluations: [],
};
const { sizeBytes } = await writeReport({
  outFile: 'out/report.html',
  study: { version: 1, title: 'Empty', ...lists },
});
if (sizeBytes < 1000) throw new Error(`${sizeBytes} bytes`);
if (typeof spearman !== 'function') throw new Error('spearman');
