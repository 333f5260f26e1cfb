import { expect, it } from 'vitest';
import { PROVIDERS, probeProviders } from './index.js';

it('finds that the CPU multiplies correctly, and says why another provider does not', async () => {
  const reports = await probeProviders({ timeoutMs: 15_000 });
  expect(reports.map(({ provider }) => provider)).toEqual(Object.keys(PROVIDERS));
  expect(reports[0]).toMatchObject({ provider: 'cpu', usable: true });
  for (const { usable, reason, fix } of reports) {
    if (!usable) expect([reason, fix].every((text) => text !== undefined && text.length > 10)).toBe(true);
  }
}, 60_000);

it('counts a provider that does not answer in time as hung', async () => {
  const [report] = await probeProviders({ providers: ['cpu'], timeoutMs: 1 });
  expect(report).toMatchObject({ usable: false, reason: expect.stringContaining('did not answer') });
});
