import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkCatalogue } from './check-catalogue.js';
import { PUBLISHED_CATALOGUES } from './data/published-sources.js';
import { fetchPublished } from './fetch-published.js';
import { importTemplates } from './import-templates.js';
import { loadCatalogue } from './load-catalogue.js';

const MODULE = `"""A table."""
PATTERNS = {
    "rte": [("{premise}\\n{hypothesis} {options_}", "{answer}")],
    "aeslc": [("{body}", "{subject}")],
    "glue_mrpc": [("{sentence1} {sentence2}", "{answer}")],
}
`;

let folder = '';
let to = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flanlab-import-'));
});
beforeEach(async () => {
  to = await mkdtemp(join(folder, 'to-'));
});
afterAll(() => rm(folder, { recursive: true }));

const write = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

describe('importTemplates', () => {
  it('writes a catalogue word for word, which loads under our names', async () => {
    const file = await write('templates.py', MODULE);
    const [imported] = await importTemplates({ files: [file], to, fetch });
    expect(imported).toMatchObject({ part: 'flan', from: file, entries: 3 });
    expect(JSON.parse(await readFile(imported!.path, 'utf8'))).toEqual({
      rte: [['{premise}\n{hypothesis} {options_}', '{answer}']],
      aeslc: [['{body}', '{subject}']],
      glue_mrpc: [['{sentence1} {sentence2}', '{answer}']],
    });
    const { tasks } = await loadCatalogue(to);
    expect(tasks.mrpc).toEqual([{ id: 'mrpc/0', input: '{sentence1} {sentence2}', target: '{answer}' }]);
    expect(tasks.aeslc).toEqual([{ id: 'aeslc/0', input: '{email_body}', target: '{subject_line}' }]);
  });

  it('leaves other parts of the folder, and remembers where each came from', async () => {
    await importTemplates({ files: [await write('templates.py', MODULE)], to, fetch });
    const frames = await write('flan.json', JSON.stringify({ rte: [['{premise}', '{answer}']] }));
    await importTemplates({ files: [frames], to, fetch });
    expect(await readdir(to)).toEqual(['flan-templates.json', 'import.json']);
    const record = JSON.parse(await readFile(join(to, 'import.json'), 'utf8'));
    expect(record).toEqual({
      'flan-templates.json': {
        from: frames,
        sha256: createHash('sha256').update(readFileSync(frames)).digest('hex'),
        entries: 1,
      },
    });
  });

  it.each([
    [
      'two tables',
      [
        ['a.py', MODULE],
        ['b.py', MODULE],
      ],
      'TEMPLATE_CATALOGUE_INVALID',
    ],
    ['an open slot', [['a.py', 'PATTERNS = {"rte": [("{premise", "{answer}")]}']], 'TEMPLATE_CATALOGUE_INVALID'],
    ['frames without their slots', [['a.json', '{"sys-prompt": "x"}']], 'TEMPLATE_CATALOGUE_INVALID'],
    ['code', [['a.py', 'PATTERNS = load()']], 'TEMPLATE_PYTHON_INVALID'],
  ])('refuses %s and writes nothing', async (_, files, code) => {
    const paths = await Promise.all(files.map(([name, text]) => write(name!, text!)));
    await expect(importTemplates({ files: paths, to, fetch })).rejects.toMatchObject({ code });
    expect(await readdir(to)).toEqual([]);
  });

  it('refuses a missing file', async () => {
    const files = [join(folder, 'none.py')];
    await expect(importTemplates({ files, to, fetch })).rejects.toMatchObject({ code: 'FILES_NOT_FOUND' });
  });
});

describe('fetched files', () => {
  let server: Server;
  let baseUrl = '';
  const asked: string[] = [];
  const file = {
    repo: 'someone/some-templates',
    commit: 'abc',
    path: 'templates.py',
    sha256: createHash('sha256').update(MODULE).digest('hex'),
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url!);
      if (request.url!.startsWith('/missing')) response.writeHead(404).end();
      else if (request.url!.startsWith('/changed')) response.end(`${MODULE}# more`);
      else if (request.url!.startsWith('/large')) response.end('x'.repeat(5_000_000));
      else if (request.url!.startsWith('/dropped')) request.socket.destroy();
      else response.end(MODULE);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('come from their commit, and are checked', async () => {
    expect(await fetchPublished(file, { fetch, baseUrl: `${baseUrl}/` })).toBe(MODULE);
    expect(asked.at(-1)).toBe('/someone/some-templates/abc/templates.py');
  });

  it.each([
    ['missing', 'TEMPLATE_DOWNLOAD_FAILED', '404'],
    ['changed', 'TEMPLATE_DOWNLOAD_CHANGED', file.sha256],
    ['large', 'TEMPLATE_DOWNLOAD_FAILED', 'longer than'],
    ['dropped', 'TEMPLATE_DOWNLOAD_FAILED', ''],
  ])('are refused when %s', async (place, code, why) => {
    const fetched = fetchPublished(file, { fetch, baseUrl: `${baseUrl}/${place}` });
    await expect(fetched).rejects.toMatchObject({ code, why: expect.stringContaining(why) });
  });

  it('can be interrupted', async () => {
    const signal = AbortSignal.abort();
    await expect(fetchPublished(file, { fetch, baseUrl, signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('leave no file behind when one has changed', async () => {
    const imported = importTemplates({ published: 'samplegen', to, fetch, baseUrl });
    await expect(imported).rejects.toMatchObject({ code: 'TEMPLATE_DOWNLOAD_CHANGED' });
    expect(await readdir(to)).toEqual([]);
  });

  it('are pinned by whole commits and hashes', () => {
    for (const { commit, sha256 } of Object.values(PUBLISHED_CATALOGUES).flat()) {
      expect([commit.length, sha256.length]).toEqual([40, 64]);
    }
  });
});

// Published files are not in the repository. Their JSON forms serve where they are; the Python ones where a folder of them is named.
const shared = process.env.FLANLAB_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const reference = join(shared, 'reference');
describe.runIf(existsSync(reference))('the published files', () => {
  const json = (name: string): unknown => JSON.parse(readFileSync(join(reference, name), 'utf8'));

  it.each(['flan-templates.json', 'flan-templates-google.json', 'samplegen-templates.json'])(
    '%s is imported word for word, in order, and can be used',
    async (name) => {
      const [imported] = await importTemplates({ files: [join(reference, name)], to, fetch });
      const written = JSON.parse(await readFile(imported!.path, 'utf8'));
      expect(JSON.stringify(written)).toBe(JSON.stringify(json(name)));
      const errors = checkCatalogue(await loadCatalogue(to)).filter(({ severity }) => severity === 'error');
      expect(errors).toEqual([]);
    },
  );

  it('FLAN’s table as a Python module gives the same', async () => {
    for (const name of ['flan-templates.json', 'flan-templates-google.json']) {
      const table = json(name) as Readonly<Record<string, readonly (readonly [string, string])[]>>;
      const groups = Object.entries(table).map(
        ([key, pairs]) =>
          `    "${key}": [\n${pairs.map((pair) => `        (${pair.map(pythonText).join(', ')}),\n`).join('')}    ],\n`,
      );
      const file = await write('module.py', `# Comment.\n\n"""Doc."""\n\nPATTERNS = {\n${groups.join('')}}\n`);
      const [imported] = await importTemplates({ files: [file], to, fetch });
      expect(JSON.parse(await readFile(imported!.path, 'utf8'))).toEqual(table);
    }
  });
});

/** As the published modules write texts. */
function pythonText(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`;
}
