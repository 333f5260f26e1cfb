import { interleave, mixingRates, resolveSetup } from '@flanlab/mixtures';

const probabilities = mixingRates([100, 300], { cap: 3000 });
const order = [...interleave([100, 300], { probabilities, seed: 42, stoppingStrategy: 'first_exhausted' })];
if (order.length < 100) throw new Error(`${order.length} rows`);
if (resolveSetup('default').tasks.length !== 36) throw new Error('the main mixture has 36 tasks');
