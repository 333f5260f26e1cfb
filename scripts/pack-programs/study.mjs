import { EMBEDDED, readConfig, runStudy } from '@flanlab/study';

const config = await readConfig(EMBEDDED.study, [{ path: 'prompts.numDatapoints', value: 4 }]);
const finished = [];
for await (const event of runStudy(config, { dir: 'out/run', until: ['mixtures'] })) {
  if (event.type === 'stage-finished') finished.push(event.stage);
}
if (finished.join() !== 'prompts,mixtures/regular,mixtures/samplegen') throw new Error(finished.join());
