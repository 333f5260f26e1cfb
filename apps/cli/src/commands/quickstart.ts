import { join, resolve } from 'node:path';
import { exists } from '@flanlab/files';
import { EMBEDDED, readConfig, reportPath, runStudy } from '@flanlab/study';
import { defineCommand } from '../command.js';
import { readOverrides } from '../overrides.js';
import { showStudy } from '../show-study.js';
import { formatSeconds } from '../terminal/format.js';

export const quickstartCommand = defineCommand({
  name: 'quickstart',
  describe: 'Run a whole study, or bring it up to date, and write its report',
  options: {
    out: { type: 'string', describe: 'Run folder; runs/<name of the study> when left out (or FLANLAB_RUN)' },
    set: { type: 'string', describe: 'Override a setting of the study: path=value, may be given again', repeat: true },
    offline: {
      type: 'boolean',
      describe: "With data.source: hub, take rows from the hub's cache alone (HF_HUB_OFFLINE)",
      default: false,
    },
    until: { type: 'string', describe: 'Only these stages and what they need, such as prompts or models', list: true },
  },
  readsStudy: true,
  examples: [
    { args: 'quickstart --until prompts --out out/study', describe: 'Only make the prompts' },
    {
      args: 'quickstart --config study.yaml --set tests.numTest=5 --until mixtures --out out/mine --json',
      describe: 'A study of your own, with one setting changed',
    },
  ],
  async run({ out, set, until, offline, config: file }, context) {
    const { env, signal, logTo } = context;
    const overrides = readOverrides(set, 'tests.numTest=5');
    const study = await readConfig(file ?? env.FLANLAB_STUDY ?? EMBEDDED.study, overrides);
    const dir = resolve(out ?? env.FLANLAB_RUN ?? join('runs', study.name));
    const start = performance.now();
    const hub = { env, ...(offline && { offline }) };
    const events = runStudy(study, { dir, signal, hub, ...(until === undefined ? {} : { until }) });
    const stages = await showStudy(
      startLogging(events, () => logTo(join(dir, 'flanlab.log'))),
      context,
    );
    const seconds = (performance.now() - start) / 1000;
    const report = (await exists(reportPath(dir))) ? reportPath(dir) : null;
    const text =
      report === null
        ? `Done in ${formatSeconds(seconds)}: ${dir}`
        : `Done in ${formatSeconds(seconds)}. Report: ${report}`;
    return { data: { dir, report, seconds, stages }, text };
  },
});

/** Opens the log once the first event says that the folder is there and ours. */
async function* startLogging<Event>(events: AsyncIterable<Event>, open: () => void): AsyncGenerator<Event> {
  let opened = false;
  for await (const event of events) {
    if (!opened) open();
    opened = true;
    yield event;
  }
}
