import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { excerpt, failureSummary, readReport } from '../lib/failures.mjs';
import { bin, run } from '../lib/workspace.mjs';

const folder = mkdtempSync(join(tmpdir(), 'flanlab-failures-'));
afterAll(() => rmSync(folder, { recursive: true }));

const failure = (title, count) => ({ title, lines: Array.from({ length: count }, (_, i) => `line ${i + 1}`) });

describe('what a report says of failed tests', () => {
  it('is file, full name and message of each, and of files that could not start', async () => {
    const report = join(folder, 'results.json');
    const root = join(import.meta.dirname, 'fixtures', 'failing');
    const args = ['run', '--config', join(root, 'vitest.config.mjs'), '--root', root, `--outputFile=${report}`];
    const { code, output } = await run(bin('vitest'), args, { capture: true, quiet: true });
    expect(code, output).toBe(1);
    const { passed, failed, failures } = readReport(report, 'fixtures');
    expect({ passed, failed }).toEqual({ passed: 1, failed: 3 });
    const at = 'scripts/tests/fixtures/failing';
    expect(failures.toSorted((a, b) => (a.title < b.title ? -1 : 1))).toEqual([
      { title: `${at}/hook-test.mjs (the file itself)`, lines: ['the server did not start'] },
      { title: `${at}/load-test.mjs (the file itself)`, lines: ['this file cannot be loaded'] },
      {
        title: `${at}/some-test.mjs > sums are wrong`,
        lines: ['AssertionError: expected { sum: 2 } to deeply equal { sum: 3 }'],
      },
    ]);
  });

  it('is that there is none', () => {
    expect(readReport(join(folder, 'missing.json'), '@flanlab/x')).toMatchObject({
      passed: 0,
      failed: 1,
      failures: [{ title: '@flanlab/x', lines: [expect.stringContaining('no test results')] }],
    });
  });
});

describe('the excerpt of a message', () => {
  it('has no colours, blank lines and stack', () => {
    const text = '\u001b[31mError: a\u001b[39m\n\n  b\n    at run (/x/y.ts:1:2)\n    at file:///x/y.ts:3:4\nat last\n';
    expect(excerpt(text)).toEqual(['Error: a', 'b', 'at last']);
    expect(excerpt(text, 'last', 1)).toEqual(['at last']);
  });

  it('has no line that fills the screen', () => {
    expect(excerpt('x'.repeat(5000))[0]).toHaveLength(181);
  });
});

describe('the summary', () => {
  it('is empty where nothing failed', () => expect(failureSummary([])).toEqual([]));

  it('has the messages of a few failures', () => {
    expect(failureSummary([failure('a.test.ts > b', 2)])).toEqual([
      'What failed:',
      '  a.test.ts > b',
      '      line 1',
      '      line 2',
    ]);
  });

  it.each([1, 5, 6, 9, 20, 25, 26, 300])(
    'of %i failures fits at the end of a log, and names as many as it can',
    (count) => {
      const all = Array.from({ length: count }, (_, i) => failure(`test ${i}\nof many`, 9));
      const lines = failureSummary(all);
      expect(lines.length).toBeLessThanOrEqual(26);
      expect(lines.filter((line) => /^ {2}test \d+ of many$/.test(line))).toHaveLength(
        Math.min(count, count < 26 ? 25 : 24),
      );
      if (count > 25) expect(lines.at(-1)).toBe(`  and ${count - 24} more`);
    },
  );
});
