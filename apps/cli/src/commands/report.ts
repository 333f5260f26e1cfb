import { join } from 'node:path';
import { readStudyReport, writeReport } from '@flanlab/report';
import { reportPath } from '@flanlab/study';
import { defineCommand } from '../command.js';

export const reportCommand = defineCommand({
  name: 'report',
  describe: 'Write the report of a study again from its numbers, without any model',
  options: {
    run: { type: 'string', describe: 'Run folder of the study', default: join('runs', 'quickstart') },
    out: { type: 'string', describe: 'HTML file; that of the run folder when left out' },
  },
  examples: [{ args: 'report --run run --out out/report.html', describe: 'The report under another name' }],
  async run({ run, out }) {
    const study = await readStudyReport(join(run, 'report', 'study.json'));
    const outFile = out ?? reportPath(run);
    const { sizeBytes } = await writeReport({ outFile, study });
    const evaluations = study.evaluations.length;
    return {
      data: { out: outFile, sizeBytes, evaluations },
      text: `${outFile}: ${evaluations} evaluations, ${sizeBytes} bytes`,
    };
  },
});
